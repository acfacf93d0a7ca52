"""What messages share that differ only in branch, tags, Call-ID and body: most of a peer's do, from call to call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from sipflow.sip.flow import Address
    from sipflow.sip.received import Message, Request, Response
    from sipflow.sip.via import Via

M = TypeVar("M", bound="Message")
R = TypeVar("R")


@dataclass(slots=True)
class Shape:
    """All that is known of such messages. They have no fault, one Via, and a Content-Length."""

    model: Request | Response
    """One of them, read in full."""
    length: int
    """Content-Length."""
    cseq: int
    cseq_method: str
    hop: Via
    target: str
    record_route: list[str]
    branch: int
    """Place of the branch among the parts of a message (see `sipflow.sip.message`)."""
    from_tag: int
    """Likewise; -1 where there is none, which is the place of an empty part."""
    to_tag: int
    via: tuple[str, str]
    """What stands before and after the branch in the Via."""
    from_: tuple[str, str]
    """Likewise, around the From tag."""
    to: tuple[str, str]
    notes: dict[Any, Any] = field(default_factory=dict)
    """What `by_shape` has worked out."""
    stamp: tuple[Address, str, str] | None = None
    """Where the last one came from, and what stands before and after the branch in its Via once that is stamped."""


def by_shape(judge: Callable[[M], R]) -> Callable[[M], R]:
    """For a function that looks at nothing but what messages of a shape share: it is asked once for each shape."""

    def recall(message: M) -> R:
        shape = message.shape
        if shape is None:
            return judge(message)
        result: R
        try:
            result = shape.notes[judge]
        except KeyError:
            result = shape.notes[judge] = judge(message)
        return result

    return recall
