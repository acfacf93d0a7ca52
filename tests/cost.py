"""What something costs: by functions that are called, or by ratios within one run, for times alone say little."""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable
from types import FrameType
from typing import Any, Self

ATTEMPTS = 3
"""One fair comparison is enough: a collection of garbage or a busy machine only makes things dearer."""


CHEAP_S = 0.1
"""What costs no more than this may grow as it likes: where the square of a size is paid for, it is seconds."""


def is_linear(act: Callable[[int], object], size: int) -> bool:
    """Whether `act(size)` costs about four times what `act(size // 4)` costs: 16 times is what the square would be."""
    return any(_cost_s(act, size) < max(8 * _cost_s(act, size // 4), CHEAP_S) for _ in range(ATTEMPTS))


def _cost_s(act: Callable[[int], object], size: int) -> float:
    """What it takes of a processor; the collector is kept out, for it walks through all that other tests have left."""
    gc.disable()
    try:
        started = time.process_time()
        act(size)
        return time.process_time() - started
    finally:
        gc.enable()


class FunctionCount:
    """Counts the functions of some layers of the product that are called while it stands."""

    def __init__(self, *layers: str) -> None:
        self._folders = tuple(f"/sipflow/{layer}/" for layer in layers)
        self.called = 0

    def __enter__(self) -> Self:
        sys.setprofile(self._note)
        return self

    def __exit__(self, *_: object) -> None:
        sys.setprofile(None)

    def _note(self, frame: FrameType, event: str, _: Any) -> None:
        if event == "call" and any(folder in frame.f_code.co_filename for folder in self._folders):
            self.called += 1
