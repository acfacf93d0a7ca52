"""Patterns for status codes: `200`, `2xx`, or several with commas."""

from __future__ import annotations

import re
from typing import Final

_PART: Final = re.compile(r"[1-6](?:\d\d|\dx|xx)\Z", re.IGNORECASE)


def is_status_pattern(text: str) -> bool:
    """Whether the text is a pattern: codes of 100 to 699 whose last digits may be `x`, with commas between."""
    return bool(text) and all(_PART.match(part.strip()) for part in text.split(","))


def matches_status(pattern: str, status: int) -> bool:
    """Whether a status fits a pattern; an empty one is fit by any."""
    digits = str(status)
    return not pattern or any(
        all(wanted in ("x", digit) for wanted, digit in zip(part.strip().lower(), digits, strict=True))
        for part in pattern.split(",")
    )
