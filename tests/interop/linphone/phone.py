"""linphonec, told what to do on its standard input."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import ClassVar

from tests.interop.child import Child
from tests.interop.phone import Happening, Login, Phone
from tests.interop.readiness import wait_until_it_answers
from tests.interop.tone import write_tone
from tests.peers import find_peer

HERE = Path(__file__).parent


class Linphone(Phone):
    """A linphonec that plays sound from files and registers nowhere until `register` is told."""

    words: ClassVar[Mapping[Happening, str]] = {
        Happening.INCOMING: "Receiving new incoming call from",
        Happening.RINGING: r"Call \d+ .* ringing",
        Happening.PROGRESS: r"Call \d+ .* early media",
        Happening.ESTABLISHED: r"Call \d+ .* connected",
        Happening.HOLDING: r"Call \d+ .* is now paused",
        Happening.HELD: r"Call \d+ has been paused by",
        Happening.DIGIT: r"Receiving tone (?P<digit>.) from",
        Happening.CLOSED: r"Call \d+ .* (?P<reason>ended|error)\b",
    }

    def __init__(self, folder: Path, free_port: Callable[[], int], *options: str) -> None:
        """Options: a login, for the realm `sipflow`, `media:KIND`, the encryption that it demands, `codec:NAME`, its
        only one, and `tone`: it plays one, as it does with encryption, and records what it hears.
        """
        port = free_port()
        text = (HERE / "linphonerc").read_text()
        for name, value in {"SIP_PORT": port, "RTP_PORT": free_port()}.items():
            text = text.replace(f"@{name}@", str(value))
        user = "linphone"
        if login := Login.of(options):
            text += f"\n[auth_info_0]\nusername={login.user}\npasswd={login.password}\nrealm=sipflow\n"
            user = login.user  # it looks for a password by the name it calls with
        for kind in [option[6:] for option in options if option.startswith("media:")]:
            demanded = f"media_encryption={kind}\nmedia_encryption_mandatory=1"
            text = text.replace("media_encryption=none", demanded)
        text = text.replace("@USER@", user)
        (folder / "linphonerc").write_text(text)
        (folder / ".local" / "share" / "linphone").mkdir(parents=True)  # else it complains of its databases
        child = Child(
            "linphonec",
            [find_peer("linphonec"), "-c", str(folder / "linphonerc"), "-d", "0"],
            folder,
            environment={"HOME": str(folder)},
        )
        super().__init__(child, child.story, user, port)
        self._folder = folder
        try:
            wait_until_it_answers(child, port)
            child.tell("soundcard use files")
            if any(option == "tone" or option.startswith("media:") for option in options):
                write_tone(folder / "tone.wav")
                child.tell(f"play {folder / 'tone.wav'}")
            if "tone" in options:
                child.tell(f"record {self.heard()}")
            for codec in [option[6:] for option in options if option.startswith("codec:")]:
                self._speak(codec)
        except BaseException:
            child.end()
            raise

    def _speak(self, codec: str) -> None:
        """This codec, and no other."""
        self.child.tell("codec list")
        self._catch_up()
        for number, name in re.findall(r"^ *(\d+): (\S+) \(\d+\)", self.story.chapter(), re.MULTILINE):
            self.child.tell(f"codec {'enable' if name == codec else 'disable'} {number}")
        self._catch_up()

    def _catch_up(self) -> None:
        """Wait until it has come so far."""
        self.child.tell("help rest")  # there is none, which it says
        self.story.until("No such command")

    def dial(self, uri: str) -> None:
        self.child.tell(f"call {uri}")

    def answer(self) -> None:
        self.child.tell("answer")

    def hang_up(self) -> None:
        self.child.tell("terminate")

    def hold(self) -> None:
        self.child.tell("pause")

    def resume(self) -> None:
        self.child.tell("resume")

    def send_digit(self, digit: str) -> None:
        self.child.tell(digit)

    def transfer(self, uri: str) -> None:
        self.child.tell(f"transfer {uri}")

    def transfer_to_consulted(self) -> None:
        first, second = (self.story.until(r"assigned id (\d+)")[1] for _ in range(2))
        self.child.tell(f"transfer {first} --to-call {second}")

    def heard(self) -> Path:
        return self._folder / "heard.wav"

    def end_all(self) -> None:
        self.child.tell("terminate all")
        self._catch_up()
