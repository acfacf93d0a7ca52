"""pjsua2, driven by a script of ours (agent.py) that reads commands and prints what happens."""

from __future__ import annotations

import importlib.util
import os
import platform
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import ClassVar

import pytest

from tests.interop.child import LIMIT_S, Child
from tests.interop.phone import Happening, Phone
from tests.interop.readiness import wait_until_it_answers
from tests.interop.tone import write_tone

AGENT = Path(__file__).with_name("agent.py")


class Pjsua2(Phone):
    """A user agent of PJSIP without a sound device. `options` are those of agent.py."""

    words: ClassVar[Mapping[Happening, str]] = {
        Happening.INCOMING: "^INCOMING ",
        Happening.RINGING: "^RINGING ",
        Happening.PROGRESS: "^PROGRESS ",
        Happening.ESTABLISHED: "^ESTABLISHED",
        Happening.HOLDING: "^MEDIA held-by-us",
        Happening.HELD: "^MEDIA held-by-peer",
        Happening.DIGIT: "^DIGIT (?P<digit>.)$",
        Happening.CLOSED: "^CLOSED (?P<reason>.*)",
    }

    def __init__(self, folder: Path, free_port: Callable[[], int], *options: str) -> None:
        need_pjsua2()
        port = free_port()
        write_tone(folder / "tone.wav")
        child = Child("pjsua2", [sys.executable, str(AGENT), str(port), str(free_port()), *options], folder)
        super().__init__(child, child.story, "pjsua2", port)
        self._folder = folder
        try:
            wait_until_it_answers(child, port)
        except BaseException:
            child.end()
            raise

    def dial(self, uri: str) -> None:
        self.child.tell(f"dial {uri}")

    def answer(self) -> None:
        self.child.tell("answer 200")

    def hang_up(self) -> None:
        self.child.tell("hangup")

    def hold(self) -> None:
        self.child.tell("hold")

    def resume(self) -> None:
        self.child.tell("resume")

    def send_digit(self, digit: str) -> None:
        self.child.tell(f"digit {digit}")

    def transfer(self, uri: str) -> None:
        self.child.tell(f"transfer {uri}")

    def transfer_to_consulted(self) -> None:
        self.child.tell("transfer-to-consulted")

    def heard(self) -> Path:
        path = max(self._folder.glob("heard-*.wav"), key=lambda file: int(file.stem.rpartition("-")[2]))
        deadline = time.monotonic() + LIMIT_S
        while not any(path.read_bytes()[40:44]):  # the size of the sound, written a moment after the end of the call
            assert time.monotonic() < deadline, "pjsua2 has recorded nothing"
            time.sleep(0.02)
        return path

    def end_all(self) -> None:
        self.child.tell("end-all")
        self.story.until("^AT REST")


def need_pjsua2() -> None:
    """Skip the test where the package is missing; where the peers are promised, fail it.

    There are wheels of it for Linux on x86-64 and Pythons before 3.13.
    """
    if importlib.util.find_spec("pjsua2") is not None:
        return
    reason = "the peer pjsua2 is not installed (scripts/test --peers installs it)"
    if os.environ.get("SIPFLOW_REQUIRE_PEERS") and sys.version_info < (3, 13) and platform.machine() == "x86_64":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
