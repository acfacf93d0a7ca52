import io
import json

from sipflow.base.events import ScenarioCompleted, ScenarioFailed
from sipflow.report import JsonLines
from tests.report.builders import BOB, Story


class Unflushed(io.BytesIO):
    """Counts what has been flushed."""

    flushed = 0

    def flush(self) -> None:
        self.flushed = self.tell()


def test_json_lines_are_one_flushed_object_each() -> None:
    stream, story = Unflushed(), Story()
    lines = JsonLines(stream)

    lines.emit(story.sent("a", BOB, "INVITE", raw="INVITE 통화\r\n\r\n"))
    assert stream.flushed == stream.tell()
    lines.emit(story.event(ScenarioCompleted))

    first, second = (json.loads(line) for line in stream.getvalue().decode().splitlines())
    assert first["event"] == "scenario:sip-message"
    assert (first["seq"], first["runId"], first["raw"]) == (1, "run-1", "INVITE 통화\r\n\r\n")
    assert (second["event"], second["nodeId"]) == ("scenario:completed", None)


def test_json_lines_stay_utf8_with_a_lone_surrogate() -> None:
    stream = io.BytesIO()

    JsonLines(stream).emit(Story().event(ScenarioFailed, error="file \udcff"))

    assert json.loads(stream.getvalue().decode("utf-8"))["error"] == "file \udcff"
