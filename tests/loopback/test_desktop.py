"""`sipflow desktop` as a process, with a toolkit of our own that shows nothing."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.loopback.command import LIMIT_S, start

TOOLKIT = """
import os, sys, threading, types, urllib.request
settings = {{}}
closed = threading.Event()
class WebViewException(Exception): pass
errors = types.SimpleNamespace(WebViewException=WebViewException)
def create_window(title, url, **_):
    global address
    address = url
    assert title == "SIPFLOW"
    return types.SimpleNamespace(destroy=closed.set)
def start(*, private_mode, storage_path):
    assert not private_mode and settings["ALLOW_DOWNLOADS"]
    print("toolkit", storage_path, address, *sys.argv[1:], file=sys.stderr)
    {behaviour}
"""
OPENS = 'print("page", urllib.request.urlopen(address).status, file=sys.stderr)'


@pytest.fixture
def desktop(tmp_path: Path, free_port: Callable[[], int]) -> Callable[..., subprocess.Popen[bytes]]:
    """Start the command with a toolkit that behaves in this way; None for no toolkit at all."""

    def launch(behaviour: str | None, screen: str = ":99") -> subprocess.Popen[bytes]:
        if behaviour is not None:
            (tmp_path / "webview.py").write_text(TOOLKIT.format(behaviour=behaviour))
        environment = {"PYTHONPATH": str(tmp_path), "DISPLAY": screen, "WAYLAND_DISPLAY": ""}
        return start("desktop", "--port", free_port(), "--data-dir", tmp_path / "data", env=environment)

    return launch


def ended(process: subprocess.Popen[bytes]) -> tuple[int, str]:
    """Wait for the end; return the code and what was said."""
    out, err = process.communicate(timeout=LIMIT_S)
    assert out == b""
    return process.returncode, err.decode()


def test_closing_the_window_ends_the_server(desktop: Callable[..., subprocess.Popen[bytes]], tmp_path: Path) -> None:
    code, said = ended(desktop(OPENS))
    assert code == 0
    assert f"toolkit {tmp_path / 'data' / 'window'} http://127.0.0.1:" in said
    assert "page " in said
    assert said.count("?token=") == 1  # the address itself: the window's arguments, which others may read, have none


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_closes_the_window(
    desktop: Callable[..., subprocess.Popen[bytes]], number: signal.Signals, tmp_path: Path
) -> None:
    process = desktop(
        f"open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid())); sys.stderr.flush(); closed.wait()"
    )
    assert process.stderr is not None
    assert b"toolkit" in process.stderr.readline()
    process.send_signal(number)
    code, _ = ended(process)
    assert code == 128 + number
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


def test_absent_toolkit_is_told_with_what_to_install(desktop: Callable[..., subprocess.Popen[bytes]]) -> None:
    code, said = ended(desktop("raise WebViewException"))
    assert code == 3
    assert "pip install 'pywebview[qt]'" in said
    assert "Traceback" not in said


def test_toolkit_that_breaks_off_is_told_with_what_it_may_lack(desktop: Callable[..., subprocess.Popen[bytes]]) -> None:
    code, said = ended(desktop("os.abort()"))
    assert code == 3
    assert "apt-get install libxcb-cursor0" in said


def test_absent_screen_is_told(desktop: Callable[..., subprocess.Popen[bytes]]) -> None:
    code, said = ended(desktop(OPENS, screen=""))
    assert (code, said) == (
        3,
        "sipflow: there is no screen to open a window on; `sipflow up --no-browser` serves without one\n",
    )


def test_absent_package_is_told_with_what_to_install(desktop: Callable[..., subprocess.Popen[bytes]]) -> None:
    code, said = ended(desktop(None))
    assert code == 3
    assert "pip install 'sipflow[desktop]'" in said
