"""What templates and expressions may ask for besides variables: facts of calls, of the instance, and fresh tokens."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from sipflow.scenario.template import LookUp, template_error

Fact = str | int
CallFacts = Mapping[str, Mapping[str, Fact]]
"""Facts by call id, of all calls of one instance."""

MAX_VALUE_CHARS: Final = 10_000
"""Longest value that a node may give a variable."""
CALL_FACTS: Final = (
    "call_id",
    "local_uri",
    "remote_uri",
    "local_tag",
    "remote_tag",
    "from_tag",
    "to_tag",
    "remote_target",
    "state",
    "status",
    "cause",
    "media_port",
)
"""What is known of a call: its Call-ID, the addresses and tags of both ends, the peer's Contact, where it stands, the
last status of its INVITE (0 before any), why it ended, the port on which it takes RTP (0 without one). Empty where
it is not known yet."""
OWN_FACTS: Final = ("dn", "host", "port", "uri")
"""What an instance knows of itself."""
FRESH: Final = ("branch", "tag", "call_id")
"""What is made anew each time it is asked for."""


class ValueNotYet(Exception):
    """A value that only the run will know. Never seen outside of this package."""


class KnownLater(Mapping[str, str]):
    """The given variables, and names that a node sets during the run: asked for these, it raises ValueNotYet."""

    def __init__(self, given: Mapping[str, str], later: frozenset[str]) -> None:
        self._given = given
        self._later = later
        self.names = later | given.keys()
        """All of these names."""

    def __getitem__(self, name: str) -> str:
        if name in self._later:
            raise ValueNotYet
        return self._given[name]

    def __contains__(self, name: object) -> bool:
        return name in self._later or name in self._given

    def __iter__(self) -> Iterator[str]:
        return iter(self._given)

    def __len__(self) -> int:
        return len(self._given)


def expect_path(path: str) -> tuple[str, str, str]:
    """Root, call id and fact of a path that is no variable. Raises TemplateError for one that means nothing."""
    root, _, rest = path.partition(".")
    call_id, _, fact = rest.rpartition(".")
    known = {"own": OWN_FACTS, "new": FRESH}.get(root, ())
    if root == "call" and call_id:
        if fact not in CALL_FACTS:
            raise template_error("template-fact", path=path, known=", ".join(CALL_FACTS))
    elif not known:
        raise template_error("template-root", path=path)
    elif rest not in known:
        raise template_error("template-fact", path=path, known=", ".join(known))
    return root, call_id, fact


def no_facts(path: str) -> str:
    """The look-up where nothing but variables may stand."""
    raise template_error("template-root", path=path)


def not_yet(path: str) -> str:
    """The look-up before a run: a path that means something raises ValueNotYet, any other TemplateError."""
    expect_path(path)
    raise ValueNotYet


def look_up_facts(calls: Callable[[], CallFacts], own: Mapping[str, str], fresh: Callable[[str], str]) -> LookUp:
    """The look-up during a run. A call that is not there raises TemplateError."""

    def look_up(path: str) -> str:
        root, call_id, fact = expect_path(path)
        if root == "call":
            facts = calls().get(call_id)
            if facts is None:
                raise template_error("template-call", path=path, call=call_id)
            return str(facts[fact])
        return own[fact] if root == "own" else fresh(fact)

    return look_up
