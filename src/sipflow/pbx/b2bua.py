"""The B2BUA: calls end here and begin anew, and what comes within them goes across.

Source: RFC 3261 §6, RFC 3891 §3.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from sipflow.pbx.bridge import Bridge
from sipflow.pbx.calling import Calling
from sipflow.pbx.leg import NOT_ACROSS, Leg
from sipflow.pbx.routing import Target
from sipflow.pbx.settings import PbxSettings
from sipflow.pbx.wire import Answer, Wire, respond
from sipflow.sip.dialog import Dialog, DialogKey
from sipflow.sip.invite_server import InviteServerTransaction
from sipflow.sip.message import Request
from sipflow.sip.outgoing import Headers
from sipflow.sip.replaces import Replaces, replaced_by
from sipflow.sip.transaction import ServerTransaction

MAX_CALLS: Final = 5_000


class B2bua:
    """All calls that are joined here, by the dialogs of their legs."""

    def __init__(self, wire: Wire, settings: PbxSettings) -> None:
        self._wire = wire
        self._settings = settings
        self._legs: dict[DialogKey, tuple[Leg, Bridge]] = {}

    def __len__(self) -> int:
        """How many legs are kept."""
        return len(self._legs)

    def add(self, leg: Leg, bridge: Bridge) -> None:
        self._legs[leg.dialog.key] = (leg, bridge)

    def drop(self, leg: Leg) -> None:
        self._legs.pop(leg.dialog.key, None)

    def call(
        self,
        transaction: InviteServerTransaction,
        request: Request,
        groups: Iterable[tuple[Target, ...]],
        now: float,
    ) -> Answer | None:
        """Answer an INVITE, or call whom it wants; then None. Raises SipParseError."""
        if len(self._legs) >= 2 * MAX_CALLS:
            return Answer(503, (("Retry-After", "10"),), "Too many calls")
        unknown = [tag for tag in request.list_values("Require") if tag.lower() in NOT_ACROSS]
        if unknown:
            return Answer(420, (("Unsupported", ", ".join(unknown)),))
        dialog = Dialog.from_request(request, transaction.to_tag, transaction.flow)
        more: Headers = ()
        replaces = replaced_by(request)
        if replaces is not None:
            found = self._legs.get(replaces.key)
            other = None if found is None else found[1].other(found[0])
            if other is None:
                return Answer(481)
            groups, more = self._replacing(other, replaces)
        near = Leg(self._wire, dialog, request.request_uri.raw_user)
        calling = Calling(self._wire, self._settings, transaction, request, groups, Bridge(self, near), more)
        calling.start(now)
        return None

    def _replacing(self, other: Leg, replaces: Replaces) -> tuple[list[tuple[Target, ...]], Headers]:
        """Where an INVITE goes that replaces one side of a call of ours: to the other side, which knows that by
        another name.
        """
        dialog = other.dialog
        theirs = Replaces(dialog.call_id, dialog.remote_tag, dialog.local_tag, replaces.early_only)
        target = Target(dialog.target, dialog.routes, transport=dialog.transport)
        return [(target,)], (("Replaces", str(theirs)),)

    def request_received(self, transaction: ServerTransaction, request: Request, now: float) -> bool:
        """A request within a dialog; whether that is one of ours."""
        found = self._legs.get((request.call_id, request.to_tag, request.from_tag))
        if found is None:
            return False
        leg, bridge = found
        if request.method == "BYE" and leg is bridge.near and leg.success is None:
            self._ended_early(bridge, leg, transaction, request, now)
        else:
            bridge.request_received(leg, transaction, request, now)
        return True

    def ack_received(self, ack: Request, now: float) -> bool:
        """An ACK; whether it belongs to a call of ours."""
        found = self._legs.get((ack.call_id, ack.to_tag, ack.from_tag))
        if found is None:
            return False
        leg, bridge = found
        bridge.ack_received(leg, ack, now)
        return True

    def _ended_early(
        self, bridge: Bridge, leg: Leg, transaction: ServerTransaction, request: Request, now: float
    ) -> None:
        """A caller ends its call before it is answered. Source: RFC 3261 §15.1.2."""
        leg.dialog.takes(request)
        respond(transaction, Answer(200), now)
        if bridge.on_early_bye is not None:
            bridge.on_early_bye(now)
