"""The first line of a message. Source: RFC 3261 §7.1, §7.2."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NamedTuple

from sipflow.base.errors import SipParseError
from sipflow.base.sayings import Saying
from sipflow.sip.grammar import MEMO_SIZE

_STATUS_LINE: Final = re.compile(r"(SIP/[0-9]+\.[0-9]+) (?:([0-9]{3})(?: (.*))?\Z|.)", re.IGNORECASE | re.ASCII)
_VERSION: Final = re.compile(r"SIP/[0-9]+\.[0-9]+ *\Z", re.IGNORECASE | re.ASCII)


class StartLine(NamedTuple):
    """What a start line says, of whichever kind it is."""

    version: str
    method: str
    """Empty in a response."""
    uri: str
    status: int
    reason: str


def read_start_line(line: str) -> StartLine:
    """Raises SipParseError where the line can't be understood as SIP at all."""
    status_line = _STATUS_LINE.match(line)
    if status_line is not None:
        version, status, reason = status_line.groups()
        return StartLine(version, "", "", int(status or 0), reason or "")
    # Blanks at the end stay with the version, and blanks in excess with the URI: both are faults, not errors.
    end = len(line.rstrip(" "))
    version_start = line.rfind(" ", 0, end) + 1
    method, _, uri = line[: max(version_start - 1, 0)].partition(" ")
    version = line[version_start:]
    if not method or not uri or not _VERSION.match(version):
        raise SipParseError(Saying.of("not-a-start-line"), line)
    return StartLine(version, method, uri, 0, "")


remembered_start_line: Final = lru_cache(MEMO_SIZE)(read_start_line)
"""For the line of a head that is not overlong."""
