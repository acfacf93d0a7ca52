"""`sipflow up` within this process: where it serves, and what it tells whom."""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from sipflow.cli.app import run_app
from sipflow.cli.up import UpOptions, address, serve, serve_in_browser
from sipflow.server.parts import ServerSettings

LIMIT_S = 20


def visit(work: Callable[[str], None], number: signal.Signals = signal.SIGTERM) -> Callable[[str], None]:
    """Once the address is told, do something in another thread, and then send the signal."""

    def told(url: str) -> None:
        def then() -> None:
            try:
                work(url)
            finally:
                os.kill(os.getpid(), number)

        threading.Thread(target=then).start()

    return told


def test_server_answers_under_the_address_it_tells(tmp_path: Path, free_port: Callable[[], int]) -> None:
    answers: list[int] = []

    def work(url: str) -> None:
        base, _, token = url.partition("/?token=")
        answers.append(httpx.get(f"{base}/api/version", timeout=LIMIT_S).status_code)
        headers = {"Authorization": f"Bearer {token}"}
        answers.append(httpx.get(f"{base}/api/version", headers=headers, timeout=LIMIT_S).status_code)

    code = serve(UpOptions(port=free_port(), data_folder=tmp_path / "data", is_verbose=True), visit(work))

    assert (code, answers) == (143, [401, 200])
    assert (tmp_path / "data" / "sipflow.db").exists()


def test_interrupt_ends_with_its_own_code(tmp_path: Path, free_port: Callable[[], int]) -> None:
    options = UpOptions(port=free_port(), data_folder=tmp_path)
    assert serve(options, visit(lambda url: None, signal.SIGINT)) == 130


def test_port_in_use_is_passed_over_unless_it_was_asked_for(
    tmp_path: Path, free_port: Callable[[], int], capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", free_port())) as taken:
        port = taken.getsockname()[1]
        assert serve(UpOptions(port=port, data_folder=tmp_path / "data"), told=pytest.fail) == 3
    assert f"cannot listen on 127.0.0.1 port {port}" in capsys.readouterr().err


@pytest.mark.conformance("R12")
def test_folder_and_database_that_cannot_be_used_are_told(
    tmp_path: Path, free_port: Callable[[], int], capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    port = free_port()
    for options, told in (
        (UpOptions(port=port, data_folder=tmp_path / "file" / "x"), "cannot use"),
        (UpOptions(port=port, data_folder=tmp_path, database="nosuch://me:hunter2@host/x"), "can't open the database"),
    ):
        assert serve(options, told=pytest.fail) == 3
        said = capsys.readouterr().err
        assert told in said
        assert "hunter2" not in said


@pytest.mark.conformance("R13")
def test_token_is_struck_out_of_log_lines(
    tmp_path: Path, free_port: Callable[[], int], capsys: pytest.CaptureFixture[str]
) -> None:
    def work(url: str) -> None:
        logging.getLogger("somewhere").warning("asked for %s and more", url)

    serve(UpOptions(port=free_port(), data_folder=tmp_path, token="t0ken"), visit(work))

    assert "?token=… and more" in capsys.readouterr().err


def test_browser_is_opened_where_there_is_a_screen_and_the_address_printed_anyway(
    tmp_path: Path,
    free_port: Callable[[], int],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    opened: list[str] = []

    def open_page(url: str) -> None:
        opened.append(url)
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setenv("DISPLAY", ":0")

    options = UpOptions(port=free_port(), data_folder=tmp_path)
    assert serve_in_browser(options, opens_browser=True, open_page=open_page) == 143
    assert capsys.readouterr().out == f"{opened[0]}\n"


def test_options_of_the_command_reach_the_server(
    tmp_path: Path, free_port: Callable[[], int], capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", free_port())) as taken:
        port = taken.getsockname()[1]
        arguments = ["up", "--no-browser", "--host", "localhost", "--port", str(port), "--data-dir", str(tmp_path)]
        assert run_app(arguments) == 3
    assert f"cannot listen on localhost port {port}" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("host", "shown"),
    [("127.0.0.1", "127.0.0.1"), ("::1", "[::1]"), ("0.0.0.0", socket.gethostname()), ("::", socket.gethostname())],
)
def test_address_is_one_that_a_browser_can_open(host: str, shown: str) -> None:
    settings = ServerSettings(data_folder=Path(), token="t", host=host, port=8620)
    assert address(settings) == f"http://{shown}:8620/?token=t"


@pytest.mark.conformance("R13")
def test_settings_never_show_their_secrets() -> None:
    settings = ServerSettings(
        data_folder=Path(), token="t0ken", database="postgresql://a:hunter2@b/c", environment={"PASSWORD": "sesame"}
    )
    assert not any(secret in repr(settings) for secret in ("t0ken", "hunter2", "sesame"))
