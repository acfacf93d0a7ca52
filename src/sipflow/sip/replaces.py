"""Replaces: which dialog an INVITE takes the place of. Source: RFC 3891 §3, §6.1."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from sipflow.base.errors import SipParseError
from sipflow.base.sayings import Saying
from sipflow.sip.dialog import Dialog, DialogKey
from sipflow.sip.grammar import PARAMS, find_param, split_params
from sipflow.sip.message import Request

_REPLACES: Final = re.compile(rf"([^;, \t]++)({PARAMS})\Z")


@dataclass(frozen=True, slots=True)
class Replaces:
    """The dialog that is to be replaced, as its receiver sees it: `to_tag` is the receiver's own tag."""

    call_id: str
    to_tag: str
    from_tag: str
    early_only: bool = False
    """Only an early dialog is meant."""

    @classmethod
    def parse(cls, text: str) -> Replaces:
        """Raises SipParseError where the value lacks one of both tags or has one twice."""
        match = _REPLACES.match(text)
        params = split_params(match[2]) if match else ()
        names = [name.lower() for name, _ in params]
        to_tag, from_tag = find_param(params, "to-tag"), find_param(params, "from-tag")
        if match is None or not to_tag or not from_tag or names.count("to-tag") + names.count("from-tag") != 2:
            raise SipParseError(Saying.of("not-a-replaced-dialog"), text, header="Replaces")
        return cls(match[1], to_tag, from_tag, "early-only" in names)

    @classmethod
    def of(cls, dialog: Dialog) -> Replaces:
        """What a third party writes to take our place in this dialog: the tags as our peer sees them."""
        return cls(dialog.call_id, dialog.remote_tag, dialog.local_tag)

    @property
    def key(self) -> DialogKey:
        """The dialog, as its receiver keeps it."""
        return (self.call_id, self.to_tag, self.from_tag)

    def __str__(self) -> str:
        early = ";early-only" if self.early_only else ""
        return f"{self.call_id};to-tag={self.to_tag};from-tag={self.from_tag}{early}"


def replaced_by(invite: Request) -> Replaces | None:
    """The dialog that an INVITE wants to replace; None where it wants none.

    Raises SipParseError for a value that can't be read, for several, and for one beside a Join: each is a 400.
    """
    values = invite.list_values("Replaces")
    if not values:
        return None
    if len(values) > 1 or "join" in invite.fields:
        raise SipParseError(Saying.of("one-dialog-replaced"), ", ".join(values), header="Replaces")
    return Replaces.parse(values[0])
