"""One JSON object a line."""

from __future__ import annotations

import json
from typing import BinaryIO

from sipflow.base.events import RunEvent


class JsonLines:
    """Writes each event as one line of UTF-8, flushed at once."""

    def __init__(self, stream: BinaryIO) -> None:
        self.fault: OSError | None = None
        """Why no line could be written any more."""
        self._stream = stream

    def emit(self, event: RunEvent) -> None:
        if self.fault is None:
            try:
                self._write(event)
            except OSError as error:
                self.fault = error

    def _write(self, event: RunEvent) -> None:
        line = json.dumps(event.to_json(), ensure_ascii=False, separators=(",", ":"))
        # A lone surrogate becomes the JSON escape that it is.
        self._stream.write(line.encode("utf-8", "backslashreplace") + b"\n")
        self._stream.flush()

    def tick(self) -> None:
        """Do nothing: time is not shown."""

    def close(self) -> None:
        """Do nothing: every line has been flushed."""
