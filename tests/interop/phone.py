"""What every softphone of the tests can do, whoever has written it."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import ClassVar, NamedTuple

from tests.interop.child import LIMIT_S, Child, Story


class Happening(StrEnum):
    """What a phone tells of its calls."""

    INCOMING = "incoming"
    """Somebody calls it."""
    RINGING = "ringing"
    """The called side rings."""
    PROGRESS = "progress"
    """The called side sends early media."""
    ESTABLISHED = "established"
    HOLDING = "holding"
    """It holds the call it has taken, and the other side has agreed."""
    HELD = "held"
    """The other side holds the call that it has placed."""
    DIGIT = "digit"
    """It has heard a DTMF digit, which is the group `digit` of its word."""
    CLOSED = "closed"
    """A call has ended, for whatever reason."""


class Login(NamedTuple):
    """What a phone proves who it is by; written as an option it is `as:USER:PASSWORD`."""

    user: str
    password: str

    @classmethod
    def of(cls, options: Iterable[str]) -> Login | None:
        """The one among the options of a phone, if there is one."""
        return next((cls(*option.split(":")[1:]) for option in options if option.startswith("as:")), None)


class Phone(ABC):
    """A softphone as a child, on 127.0.0.1, UDP and TCP on one port."""

    words: ClassVar[Mapping[Happening, str]]
    """How it says that something has happened: a pattern for one line of its story."""

    def __init__(self, child: Child, story: Story, user: str, port: int) -> None:
        self.child = child
        self.story = story
        self.user = user
        self.port = port

    def uri(self, transport: str = "UDP") -> str:
        """Where to call it."""
        return f"sip:{self.user}@127.0.0.1:{self.port};transport={transport.lower()}"

    def until(self, happening: Happening, limit_s: float = LIMIT_S) -> re.Match[str]:
        """Wait until it says so; each time it does counts once. Raises TimeoutError."""
        return self.story.until(self.words[happening], limit_s)

    def has_seen(self, happening: Happening) -> bool:
        return self.story.says(self.words[happening])

    def log(self) -> str:
        """What it said since the test began."""
        return self.story.chapter()

    @abstractmethod
    def dial(self, uri: str) -> None:
        """Call somebody."""

    @abstractmethod
    def answer(self) -> None:
        """Take the call that rings."""

    @abstractmethod
    def hang_up(self) -> None:
        """End the call, whatever its state; one that rings is refused."""

    @abstractmethod
    def hold(self) -> None: ...

    @abstractmethod
    def resume(self) -> None: ...

    @abstractmethod
    def send_digit(self, digit: str) -> None:
        """Press a key in the call that stands."""

    @abstractmethod
    def transfer(self, uri: str) -> None:
        """Send the other side of the call to somebody else, without asking them first (REFER)."""

    def transfer_to_consulted(self) -> None:
        """Send the other side of its first call to that of its second, which it has asked (REFER with Replaces)."""
        raise NotImplementedError(f"{self.user} can't transfer to a call it has")

    @abstractmethod
    def heard(self) -> Path:
        """The WAV file of what it heard in its last call; linphone and pjsua2 record with the option `tone` alone."""

    @abstractmethod
    def end_all(self) -> None:
        """End every call, if there is any; returns when the phone has done so."""

    def end(self) -> None:
        """End the program."""
        self.child.end()

    def rest(self) -> None:
        """End what a test has left, and begin a new chapter."""
        self.end_all()
        self.story.forget()
