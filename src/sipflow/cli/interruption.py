"""SIGINT, SIGTERM and SIGHUP during a run: the first asks for an orderly end, the second ends at once."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sipflow.cli.exit_codes import ending_signals, signal_code


class Interruption:
    """Whether, and by which signal, the run was asked to end."""

    def __init__(self, before_end: Callable[[], None]) -> None:
        self.signal: signal.Signals | None = None
        self._asked = asyncio.Event()
        self._before_end = before_end
        """Called before a second signal ends the process, to leave the terminal as it was."""

    async def wait(self) -> None:
        """Return at the first signal."""
        await self._asked.wait()

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Take the signals of this process, until the block ends."""
        loop = asyncio.get_running_loop()
        numbers = ending_signals()
        before = [(number, signal.getsignal(number)) for number in numbers]
        for number in numbers:
            loop.add_signal_handler(number, self._take, number)
        try:
            yield
        finally:
            for number, handler in before:
                loop.remove_signal_handler(number)
                signal.signal(number, handler)

    def _take(self, number: signal.Signals) -> None:
        if self.signal is not None:
            self._before_end()
            os._exit(signal_code(number))
        self.signal = number
        self._asked.set()
