"""What goes wrong in lower layers, as the failure of a node."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sipflow.base.errors import AddressUnavailable, LocalProtocolError, NodeFailed, RegistrationFailed, SipParseError
from sipflow.base.sayings import Saying, Told


@contextmanager
def as_failure(expected: Saying, call_id: str | None = None) -> Iterator[None]:
    """Raise NodeFailed for what the stack refuses: `expected` is what the node was about."""
    try:
        yield
    except RegistrationFailed as error:
        raise NodeFailed(Saying.of("by", what=expected, whom=error.registrar), error.got) from error
    except LocalProtocolError as error:
        raise NodeFailed(expected, error.said, call_id=call_id) from error
    except (SipParseError, AddressUnavailable) as error:
        raise NodeFailed(expected, error.said, call_id=call_id) from error


def within(what: Told, timeout_s: float) -> Saying:
    """What came, or did not come, in that time."""
    return Saying.of("within", what=what, seconds=f"{timeout_s:g}")
