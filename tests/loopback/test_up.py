"""`sipflow up` as a process: what it prints, whom it lets in, and how it ends."""

from __future__ import annotations

import json
import re
import signal
import socket
import sqlite3
import stat
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.documents import Json, chain, command, document, event, instance
from tests.loopback.command import LIMIT_S, start

LINE = re.compile(rb"http://127\.0\.0\.1:(\d+)/\?token=([\w-]{40,})\n")


class Up:
    """A server process."""

    def __init__(self, process: subprocess.Popen[bytes], line: bytes) -> None:
        self.process = process
        self.line = line
        matched = LINE.fullmatch(line)
        assert matched, (line, process.stderr and process.stderr.read())
        self.port = int(matched[1])
        self.token = matched[2].decode()

    def client(self) -> httpx.Client:
        """A client that knows the token."""
        headers = {"Authorization": f"Bearer {self.token}"}
        return httpx.Client(base_url=f"http://127.0.0.1:{self.port}", headers=headers, timeout=LIMIT_S)

    def end(self, number: signal.Signals) -> tuple[int, bytes, str]:
        """Send a signal; return the exit code, the rest of stdout, and stderr."""
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=LIMIT_S)
        return self.process.returncode, out, err.decode()


@contextmanager
def up(folder: Path, *options: object, **more: Any) -> Iterator[Up]:
    """Start the server, and leave nothing of it behind."""
    with start("up", "--no-browser", "--data-dir", folder, *options, **more) as process:
        try:
            assert process.stdout is not None
            yield Up(process, process.stdout.readline())
        finally:
            process.kill()


def started(http: httpx.Client, flow_data: Json) -> str:
    """Store a scenario and start it."""
    project = http.get("/api/projects").json()[0]["id"]
    body = {"name": "call", "flowData": flow_data}
    stored = http.post(f"/api/projects/{project}/scenarios", json=body).json()
    response = http.post("/api/runs", json={"scenarioId": stored["id"]})
    run_id: str = response.raise_for_status().json()["runId"]
    return run_id


def failed(*arguments: object, **options: Any) -> tuple[int, str]:
    """Start a server that must not come up; return its exit code and what it says."""
    with start("up", "--no-browser", *arguments, **options) as process:
        out, err = process.communicate(timeout=LIMIT_S)
    assert out == b""
    assert "Traceback" not in err.decode()
    return process.returncode, err.decode()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_address_with_token_is_the_only_line_and_a_signal_ends_it(
    tmp_path: Path, free_port: Callable[[], int], number: signal.Signals, code: int
) -> None:
    port = free_port()
    with up(tmp_path / "data", "--port", port) as server:
        assert server.port == port
        with httpx.Client(timeout=LIMIT_S, follow_redirects=True) as browser:
            for _ in range(3):
                browser.get(server.line.decode().strip())
                assert browser.get(f"http://127.0.0.1:{port}/api/version").status_code == 200
            [cookie] = browser.cookies.jar
            assert cookie.has_nonstandard_attr("HttpOnly")
            assert str(cookie.get_nonstandard_attr("SameSite")).lower() == "strict"
        assert httpx.get(f"http://127.0.0.1:{port}/api/version").status_code == 401
        ended = server.end(number)

    assert ended == (code, b"", "")
    with socket.socket() as free:
        free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        free.bind(("127.0.0.1", port))


def test_address_is_flushed_and_unwrapped_on_a_narrow_terminal(tmp_path: Path, free_port: Callable[[], int]) -> None:
    with up(tmp_path, "--port", free_port(), env={"COLUMNS": "20"}) as server:
        assert len(server.line) > 60


@pytest.mark.conformance("R13")
def test_each_start_has_its_own_token_and_no_log_tells_it(tmp_path: Path, free_port: Callable[[], int]) -> None:
    tokens = set()
    for _ in range(2):
        with up(tmp_path, "--port", free_port(), "--verbose") as server:
            httpx.get(server.line.decode().strip())
            httpx.get(f"http://127.0.0.1:{server.port}/?token={server.token}%20&x=1")
            tokens.add(server.token)
            _, out, err = server.end(signal.SIGTERM)
            assert "token=…" in err
            assert server.token not in err + out.decode()
    assert len(tokens) == 2


def test_token_of_ones_own_comes_from_the_environment(tmp_path: Path, free_port: Callable[[], int]) -> None:
    own = "a" * 43
    with up(tmp_path, env={"SIPFLOW_TOKEN": own, "SIPFLOW_PORT": str(free_port())}) as server:
        assert server.token == own


def test_port_in_use_is_told_with_exit_code_3(tmp_path: Path, free_port: Callable[[], int]) -> None:
    port = free_port()
    with socket.create_server(("127.0.0.1", port)):
        code, told = failed("--data-dir", tmp_path / "data", "--port", port)
    assert code == 3
    assert f"cannot listen on 127.0.0.1 port {port}" in told
    assert "--port" in told
    assert not (tmp_path / "data").exists()


def test_second_server_takes_the_next_free_port(tmp_path: Path) -> None:
    with up(tmp_path / "a") as first, up(tmp_path / "b") as second:
        assert second.port != first.port
        for server in (first, second):
            with server.client() as http:
                assert http.get("/api/version").status_code == 200
        with second.client() as http:
            assert http.get(f"http://127.0.0.1:{first.port}/api/version").status_code == 401


def test_two_servers_may_share_a_data_folder(tmp_path: Path, free_port: Callable[[], int]) -> None:
    with up(tmp_path, "--port", free_port()) as first, up(tmp_path, "--port", free_port()) as second:
        with first.client() as http:
            http.post("/api/projects", json={"name": "Lab"}).raise_for_status()
        with second.client() as http:
            assert [project["name"] for project in http.get("/api/projects").json()] == ["Lab", "My scenarios"]


@pytest.mark.conformance("R12")
@pytest.mark.parametrize("place", ["/proc/nothing", "/dev/null/x", "a-file"])
def test_data_folder_that_cannot_be_used_is_told_with_exit_code_3(tmp_path: Path, place: str) -> None:
    (tmp_path / "a-file").write_text("a file")
    code, told = failed("--data-dir", tmp_path / place)
    assert code == 3
    assert place.rsplit("/", maxsplit=1)[-1] in told
    assert told.startswith("sipflow: ")
    assert told.count("\n") == 1


@pytest.mark.conformance("R12")
def test_database_on_a_full_disk_is_told_with_exit_code_3(tmp_path: Path) -> None:
    code, told = failed("--data-dir", tmp_path, "--database-url", "sqlite:////dev/full")
    assert code == 3
    assert "no space left on device" in told


@pytest.mark.conformance("R13")
def test_password_of_a_database_that_does_not_answer_is_not_told(tmp_path: Path, free_port: Callable[[], int]) -> None:
    port = free_port()
    url = f"postgresql://me:hunter2@127.0.0.1:{port}/x"
    code, told = failed("--data-dir", tmp_path, env={"SIPFLOW_DATABASE_URL": url})
    assert code == 3
    assert told == f"sipflow: database postgresql://me:***@127.0.0.1:{port}/x: connection refused\n"


@pytest.mark.parametrize("options", [("--port", "0"), ("--port", "65536"), ("--port", "x"), ("--nonsense",)])
def test_wrong_option_is_told_with_exit_code_2(options: tuple[str, ...]) -> None:
    assert failed(*options)[0] == 2


def test_address_that_is_not_of_this_machine_is_told(tmp_path: Path) -> None:
    for host in ("192.0.2.1", "no-such-host.invalid"):
        code, told = failed("--data-dir", tmp_path, "--host", host)
        assert (code, host in told, "--host takes an address" in told) == (3, True, True)


@pytest.mark.conformance("R14")
def test_server_listens_on_127_0_0_1_alone_unless_told_otherwise(tmp_path: Path, free_port: Callable[[], int]) -> None:
    port = free_port()
    with up(tmp_path, "--port", port), pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", port), LIMIT_S)


@pytest.mark.conformance("R14")
def test_server_on_every_address_wants_the_token_all_the_same(tmp_path: Path, free_port: Callable[[], int]) -> None:
    port = free_port()
    with start("up", "--no-browser", "--data-dir", tmp_path, "--host", "0.0.0.0", "--port", port) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline().decode()
            assert re.fullmatch(rf"http://[\w.-]+:{port}/\?token=[\w-]{{40,}}\n", line)
            token = line.strip().partition("token=")[2]
            address = f"http://127.0.0.2:{port}/api/version"
            assert httpx.get(address).status_code == 401
            assert httpx.get(address, headers={"Authorization": f"Bearer {token}"}).status_code == 200
        finally:
            process.kill()


@pytest.mark.conformance("R13")
def test_what_is_stored_is_for_the_user_alone(tmp_path: Path, free_port: Callable[[], int]) -> None:
    folder = tmp_path / "data"
    with up(folder, "--port", free_port()):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_end_during_a_run_stops_it_and_hangs_up(
    tmp_path: Path, free_port: Callable[[], int], number: signal.Signals
) -> None:
    port, sip = free_port(), free_port()
    with up(tmp_path, "--port", port) as server:
        with server.client() as http:
            run_id = started(http, talking(sip))
            while not is_in_call(http, run_id):
                pass
        code, _, err = server.end(number)
    assert (code, err) == (128 + number, "")

    events = [json.loads(line) for line in (tmp_path / "runs" / run_id / "events.ndjson").read_text().splitlines()]
    assert events[-1]["event"] == "scenario:stopped"
    assert [one["seq"] for one in events] == list(range(1, len(events) + 1))
    assert "BYE" in {one["method"] for one in events if one["event"] == "scenario:sip-message"}
    assert json.loads((tmp_path / "runs" / run_id / "run.json").read_text())["result"] == "stopped"
    with sqlite3.connect(tmp_path / "sipflow.db") as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    database.close()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", sip))


def test_second_signal_ends_at_once(tmp_path: Path, free_port: Callable[[], int]) -> None:
    """A peer that answers nothing holds up the first end: its call can't be hung up."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent, up(tmp_path, "--port", free_port()) as server:
        silent.bind(("127.0.0.1", 0))
        silent.settimeout(LIMIT_S)
        with server.client() as http:
            started(http, ringing(silent.getsockname()[1]))
        invite, source = silent.recvfrom(65_536)
        silent.sendto(provisional(invite), source)
        with suppress(TimeoutError):
            server.process.send_signal(signal.SIGTERM)
            while not silent.recv(65_536).startswith(b"CANCEL "):
                pass
        assert server.end(signal.SIGINT)[0] == 130


@pytest.mark.conformance("R17")
@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs /proc")
def test_killed_server_leaves_no_process_and_no_port(tmp_path: Path, free_port: Callable[[], int]) -> None:
    port = free_port()
    with up(tmp_path, "--port", port) as server:
        assert children(server.process.pid) == []
        assert server.end(signal.SIGKILL)[0] == -signal.SIGKILL
        with up(tmp_path, "--port", port) as again:
            assert again.port == port


def talking(port: int) -> Json:
    """A call that stays up, between two instances."""
    return document(
        instance("a", "1001"),
        command("call", "MakeCall", targetUri="1002"),
        event("wait", "TIMEOUT", timeout=600_000),
        instance("b", "1002", localPort=port),
        event("in", "INCOMING"),
        command("answer", "Answer"),
        event("bye", "DISCONNECTED", timeout=600_000),
        edges=chain("a", "call", "wait") + chain("b", "in", "answer", "bye"),
    )


def ringing(port: int) -> Json:
    """A call to a peer outside."""
    call = command("call", "MakeCall", targetUri=f"sip:x@127.0.0.1:{port}", timeout=600_000)
    return document(instance("a", "1001"), call, edges=chain("a", "call"))


def is_in_call(http: httpx.Client, run_id: str) -> bool:
    """Whether the caller's command has ended: the ACK is out."""
    events = http.get(f"/api/runs/{run_id}/events").json()["events"]
    return any(one.get("nodeId") == "call" and one.get("newState") == "completed" for one in events)


def provisional(invite: bytes) -> bytes:
    """180 to an INVITE."""
    kept = [line for line in invite.split(b"\r\n") if line.split(b":")[0] in (b"Via", b"From", b"Call-ID", b"CSeq")]
    to = next(line for line in invite.split(b"\r\n") if line.startswith(b"To:"))
    return b"\r\n".join([b"SIP/2.0 180 Ringing", *kept, to + b";tag=1", b"Content-Length: 0", b"", b""])


def children(pid: int) -> list[str]:
    """The processes that this one has started."""
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
