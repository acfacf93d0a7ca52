import io

from sipflow.base.events import (
    ActionLogged,
    Level,
    MediaChanged,
    NodeState,
    NodeStateChanged,
    RunEvent,
    ScenarioCompleted,
    ScenarioStarted,
    ScenarioStopped,
)
from sipflow.report import PlainConsole
from tests.report.builders import BOB, NAMES, Story


def write(events: list[RunEvent], *, is_verbose: bool = False) -> list[str]:
    stream = io.StringIO()
    console = PlainConsole(stream, NAMES, is_verbose=is_verbose)
    for event in events:
        console.emit(event)
    console.close()
    return stream.getvalue().splitlines()


def test_console_writes_a_line_for_each_step() -> None:
    story = Story()

    lines = write(
        [
            story.event(ScenarioStarted, scenario_id="two-party-call"),
            story.event(
                NodeStateChanged,
                node_id="n1",
                instance_id="a",
                previous_state=NodeState.PENDING,
                new_state=NodeState.RUNNING,
            ),
            story.sent("a", BOB, "INVITE"),
            story.event(
                NodeStateChanged,
                250,
                node_id="n1",
                instance_id="a",
                previous_state=NodeState.RUNNING,
                new_state=NodeState.COMPLETED,
            ),
            story.event(ActionLogged, 250, message="quiet", level=Level.DEBUG),
            story.event(ActionLogged, 1250, message="Starting cleanup"),
            story.event(ActionLogged, 1250, message="slow", level=Level.WARNING, instance_id="b"),
            story.event(ScenarioCompleted, 1300),
        ]
    )

    assert lines == [
        "    0.000  started two-party-call (run-1)",
        "    0.250  alice: MakeCall (n1) completed",
        "    1.250  Starting cleanup",
        "    1.250  bob: warning: slow",
        "    1.300  passed",
    ]


def test_console_tells_why_a_node_failed() -> None:
    event = Story().event(
        NodeStateChanged,
        node_id="n1",
        previous_state=NodeState.RUNNING,
        new_state=NodeState.FAILED,
        error="expected A, got B",
    )

    assert write([event]) == ["    0.000  MakeCall (n1) failed: expected A, got B"]


def test_console_writes_each_message_once_and_in_full_when_verbose() -> None:
    story = Story()

    lines = write(
        [*story.passed("a", "b", "INVITE", note="sendrecv"), story.sent("a", BOB, "INVITE", at=500)], is_verbose=True
    )

    assert lines == [
        "    0.000  alice 127.0.0.1:5060 -> 127.0.0.1:5062 UDP  INVITE (sendrecv)",
        "           | INVITE SIP/2.0",
        "           | CSeq: 1",
        "    0.500  alice 127.0.0.1:5060 -> bob 127.0.0.1:5062 UDP  INVITE (again, 2)",
    ]


def test_console_tells_of_media_and_debug_lines_when_verbose() -> None:
    story = Story()

    lines = write(
        [
            story.event(MediaChanged, instance_id="a", media="stream-started", detail="PCMU"),
            story.event(ActionLogged, message="quiet", level=Level.DEBUG),
            story.event(ScenarioStopped),
        ],
        is_verbose=True,
    )

    assert [line[11:] for line in lines] == ["alice: stream started: PCMU", "quiet", "stopped"]
