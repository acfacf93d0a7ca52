import json
import os
import signal
from pathlib import Path

import pytest

from sipflow.base.errors import AddressUnavailable, InstanceStartFailed, ScenarioNotFound
from sipflow.cli.exit_codes import ExitCode
from sipflow.cli.run import RunOptions, run_files
from tests.cli.fakes import Runners

PLAIN = RunOptions({})


def kill_self(number: signal.Signals) -> None:
    os.kill(os.getpid(), number)


def test_run_passes_when_the_scenario_completes(scenario: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runners = Runners()

    code = run_files([scenario], RunOptions({"target": "sip:x"}), runners)

    out, err = capsys.readouterr()
    assert code == ExitCode.PASSED
    assert out == ""
    assert "passed" in err
    assert runners.made[0].variables == {"target": "sip:x"}


def test_run_fails_when_the_scenario_fails_and_says_where(scenario: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = run_files([scenario], PLAIN, Runners(node_error="expected A, got B"))

    assert code == ExitCode.FAILED
    assert "failed at TIMEOUT (n1)\n  expected A, got B\n" in capsys.readouterr().err


def test_run_with_json_writes_nothing_but_events_to_stdout(
    scenario: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    run_files([scenario], RunOptions({}, as_json=True), Runners(node_error="expected A, got B"))

    out, err = capfdbinary.readouterr()
    events = [json.loads(line) for line in out.splitlines()]
    assert [event["event"] for event in events] == ["scenario:started", "scenario:failed"]
    assert b"expected A, got B" in err


def test_run_of_an_invalid_scenario_tells_every_finding_and_starts_nothing(
    invalid_scenario: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runners = Runners()

    code = run_files([invalid_scenario], PLAIN, runners)

    err = capsys.readouterr().err
    assert code == ExitCode.INVALID
    assert "dn" in err
    assert "Dance" in err
    assert runners.made == []


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[]", b"null", b"[" * 100_000, b'{"nodes": 3}'])
def test_run_of_a_broken_document_is_invalid(
    content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "broken.json"
    path.write_bytes(content)

    code = run_files([path], PLAIN, Runners())

    err = capsys.readouterr().err
    assert code == ExitCode.INVALID
    assert str(path) in err
    assert "Traceback" not in err


def test_run_of_a_missing_file_or_a_folder_is_invalid(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_files([tmp_path / "none.json"], PLAIN, Runners()) == ExitCode.INVALID
    assert run_files([tmp_path], PLAIN, Runners()) == ExitCode.INVALID

    assert "none.json: No such file" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (AddressUnavailable("127.0.0.1", 5060, "UDP", "in use"), ExitCode.NOT_STARTED),
        (InstanceStartFailed("a", "Alice", "port 5060 is in use"), ExitCode.NOT_STARTED),
        (ScenarioNotFound("short"), ExitCode.INVALID),
    ],
)
def test_run_that_cannot_start_tells_why(
    error: Exception, code: ExitCode, scenario: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_files([scenario], PLAIN, Runners(start_error=error)) == code
    assert str(error) in capsys.readouterr().err


def test_run_of_several_files_returns_the_worst_code(
    scenario: Path, invalid_scenario: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run_files([scenario, invalid_scenario, scenario], PLAIN, Runners())

    assert code == ExitCode.INVALID
    last = [line.split()[0] for line in capsys.readouterr().err.splitlines()[-3:]]
    assert last == ["passed", "invalid", "passed"]


def test_run_that_outlives_its_timeout_is_stopped_and_failed(
    scenario: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run_files([scenario], RunOptions({}, timeout_s=0.01), Runners(ends=False))

    assert code == ExitCode.FAILED
    assert "within 0.01 s (--timeout)" in capsys.readouterr().err


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_run_is_stopped_by_a_signal_and_no_file_follows(
    number: signal.Signals, code: int, scenario: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runners = Runners(ends=False, after_start=lambda: kill_self(number))

    assert run_files([scenario, scenario], PLAIN, runners) == code
    assert len(runners.made) == 1
    assert "stopped" in capsys.readouterr().err


def test_run_puts_the_signal_handlers_back(scenario: Path) -> None:
    def mine(*_: object) -> None:
        pass

    signal.signal(signal.SIGTERM, mine)

    run_files([scenario], PLAIN, Runners())

    assert signal.getsignal(signal.SIGTERM) is mine
