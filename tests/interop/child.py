"""Other people's programs as children: what they say can be waited for, and none of them outlives this process."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from tests.peers import find_peer

LIMIT_S = 20.0
"""How long a peer may take for what a test waits for, on a busy machine."""
END_LIMIT_S = 3.0
"""How long a peer may take to end before it is killed."""


class Story:
    """What a peer has said, line by line. Lines are added in one thread and waited for in another."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._lines: list[str] = []
        self._fresh = 0
        self._taken: set[int] = set()
        self._is_over = False
        self._changed = threading.Condition()

    def add(self, line: str) -> None:
        with self._changed:
            self._lines.append(line)
            self._changed.notify_all()

    def close(self) -> None:
        """Nothing will be added any more."""
        with self._changed:
            self._is_over = True
            self._changed.notify_all()

    def forget(self) -> None:
        """Start a new chapter: what was said before is waited for no longer."""
        with self._changed:
            self._fresh = len(self._lines)

    def until(self, pattern: str, limit_s: float = LIMIT_S) -> re.Match[str]:
        """Take the oldest line of this chapter that holds the pattern and was not taken yet, or wait for the next.

        Raises TimeoutError with what was said instead, also once the peer has ended.
        """
        deadline = time.monotonic() + limit_s
        index = self._fresh
        with self._changed:
            while True:
                while index < len(self._lines):
                    found = re.search(pattern, self._lines[index])
                    if found and index not in self._taken:
                        self._taken.add(index)
                        return found
                    index += 1
                if self._is_over or not self._changed.wait(deadline - time.monotonic()):
                    said = "\n".join(self._lines[self._fresh :][-30:])
                    raise TimeoutError(f"expected {pattern!r} from {self._name}, got:\n{said}")

    def says(self, pattern: str) -> bool:
        """Whether a line of this chapter holds the pattern."""
        with self._changed:
            return any(re.search(pattern, line) for line in self._lines[self._fresh :])

    def chapter(self) -> str:
        """The lines of this chapter."""
        with self._changed:
            return "\n".join(self._lines[self._fresh :])


def mortal(command: Sequence[str], end_signal: signal.Signals = signal.SIGKILL) -> list[str]:
    """The command, but that the kernel sends it this signal when the thread that started it ends (prctl(2))."""
    return [find_peer("setpriv"), "--pdeathsig", end_signal.name, "--", *command]


class Child:
    """A mortal program in a process group of its own."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        folder: Path,
        *,
        environment: Mapping[str, str] | None = None,
        end_signal: signal.Signals = signal.SIGTERM,
    ) -> None:
        """Start it in the folder. `end_signal` is what makes it end together with the processes of its own."""
        self.name = name
        self.story = Story(name)
        self._end_signal = end_signal
        self._process = subprocess.Popen(
            mortal(command, end_signal),
            cwd=folder,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, name=f"{name}'s output", daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        """Its process id, which is also that of its group."""
        return self._process.pid

    def tell(self, line: str) -> None:
        """Write a line to its standard input."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n".encode())
        self._process.stdin.flush()

    def is_running(self) -> bool:
        return self._process.poll() is None

    def end(self) -> None:
        """End it and all processes of its group, politely at first; returns when they are gone."""
        self._signal_group(self._end_signal)
        try:
            self._process.wait(END_LIMIT_S)
        except subprocess.TimeoutExpired:
            pass
        finally:
            self._signal_group(signal.SIGKILL)
            self._process.wait()
        self._reader.join(END_LIMIT_S)
        for stream in (self._process.stdin, self._process.stdout):
            assert stream is not None
            with suppress(BrokenPipeError):
                stream.close()

    def _signal_group(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.story.add(line.decode(errors="backslashreplace").rstrip())
        self.story.close()
