"""No peer outlives the tests that started it, however they end."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.interop import holder
from tests.interop.child import Child, Story
from tests.interop.pjsua2.phone import need_pjsua2
from tests.peers import find_peer

ROOT = Path(__file__).parents[2]
LIMIT_S = 30.0


@pytest.fixture
def holding(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that holds one peer of each kind."""
    for command in ("baresip", "linphonec", "rtpengine", "sipp"):
        find_peer(command)
    find_peer("kamailio", "/usr/sbin")
    need_pjsua2()
    process = subprocess.Popen(
        [sys.executable, "-m", holder.__name__, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    yield process
    process.kill()
    process.communicate()


def living(ids: set[int]) -> list[str]:
    """The names of the processes that have one of these ids, or belong to a group that has."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            before, _, after = path.read_text().partition("(")
        except OSError:  # it has just ended
            continue
        name, _, rest = after.rpartition(")")
        state, _, group = rest.split()[:3]
        if ids & {int(before), int(group)} and state not in "ZX":
            found.append(name)
    return found


def is_free(port: int) -> bool:
    """Whether somebody else could listen there, over UDP and TCP."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp, socket.socket() as tcp:
        tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # connections that were closed do not count
        try:
            udp.bind(("127.0.0.1", port))
            tcp.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


@pytest.mark.conformance("R17")
def test_no_peer_outlives_a_test_process_that_is_killed(holding: subprocess.Popen[str]) -> None:
    assert holding.stdout is not None
    told = [holding.stdout.readline().split() for _ in range(len(holder.PEERS) + 1)]
    ids = {int(pid) for pid, _ in told}
    deadline = time.monotonic() + LIMIT_S
    while not {"kamailio", "baresip", "linphonec", "rtpengine", "sipp"} <= set(living(ids)):  # what is mortal by now
        assert time.monotonic() < deadline, living(ids)
        time.sleep(0.02)

    holding.kill()
    while living(ids) or not all(is_free(int(port)) for _, port in told):
        assert time.monotonic() < deadline, living(ids)
        time.sleep(0.02)


def test_story_gives_each_line_once_and_in_order() -> None:
    story = Story("a peer")
    for line in ("call 1", "old", "call 2"):
        story.add(line)

    assert [story.until("call").string, story.until("call").string] == ["call 1", "call 2"]
    with pytest.raises(TimeoutError, match="expected 'call' from a peer, got:\ncall 1\nold\ncall 2"):
        story.until("call", limit_s=0.01)


def test_story_of_a_peer_that_has_ended_is_not_waited_for(tmp_path: Path) -> None:
    child = Child("echo", ["echo", "hello"], tmp_path)
    child.story.until("hello")

    with pytest.raises(TimeoutError):
        child.story.until("more", limit_s=60)
    child.end()
