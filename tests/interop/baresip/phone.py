"""baresip, told what to do over its ctrl_tcp module: JSON objects as netstrings."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from tests.interop.child import LIMIT_S, Child, Story
from tests.interop.phone import Happening, Login, Phone
from tests.interop.readiness import wait_until_it_answers
from tests.interop.tone import write_tone
from tests.peers import find_peer

HERE = Path(__file__).parent


class Baresip(Phone):
    """A baresip with one account. Its story holds its events, its child's story its trace of SIP messages."""

    words: ClassVar[Mapping[Happening, str]] = {
        Happening.INCOMING: '"CALL_INCOMING"',
        Happening.RINGING: '"CALL_RINGING"',
        Happening.PROGRESS: '"CALL_PROGRESS"',
        Happening.ESTABLISHED: '"CALL_ESTABLISHED"',
        Happening.HOLDING: '"CALL_REMOTE_SDP".*"param":"answer"',
        Happening.HELD: '"CALL_REMOTE_SDP".*"param":"offer"',
        Happening.DIGIT: '"CALL_DTMF_START".*"param":"(?P<digit>.)"',
        Happening.CLOSED: '"CALL_CLOSED".*"param":"(?P<reason>[^"]*)"',
    }

    def __init__(self, folder: Path, free_port: Callable[[], int], *options: str) -> None:
        """Options: a login, `at:HOST:PORT`, where it registers as that user (UDP), `codec:NAME`, its only one,
        `media:KIND`, its `mediaenc`, and `rtcp-mux`.
        """
        port, control = free_port(), free_port()  # and the next of the first, for TLS
        user = "baresip"
        text = (HERE / "config").read_text()
        for name, value in {"SIP_PORT": port, "CONTROL_PORT": control, "FOLDER": folder}.items():
            text = text.replace(f"@{name}@", str(value))
        codec = next((option.removeprefix("codec:") for option in options if option.startswith("codec:")), "")
        if "rtcp-mux" in options:
            text = text.replace("rtcp_mux\t\tno", "rtcp_mux\t\tyes")
        (folder / "config").write_text(text.replace("g711.so", f"{codec.lower()}.so") if codec else text)
        write_tone(folder / "tone.wav")
        (folder / "accounts").write_text(_account(f"{user}@127.0.0.1:{port}", options))
        self._recordings = folder
        child = Child("baresip", [find_peer("baresip"), "-4", "-f", str(folder), "-s"], folder)
        super().__init__(child, Story("baresip"), user, port)
        try:
            wait_until_it_answers(child, port)
            self._control = _Control(control, self.story)
        except BaseException:
            child.end()
            raise

    def dial(self, uri: str) -> None:
        self._control.command("dial", uri)

    def ask_options(self, uri: str) -> None:
        """Ask somebody what they can."""
        self._control.command("options", uri)

    def answer(self) -> None:
        self._control.command("accept")

    def hang_up(self) -> None:
        self._control.command("hangup")

    def hold(self) -> None:
        self._control.command("hold")

    def resume(self) -> None:
        self._control.command("resume")

    def send_digit(self, digit: str) -> None:
        self._control.command("sndcode", digit)

    def transfer(self, uri: str) -> None:
        self._control.command("transfer", uri)

    def heard(self) -> Path:
        return max(self._recordings.glob("*dec.wav"), key=lambda file: file.stat().st_mtime)

    def end_all(self) -> None:
        self._control.command("hangup")

    def log(self) -> str:
        return f"{self.story.chapter()}\n{self.child.story.chapter()}"

    def rest(self) -> None:
        super().rest()
        self.child.story.forget()

    def end(self) -> None:
        self._control.close()
        super().end()


def _account(address: str, options: Sequence[str]) -> str:
    """The line of its file `accounts`."""
    login = Login.of(options)
    if login is None:
        encryption = "".join(f";mediaenc={option[6:]}" for option in options if option.startswith("media:"))
        return f"<sip:{address}>;regint=0{encryption}\n"
    secret = f"auth_user={login.user};auth_pass={login.password}"
    for option in options:
        if option.startswith("at:"):
            server = option.removeprefix("at:")
            return f'<sip:{login.user}@{server}>;{secret};outbound="sip:{server};transport=udp";regint=60\n'
    return f"<sip:{address}>;{secret};regint=0\n"


class _Control:
    """The line to baresip: commands out, answers and events into the story."""

    def __init__(self, port: int, story: Story) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=LIMIT_S)
        self._socket.settimeout(None)
        self._story = story
        self._token = 0
        self._reader = threading.Thread(target=self._read, name="baresip's events", daemon=True)
        self._reader.start()

    def command(self, name: str, parameters: str = "") -> None:
        """Send a command and wait for its answer. Raises AssertionError where it is refused, TimeoutError."""
        self._token += 1
        token = f"{time.monotonic_ns()}-{self._token}"
        body = json.dumps({"command": name, "params": parameters, "token": token}).encode()
        self._socket.sendall(b"%d:%b," % (len(body), body))
        answer = json.loads(self._story.until(f'"token":"{token}"').string)
        assert answer["ok"], answer

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._reader.join(5)
        self._socket.close()

    def _read(self) -> None:
        data = b""
        while received := self._socket.recv(65_536):
            data += received
            while b":" in data:
                size, _, rest = data.partition(b":")
                if len(rest) <= int(size):
                    break
                self._story.add(rest[: int(size)].decode(errors="backslashreplace"))
                data = rest[int(size) + 1 :]
        self._story.close()
