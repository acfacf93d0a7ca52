"""The scripts, as far as they can be tried without making another `.venv`."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SHELL_SCRIPTS = [
    path
    for path in (*sorted((ROOT / "scripts").iterdir()), ROOT / ".ci" / "run")
    if path.is_file() and path.suffix in ("", ".sh")
]


@pytest.mark.parametrize("path", SHELL_SCRIPTS, ids=lambda path: path.name)
def test_script_is_plain_shell(path: Path) -> None:
    subprocess.run(["sh", "-n", path], check=True)


def test_soak_lists_trials_that_exist() -> None:
    done = subprocess.run([ROOT / "scripts" / "soak"], capture_output=True, text=True, check=True)

    text = (ROOT / "scripts" / "soak").read_text(encoding="utf-8")
    names = [line.split()[0] for line in done.stdout.splitlines()]
    commands = [line.split("|")[2].split() for line in text.splitlines() if line.count("|") == 2 and "python" in line]
    assert {"kill9", "fuzz"} <= set(names)
    assert len(names) == len(commands)
    assert all((ROOT / command[1]).is_file() for command in commands if command[1] != "-m")


def test_soak_of_an_unknown_name_is_refused() -> None:
    done = subprocess.run([ROOT / "scripts" / "soak", "nothing"], capture_output=True, text=True, check=False)

    assert done.returncode == 2
    assert "nothing" in done.stderr


@pytest.mark.parametrize("path", sorted(ROOT.glob("requirements*.lock")), ids=lambda path: path.name)
def test_lock_has_hashes_and_nothing_of_the_machine_it_was_made_on(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    pinned = [line for line in text.splitlines() if "==" in line and not line.startswith((" ", "#"))]
    assert pinned
    assert text.count("--hash=sha256:") >= len(pinned)
    assert not any(word in text for word in ("://", "--index", "--find-links", "file:", "/home", "/root"))
