import json
from pathlib import Path
from typing import Any

import pytest

from sipflow.base.errors import RunNotFound, RunUnderWay
from sipflow.base.events import ActionLogged, RunEvent, ScenarioFailed, ScenarioStarted
from sipflow.engine.recorder import EVENTS_FILE, INDEX_EVERY, Record, event_line
from sipflow.engine.records import MAX_PAGE_BYTES, RunArchive
from sipflow.engine.run_info import RunInfo, RunResult

DOCUMENT = {"nodes": [{"id": "a", "data": {"password": "sesame", "label": "Alice"}}]}


INFO: dict[str, Any] = {
    "id": "run-1",
    "scenario_id": "s",
    "scenario_name": "Call",
    "started_at": 1_000,
    "variables": {},
}


def begin(archive: RunArchive, run_id: str = "run-1", at: int = 1_000) -> Record:
    return archive.begin(RunInfo(**INFO | {"id": run_id, "started_at": at}), DOCUMENT)


def log(seq: int, **values: Any) -> RunEvent:
    return ActionLogged(run_id="run-1", seq=seq, timestamp=1_000 + seq, message=f"line {seq}", **values)


def keep(record: Record, *events: RunEvent) -> None:
    for event in events:
        record.add(event, event_line(event))


def seqs(lines: list[bytes]) -> list[int]:
    return [json.loads(line)["seq"] for line in lines]


def test_record_gives_back_what_was_added_while_the_run_goes_on(tmp_path: Path) -> None:
    archive = RunArchive(tmp_path)
    record = begin(archive)
    keep(record, ScenarioStarted(run_id="run-1", seq=1, timestamp=1_000, scenario_id="s"), log(2), log(3))

    lines, last_seq = archive.events("run-1", 1, 10)

    assert (seqs(lines), last_seq) == ([2, 3], 3)
    assert archive.find("run-1").result is RunResult.RUNNING


def test_ended_run_tells_its_result_and_error(tmp_path: Path) -> None:
    archive = RunArchive(tmp_path)
    record = begin(archive)
    keep(record, log(1), ScenarioFailed(run_id="run-1", seq=2, timestamp=2_000, error="busy", node_id="n"))
    archive.close()

    info = RunArchive(tmp_path).find("run-1")

    assert (info.result, info.error, info.error_node_id) == (RunResult.FAILED, "busy", "n")
    assert (info.ended_at, info.last_seq) == (2_000, 2)


@pytest.mark.parametrize("after", [0, 1, INDEX_EVERY - 1, INDEX_EVERY, INDEX_EVERY + 1, 2 * INDEX_EVERY + 5])
def test_page_begins_behind_any_event(tmp_path: Path, after: int) -> None:
    archive = RunArchive(tmp_path)
    keep(begin(archive), *(log(seq) for seq in range(1, 2 * INDEX_EVERY + 11)))

    lines, last_seq = archive.events("run-1", after, 3)

    assert seqs(lines) == [after + 1, after + 2, after + 3]
    assert last_seq == 2 * INDEX_EVERY + 10


def test_run_whose_process_has_died_is_interrupted_and_keeps_its_whole_events(tmp_path: Path) -> None:
    archive = RunArchive(tmp_path)
    record = begin(archive)
    keep(record, log(1), log(2))
    record.flush()
    with (record.folder / "events.ndjson").open("ab") as file:
        file.write(b'{"seq":3,"torn')

    later = RunArchive(tmp_path)

    assert later.find("run-1").result is RunResult.INTERRUPTED
    lines, last_seq = later.events("run-1", 0, 1)
    assert (seqs(lines), last_seq) == ([1], 2)
    assert seqs(later.events("run-1", 0, 10)[0]) == [1, 2]


def test_interrupted_run_knows_its_last_event_from_its_index(tmp_path: Path) -> None:
    archive = RunArchive(tmp_path)
    record = begin(archive)
    keep(record, *(log(seq) for seq in range(1, 3 * INDEX_EVERY + 1)))
    record.flush()

    assert RunArchive(tmp_path).find("run-1").last_seq == 3 * INDEX_EVERY


def test_page_is_found_without_reading_what_lies_before_it(tmp_path: Path) -> None:
    archive = RunArchive(tmp_path)
    record = begin(archive)
    keep(record, *(log(seq) for seq in range(1, 3 * INDEX_EVERY + 1)))
    record.flush()
    with (record.folder / "events.ndjson").open("r+b") as file:
        file.write(b"x" * 50_000)

    assert seqs(archive.events("run-1", 2 * INDEX_EVERY, 2)[0]) == [2 * INDEX_EVERY + 1, 2 * INDEX_EVERY + 2]


def test_page_of_long_events_ends_earlier(tmp_path: Path) -> None:
    archive = RunArchive(tmp_path)
    record = begin(archive)
    long = "x" * (MAX_PAGE_BYTES // 4)
    keep(record, *(ActionLogged(run_id="run-1", seq=seq, timestamp=1, message=long) for seq in range(1, 11)))

    lines, last_seq = archive.events("run-1", 0, 10)

    assert (seqs(lines), last_seq) == ([1, 2, 3, 4], 10)


def test_scenario_is_kept_without_its_passwords(tmp_path: Path) -> None:
    archive = RunArchive(tmp_path)
    record = begin(archive)

    assert archive.scenario("run-1")["nodes"][0]["data"] == {"password": "***", "label": "Alice"}
    assert all(b"sesame" not in path.read_bytes() for path in record.folder.iterdir())


def test_runs_are_listed_newest_first_and_unreadable_ones_left_out(tmp_path: Path) -> None:
    archive = RunArchive(tmp_path)
    begin(archive, "run-1", at=1).flush()
    begin(archive, "run-2", at=2)
    (tmp_path / "rubbish").mkdir()
    (tmp_path / "run-3").mkdir()
    (tmp_path / "run-3" / "run.json").write_text("[1")

    assert [info.id for info in archive.all()] == ["run-2", "run-1"]


def test_archive_without_a_folder_is_empty(tmp_path: Path) -> None:
    assert RunArchive(tmp_path / "none").all() == []


def test_name_is_kept_whether_the_run_goes_on_or_not(tmp_path: Path) -> None:
    archive = RunArchive(tmp_path)
    record = begin(archive)
    archive.rename("run-1", " first try ")
    keep(record, ScenarioFailed(run_id="run-1", seq=1, timestamp=2_000, error="x"))
    archive.close()

    assert RunArchive(tmp_path).find("run-1").name == "first try"
    assert RunArchive(tmp_path).rename("run-1", None).name is None


def test_deleted_run_is_gone_but_the_one_under_way_stays(tmp_path: Path) -> None:
    archive = RunArchive(tmp_path)
    record = begin(archive)
    with pytest.raises(RunUnderWay):
        archive.delete("run-1")
    keep(record, ScenarioFailed(run_id="run-1", seq=1, timestamp=2_000, error="x"))
    archive.close()

    archive.delete("run-1")

    with pytest.raises(RunNotFound):
        archive.find("run-1")


@pytest.mark.parametrize("run_id", ["..", "../x", "a/b", "", ".hidden", "x" * 200, "a\0b", "none"])
def test_id_that_names_no_run_is_refused(tmp_path: Path, run_id: str) -> None:
    archive = RunArchive(tmp_path / "runs")
    (tmp_path / "run.json").write_text("{}")

    for ask in (archive.find, archive.scenario, archive.delete, lambda own: archive.events(own, 0, 1)):
        with pytest.raises(RunNotFound):
            ask(run_id)


def test_full_disk_ends_the_record_and_not_the_run(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    archive = RunArchive(tmp_path)
    (tmp_path / "run-1").mkdir()
    (tmp_path / "run-1" / EVENTS_FILE).symlink_to("/dev/full")
    record = begin(archive)

    keep(record, *(log(seq) for seq in range(1, 2_000)))
    keep(record, ScenarioFailed(run_id="run-1", seq=2_000, timestamp=2_000, error="busy"))
    record.close()

    assert "No space left on device" in caplog.text
    info = archive.find("run-1")
    assert (info.result, info.error, info.last_seq) == (RunResult.FAILED, "busy", 2_000)


def test_run_without_a_place_for_its_record_is_known_while_the_process_lives(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "runs").touch()
    archive = RunArchive(tmp_path / "runs")
    record = begin(archive)

    keep(record, log(1), ScenarioFailed(run_id="run-1", seq=2, timestamp=2_000, error="busy"))
    archive.close()

    assert "can't be written" in caplog.text
    assert archive.find("run-1").result is RunResult.FAILED


def test_lone_surrogate_becomes_an_escape() -> None:
    line = event_line(ActionLogged(run_id="run-1", seq=1, timestamp=1, message="\ud800"))

    assert json.loads(line)["message"] == "\ud800"
