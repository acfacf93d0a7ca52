import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from sipflow import __version__
from sipflow.cli.app import run_app
from sipflow.cli.exit_codes import ExitCode
from tests.documents import chain, command, document, instance
from tests.interop.tone import write_tone

Captured = pytest.CaptureFixture[str]


def python(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
        env=os.environ | environment,
    )


def test_version_is_told(capsys: Captured) -> None:
    assert run_app(["--version"]) == ExitCode.PASSED
    assert capsys.readouterr().out == f"sipflow {__version__}\n"


def test_help_names_the_commands(capsys: Captured) -> None:
    assert run_app(["--help"]) == ExitCode.PASSED

    assert {"up", "desktop", "run", "doctor"} <= set(capsys.readouterr().out.split())


def test_command_line_without_arguments_opens_the_editor() -> None:
    asked: list[list[str]] = []

    assert run_app([], lambda arguments, **_: asked.append(arguments)) == ExitCode.PASSED

    assert asked == [["up"]]


@pytest.mark.parametrize(
    "arguments",
    [["dance"], ["run"], ["run", "--nope"], ["run", "--var", "x", "f"], ["run", "--timeout", "-1", "f"], ["--nope"]],
)
def test_wrong_usage_is_code_2_on_stderr(arguments: list[str], capsys: Captured) -> None:
    assert run_app(arguments) == ExitCode.INVALID

    captured = capsys.readouterr()
    assert captured.out == ""
    assert "Usage" in captured.err


def test_defect_is_told_without_traceback(capsys: Captured) -> None:
    def broken(*_args: object, **_kwargs: object) -> None:
        raise KeyError("oops")

    assert run_app(["run", "x"], broken) == ExitCode.INTERNAL
    assert "Traceback" not in (err := capsys.readouterr().err)
    assert "KeyError: 'oops'" in err

    assert run_app(["run", "x", "-v"], broken) == ExitCode.INTERNAL
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.usefixtures("heeds_hang_up")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signal_outside_a_run_ends_with_its_code(number: signal.Signals) -> None:
    """As early as while the commands are imported."""
    code = f"import os, sipflow.cli as cli; cli.end_on_signals(); os.kill(os.getpid(), {int(number)}); import typer"
    ended = python(code)

    assert (ended.returncode, ended.stderr) == (128 + number, "")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_after_the_last_word_changes_no_code(number: signal.Signals) -> None:
    code = (
        f"import atexit, os, sys; atexit.register(os.kill, os.getpid(), {int(number)})\n"
        "sys.argv = ['sipflow', '--version']\n"
        "from sipflow.cli import main; main()"
    )
    ended = python(code)

    assert (ended.returncode, ended.stdout, ended.stderr) == (0, f"sipflow {__version__}\n", "")


def test_allow_path_lets_a_scenario_use_another_folder(tmp_path: Path, capsys: Captured) -> None:
    (elsewhere := tmp_path / "elsewhere").mkdir()
    write_tone(elsewhere / "tone.wav", seconds=1)
    (beside := tmp_path / "beside").mkdir()
    nodes = (instance("a", "1001"), command("n1", "MakeCall", targetUri="1001"))
    plays = command("n2", "PlayAudio", filePath=str(elsewhere / "tone.wav"))
    file = beside / "plays.json"
    file.write_text(json.dumps(document(*nodes, plays, edges=chain("a", "n1", "n2"))), encoding="utf-8")

    assert run_app(["validate", str(file)]) == ExitCode.INVALID
    assert "outside of what may be used" in capsys.readouterr().err
    assert run_app(["validate", "--allow-path", str(elsewhere), str(file)]) == ExitCode.PASSED


def test_validate_tells_every_finding(scenario: Path, invalid_scenario: Path, capsys: Captured) -> None:
    assert run_app(["validate", str(scenario)]) == ExitCode.PASSED
    assert run_app(["validate", str(scenario), str(invalid_scenario), "none.json"]) == ExitCode.INVALID

    err = capsys.readouterr().err
    assert f"{scenario}: ok" in err
    assert err.count(f"{invalid_scenario}: error") == 2
    assert "cannot read none.json" in err


def test_nodes_lists_every_type_and_one_with_its_settings(capsys: Captured) -> None:
    assert run_app(["nodes"]) == ExitCode.PASSED
    assert {"sipInstance", "MakeCall", "INCOMING"} <= set(capsys.readouterr().out.split())

    assert run_app(["nodes", "MakeCall"]) == ExitCode.PASSED
    assert "targetUri (sip-uri, required)" in capsys.readouterr().out


def test_nodes_as_json_carry_their_schemas(capsys: Captured) -> None:
    run_app(["nodes", "--json"])

    nodes = {node["name"]: node for node in json.loads(capsys.readouterr().out)}
    assert nodes["MakeCall"]["type"] == "command"
    assert "targetUri" in nodes["MakeCall"]["schema"]["properties"]


def test_nodes_of_an_unknown_name_says_which_there_are(capsys: Captured) -> None:
    assert run_app(["nodes", "Dance"]) == ExitCode.INVALID
    assert "MakeCall" in capsys.readouterr().err


def test_examples_are_listed(capsys: Captured) -> None:
    assert run_app(["examples"]) == ExitCode.PASSED
    assert "two-party-call" in capsys.readouterr().out.split()


def test_example_is_copied_once(tmp_path: Path, capsys: Captured) -> None:
    assert run_app(["examples", "copy", "two-party-call", str(tmp_path)]) == ExitCode.PASSED
    target = tmp_path / "two-party-call.json"
    assert capsys.readouterr().out.strip() == str(target)
    assert json.loads(target.read_text(encoding="utf-8"))["nodes"]

    target.write_text("mine", encoding="utf-8")
    assert run_app(["examples", "copy", "two-party-call", str(target)]) == ExitCode.INVALID
    assert target.read_text(encoding="utf-8") == "mine"


def test_example_that_does_not_exist_or_cannot_be_written_is_refused(tmp_path: Path, capsys: Captured) -> None:
    assert run_app(["examples", "copy", "../pyproject", str(tmp_path)]) == ExitCode.INVALID
    assert run_app(["examples", "copy", "two-party-call", str(tmp_path / "no" / "x.json")]) == ExitCode.INVALID

    assert "no example" in capsys.readouterr().err


def test_run_imports_neither_database_nor_ladder() -> None:
    done = python(
        "import sys\n"
        "import sipflow.cli.run\n"
        "from sipflow.cli.app import run_app\n"
        "run_app(['--version'])\n"
        "heavy = {'sqlalchemy', 'alembic', 'rich', 'fastapi', 'uvicorn', 'numpy', 'soundfile', 'soxr'}\n"
        "heavy &= set(sys.modules)\n"
        "sys.exit(f'imported: {heavy}' if heavy else 0)\n"
    )

    assert done.returncode == 0, done.stderr


def test_reader_that_goes_away_is_left_without_a_word() -> None:
    command = [sys.executable, "-m", "sipflow", "nodes", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        err = process.stderr.read()

    assert err == ""


def test_stdout_that_cannot_show_a_character_gets_its_escape() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "sipflow", "nodes"],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
        env=os.environ | {"PYTHONIOENCODING": "ascii"},
    )

    assert done.returncode == 0
    assert "INVITE \\u2026 ACK" in done.stdout
