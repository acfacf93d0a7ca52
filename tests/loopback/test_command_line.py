"""The command as its users meet it: a process, real sockets, real signals."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from sipflow.engine.run import HANGUP_LIMIT_S
from sipflow.sip.flow import Address
from sipflow.testing.wire_text import RawMessage, response_text
from tests.documents import document, instance
from tests.examples import EXAMPLES
from tests.loopback.command import LIMIT_S, end, read_until, run, start

TWO_PARTY_CALL = EXAMPLES["two-party-call"]
CALL_OUT = EXAMPLES["call-out"]
RINGING = '"statusCode":180'
"""In an event: from now on a call is ended by a CANCEL; one without any response is dropped without."""


def told(text: str) -> list[str]:
    """The lines without the time they begin with."""
    return [line[11:] for line in text.splitlines()]


class RawPhone:
    """A raw UDP socket that rings at an INVITE, and goes on as it is told to."""

    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(LIMIT_S)
        self.uri = f"sip:phone@127.0.0.1:{self.socket.getsockname()[1]}"
        self.target = f"target={self.uri}"

    def ring(self) -> RawMessage:
        """Wait for an INVITE, answer 180 and return it."""
        invite = self.take("INVITE")
        self.respond(180, invite)
        return invite

    def take(self, method: str) -> RawMessage:
        """Wait for a request of this method."""
        while True:
            data, source = self.socket.recvfrom(65535)
            message = RawMessage(data, Address(*source))
            if message.method == method:
                return message

    def respond(self, status: int, request: RawMessage) -> None:
        """Send a response to a request."""
        self.socket.sendto(response_text(request, status, tag="phone", contact=self.uri), request.source)


@pytest.fixture
def phone() -> Iterator[RawPhone]:
    phone = RawPhone()
    with phone.socket:
        yield phone


def test_run_of_an_example_passes_and_writes_nothing_to_stdout() -> None:
    process = start("run", TWO_PARTY_CALL)
    out, err = process.communicate(timeout=LIMIT_S)

    assert (process.returncode, out) == (0, b"")
    assert told(err.decode())[-1] == "passed"


def test_run_reads_a_pipe() -> None:
    process = start("run", "/dev/stdin", stdin=subprocess.PIPE)
    _, err = process.communicate(TWO_PARTY_CALL.read_bytes(), timeout=LIMIT_S)

    assert (process.returncode, told(err.decode())[-1]) == (0, "passed")


@pytest.mark.alone
def test_run_adds_little_to_the_waits_of_the_file() -> None:
    waits_s = 0.65
    # Where Python starts with the libraries in 90 ms, this is 0.7 s.
    allowed = 8

    def duration(start: Callable[[], int]) -> float:
        began = time.monotonic()
        assert start() == 0
        return time.monotonic() - began

    def bare_start() -> int:
        return subprocess.run([sys.executable, "-c", "import asyncio, pydantic, typer"], timeout=LIMIT_S).returncode

    # In turns, so that a busy moment meets both; the least of each is what the machine can do.
    pairs = [(duration(bare_start), duration(lambda: run("run", TWO_PARTY_CALL)[0])) for _ in range(5)]
    assert min(run_s for _, run_s in pairs) - waits_s <= allowed * min(start_s for start_s, _ in pairs)


def test_json_events_are_numbered_without_gaps_and_end_with_the_terminal_one() -> None:
    code, events, _ = run("run", "--json", TWO_PARTY_CALL)

    assert code == 0
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert {event["runId"] for event in events} == {events[0]["runId"]}
    names = [event["event"] for event in events]
    assert names[0] == "scenario:started"
    assert names[-1] == "scenario:completed"
    assert sum(name in ("scenario:completed", "scenario:failed", "scenario:stopped") for name in names) == 1


@pytest.mark.usefixtures("heeds_hang_up")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_signal_hangs_up_before_the_run_is_stopped(number: signal.Signals, code: int, phone: RawPhone) -> None:
    process = start("run", "--json", CALL_OUT, "--var", phone.target)
    invite = phone.ring()
    read_until(process, RINGING)

    process.send_signal(number)
    phone.respond(200, phone.take("CANCEL"))
    phone.respond(487, invite)
    phone.take("ACK")
    returned, events, err = end(process)

    assert returned == code
    assert events[-1]["event"] == "scenario:stopped"
    assert "Traceback" not in err


def test_second_signal_ends_at_once(phone: RawPhone) -> None:
    process = start("run", "--json", CALL_OUT, "--var", phone.target)
    phone.ring()
    read_until(process, RINGING)
    process.send_signal(signal.SIGINT)
    phone.take("CANCEL")

    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    code, _, err = end(process)

    assert code == 143
    assert time.monotonic() - began < HANGUP_LIMIT_S
    assert "Traceback" not in err


def test_timeout_stops_the_run_as_failed(phone: RawPhone) -> None:
    code, events, err = run("run", "--json", "--timeout", "0.5", CALL_OUT, "--var", phone.target)

    assert code == 1
    assert events[-1]["event"] == "scenario:failed"
    assert "--timeout" in events[-1]["error"]
    assert "--timeout" in err


def test_target_that_nobody_listens_on_fails_at_once(free_port: Callable[[], int]) -> None:
    began = time.monotonic()

    code, events, err = run("run", "--json", CALL_OUT, "--var", f"target=sip:x@127.0.0.1:{free_port()}")

    assert code == 1
    assert time.monotonic() - began < 10
    assert events[-1]["nodeId"] == "caller-call"
    assert "failed at MakeCall" in err
    assert "nobody listens" in err


def test_port_in_use_is_told_with_the_instance(tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        path = tmp_path / "taken.json"
        path.write_text(json.dumps(document(instance("a", label="Alice", localPort=port))))

        code, events, err = run("run", "--json", path)

    assert (code, events) == (3, [])
    assert "Alice" in err
    assert str(port) in err
    assert "try: another program has this port" in err


def test_variables_come_from_the_environment_too(free_port: Callable[[], int]) -> None:
    port = free_port()

    _, events, _ = run("run", "--json", CALL_OUT, env={"SIPFLOW_VAR_target": f"sip:x@127.0.0.1:{port}"})

    sent = [event for event in events if event["event"] == "scenario:sip-message"]
    assert sent[0]["remoteAddress"] == f"127.0.0.1:{port}"


def test_reader_of_json_that_goes_away_changes_nothing() -> None:
    process = start("run", "--json", TWO_PARTY_CALL)
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    err = process.stderr.read().decode()

    assert process.wait(LIMIT_S) == 0
    assert "passed" in err
    assert "Broken" not in err
    process.stderr.close()


def test_hang_up_that_is_ignored_stays_ignored(phone: RawPhone) -> None:
    def ignore_hang_up() -> None:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

    process = start("run", "--json", CALL_OUT, "--var", phone.target, preexec_fn=ignore_hang_up)
    phone.ring()
    read_until(process, RINGING)

    process.send_signal(signal.SIGHUP)
    process.send_signal(signal.SIGTERM)
    phone.take("CANCEL")
    process.send_signal(signal.SIGTERM)

    assert end(process)[0] == 143


@pytest.mark.parametrize("arguments", [["nodes"], ["--version"], ["run", "--json", str(TWO_PARTY_CALL)]])
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_full_disk_is_told_and_no_success(arguments: list[str], unbuffered: str) -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "sipflow", *arguments],
            stdout=full,
            stderr=subprocess.PIPE,
            env=os.environ | {"PYTHONUNBUFFERED": unbuffered},
            timeout=LIMIT_S,
            check=False,
        )

    assert done.returncode == 4
    assert done.stderr.decode().splitlines()[-1] == "sipflow: cannot write to stdout: No space left on device"


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_reader_of_a_list_that_goes_away_is_no_failure(unbuffered: str) -> None:
    process = start("nodes", "--json", env={"PYTHONUNBUFFERED": unbuffered})
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None

    assert (process.wait(LIMIT_S), process.stderr.read()) == (0, b"")
    process.stderr.close()


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
def test_run_needs_no_open_stream(closed: str) -> None:
    command = f'"{sys.executable}" -m sipflow run --json "{TWO_PARTY_CALL}" {closed}'

    assert subprocess.run(["sh", "-c", command], capture_output=True, check=False, timeout=LIMIT_S).returncode == 0


def on_terminal(
    *arguments: object, is_stdout_too: bool = False, interrupt_at: Sequence[str] = (), **environment: str
) -> tuple[int, str]:
    """Run the command with a terminal on stderr and return its code and what the terminal got.

    It gets a SIGINT as soon as the terminal shows the first of `interrupt_at`, then for the second, and so on.
    """
    due = list(interrupt_at)
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "sipflow", *map(str, arguments)],
        stdout=slave if is_stdout_too else subprocess.DEVNULL,
        stderr=slave,
        env=os.environ | {"TERM": "xterm-256color", "COLUMNS": "80"} | environment,
    )
    os.close(slave)
    shown = b""
    while select.select([master], [], [], LIMIT_S)[0]:
        try:
            data = os.read(master, 65536)
        except OSError:  # Linux says so when the other side has closed
            break
        if not data:
            break
        shown += data
        if due and due[0].encode() in shown:
            process.send_signal(signal.SIGINT)
            del due[0]
    os.close(master)
    return process.wait(LIMIT_S), shown.decode()


def test_run_on_a_terminal_draws_a_ladder() -> None:
    code, shown = on_terminal("run", TWO_PARTY_CALL)

    assert code == 0
    assert "▶" in shown
    assert "\x1b[36m" in shown
    assert shown.count("\x1b[?25l") == shown.count("\x1b[?25h") == 1


def test_second_signal_leaves_the_cursor_shown_below_the_ladder(phone: RawPhone) -> None:
    threading.Thread(target=phone.ring, daemon=True).start()

    code, shown = on_terminal("run", CALL_OUT, "--var", phone.target, interrupt_at=["◀", "CANCEL"])

    assert code == 130
    assert shown.endswith("\x1b[?25h\r\n")


def test_run_on_a_terminal_without_colour_keeps_the_ladder() -> None:
    _, shown = on_terminal("run", TWO_PARTY_CALL, NO_COLOR="1")

    assert "▶" in shown
    assert not re.search(r"\x1b\[[0-9;]*3[0-7]m", shown)


def test_run_on_a_dumb_terminal_writes_plain_lines() -> None:
    _, shown = on_terminal("run", TWO_PARTY_CALL, TERM="dumb")

    assert "\x1b" not in shown
    assert "passed" in shown


def test_json_on_the_terminal_itself_goes_with_plain_lines() -> None:
    _, shown = on_terminal("run", "--json", TWO_PARTY_CALL, is_stdout_too=True)

    assert "\x1b" not in shown
    assert '"event":"scenario:completed"' in shown


def test_run_without_audio_imports_no_numpy() -> None:
    code = (
        "import sys\n"
        "from sipflow.cli.app import run_app\n"
        f"code = run_app(['run', {str(TWO_PARTY_CALL)!r}])\n"
        "heavy = {'numpy', 'soundfile', 'soxr', 'G722'} & set(sys.modules)\n"
        "sys.exit(f'imported: {heavy}' if heavy else code)\n"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=LIMIT_S, check=False)

    assert done.returncode == 0, done.stderr
