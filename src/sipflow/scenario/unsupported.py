"""What documents may say and this version cannot do yet: an error, so that no run pretends."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple


class _NotYet(NamedTuple):
    node_type: str
    field: str
    is_used: Callable[[Any], bool]
    code: str


_TABLE: Final = (_NotYet("sipInstance", "srtp", lambda value: value not in ("", "off"), "unsupported-srtp"),)


def unsupported_fields(node_type: str, data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The fields of a node that ask for more than this version can do, each with the code of its fault."""
    for entry in _TABLE:
        value = data.get(entry.field)
        if entry.node_type == node_type and value is not None and entry.is_used(value):
            yield entry.field, entry.code
