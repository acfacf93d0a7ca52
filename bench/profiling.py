"""Where the time goes: a profile as text."""

from __future__ import annotations

import cProfile
import io
import pstats
from collections.abc import Callable
from typing import TypeVar

LINES = 40

T = TypeVar("T")


def profiled(work: Callable[[], T]) -> tuple[T, str]:
    """The result of `work`, and the functions that took longest, their own time first."""
    profile = cProfile.Profile()
    result = profile.runcall(work)
    text = io.StringIO()
    pstats.Stats(profile, stream=text).strip_dirs().sort_stats("tottime").print_stats(LINES)
    return result, text.getvalue()
