"""Clients that are slow on purpose, idle, or too many."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sipflow.base.events import ActionLogged, ScenarioCompleted, ScenarioStarted
from sipflow.engine.run_info import RunResult
from sipflow.server.serving import HEAD_BYTES, MAX_CONNECTIONS, Patience, listen
from tests.server.live import TOKEN, Live, serve_live

HEAD = b"GET /api/version HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer " + TOKEN.encode() + b"\r\n"
UPGRADE = HEAD.replace(b"version", b"events") + (
    b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)
LIMIT_S = 20


@pytest.fixture
def hasty(tmp_path: Path) -> Iterator[Live]:
    """A server that waits for clients a fraction of a second."""
    with serve_live(tmp_path / "data", patience=Patience(head_s=0.3, body_pause_s=0.3, idle_s=1)) as served:
        yield served


def read_to_end(client: socket.socket) -> bytes:
    """What comes until the other side closes."""
    client.settimeout(LIMIT_S)
    received = b""
    with contextlib.suppress(ConnectionResetError):
        while chunk := client.recv(65_536):
            received += chunk
    return received


@pytest.mark.conformance("R6")
@pytest.mark.parametrize("said", [b"", b"G", HEAD, HEAD + b"X: y\r\n"])
def test_head_that_does_not_end_is_cut_off(hasty: Live, said: bytes) -> None:
    with hasty.raw() as client:
        client.sendall(said)
        assert read_to_end(client) == b""


@pytest.mark.conformance("R6")
def test_head_that_drips_is_cut_off_though_something_comes_all_the_time(hasty: Live) -> None:
    with hasty.raw() as client:
        client.settimeout(0.05)
        client.sendall(HEAD)
        end = time.monotonic() + LIMIT_S
        with contextlib.suppress(ConnectionError):
            while time.monotonic() < end:
                client.sendall(b"X")
                with contextlib.suppress(TimeoutError):
                    assert client.recv(1) == b""
                    break
        assert time.monotonic() < end


@pytest.mark.conformance("R6")
def test_body_that_does_not_come_is_cut_off(hasty: Live) -> None:
    with hasty.raw() as client:
        client.sendall(
            HEAD.replace(b"GET /api/version", b"POST /api/projects")
            + b"Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
        )
        assert read_to_end(client) == b""


@pytest.mark.conformance("R6")
def test_connection_is_kept_between_requests_and_then_closed(hasty: Live) -> None:
    with hasty.raw() as client:
        client.settimeout(LIMIT_S)
        for _ in range(3):
            client.sendall(HEAD + b"\r\n")
            answer = b""
            while b'"version"' not in answer:
                answer += client.recv(65_536)
        assert read_to_end(client) == b""


@pytest.mark.conformance("R6")
@pytest.mark.parametrize(
    "said",
    [
        HEAD + b"X: " + b"y" * HEAD_BYTES,
        HEAD + b"X: y\r\n" * 40_000,
        b"GET /" + b"a" * HEAD_BYTES + b" HTTP/1.1\r\n",
        b"\xff" * 100 + b"\r\n\r\n",
        HEAD + b"Content-Length: -1\r\n\r\n",
        HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n",
    ],
)
def test_head_that_is_too_long_or_broken_is_refused(live: Live, said: bytes) -> None:
    with live.raw() as client:
        with contextlib.suppress(ConnectionError):
            client.sendall(said)
        answer = read_to_end(client)
    assert answer == b"" or answer.startswith(b"HTTP/1.1 400 "), answer[:100]


@pytest.mark.conformance("R6")
def test_page_is_quick_beside_200_idle_sockets(live: Live) -> None:
    with contextlib.ExitStack() as idle, live.client() as http:
        for number in range(200):
            client = idle.enter_context(live.raw())
            client.sendall(HEAD[: number % len(HEAD)])
        times = sorted(seconds(lambda: http.get("/api/projects").raise_for_status()) for _ in range(20))
    assert times[10] < 1  # the middle one: the machine may have other work


@pytest.mark.conformance("R6")
def test_connections_past_the_limit_are_refused_and_the_server_lives(live: Live) -> None:
    with contextlib.ExitStack() as many:
        for _ in range(MAX_CONNECTIONS):
            many.enter_context(live.raw())
        with live.client() as http:
            assert http.get("/api/ping").status_code == 503
    with live.client() as http:
        for _ in range(100):
            if http.get("/api/ping").status_code == 200:
                return
    pytest.fail("the server did not come back")


@pytest.mark.conformance("R6")
def test_clients_that_read_nothing_slow_no_run_and_get_a_snapshot(live: Live) -> None:
    """40 clients leave 30 MB of events unread; the run's own time is what it is without them."""
    alone = seconds(lambda: live.portal.call(play, live, "run-0"))
    with contextlib.ExitStack() as opened:
        slow = [opened.enter_context(live.raw()) for _ in range(40)]
        for client in slow:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16_384)
            client.sendall(UPGRADE)
            assert client.recv(12) == b"HTTP/1.1 101"
        beside = seconds(lambda: live.portal.call(play, live, "run-1"))
        later = b""
        while b'"type": "snapshot"' not in later:
            later = later[-100:] + slow[0].recv(65_536)
    assert beside < alone * 3 + 1
    run = live.parts.archive.find("run-1")
    assert (run.result, run.last_seq) == (RunResult.COMPLETED, 30_002)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_port_in_use_is_told_or_passed_over(host: str, free_port: Callable[[], int]) -> None:
    port = free_port()
    with listen(host, port, may_move=False) as first:
        with pytest.raises(OSError, match=os.strerror(errno.EADDRINUSE)):
            listen(host, port, may_move=False)
        with listen(host, port, may_move=True) as second:
            assert second.getsockname()[1] > first.getsockname()[1]


def test_address_that_is_not_ours_is_told(free_port: Callable[[], int]) -> None:
    with pytest.raises(OSError, match="assign"):
        listen("192.0.2.1", free_port(), may_move=True)


def seconds(work: Callable[[], object]) -> float:
    """How long something takes."""
    start = time.monotonic()
    work()
    return time.monotonic() - start


async def play(live: Live, run_id: str) -> None:
    """A run of 30,000 long events, as fast as they can be told."""
    desk, text = live.parts.desk, "x" * 1_000
    desk.emit(ScenarioStarted(run_id=run_id, seq=1, timestamp=1, scenario_id="s"))
    for seq in range(2, 30_002):
        desk.emit(ActionLogged(run_id=run_id, seq=seq, timestamp=seq, message=text))
        if seq % 50 == 0:
            await asyncio.sleep(0)
    desk.emit(ScenarioCompleted(run_id=run_id, seq=30_002, timestamp=30_002))
