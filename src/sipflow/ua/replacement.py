"""An INVITE that takes the place of a call of ours. Source: RFC 3891 §3."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sipflow.base.call_events import Cause, Disconnected
from sipflow.base.errors import SipParseError
from sipflow.sip.message import Request
from sipflow.sip.replaces import replaced_by
from sipflow.sip.uas import Refusal
from sipflow.ua.call_state import ACCEPTED, CALLING, CONFIRMED, INCOMING, PROCEEDING

if TYPE_CHECKING:
    from sipflow.ua.agent import UserAgent
    from sipflow.ua.call import Call


def replaced_call(agent: UserAgent, invite: Request) -> Call | Refusal | None:
    """The call that an INVITE replaces; what it is refused with; None where it replaces none."""
    try:
        replaces = replaced_by(invite)
    except SipParseError as error:
        return Refusal(400, reason=f"Bad Replaces ({error.what})")
    if replaces is None:
        return None
    call = agent.dialogs.get(replaces.key)
    if call is None:
        return Refusal(603 if agent.had_dialog(replaces.key) else 481)
    if call.state in (CONFIRMED, ACCEPTED):
        return Refusal(486) if replaces.early_only else call
    if call.state is INCOMING:  # an early dialog that this side has not initiated
        return Refusal(481)
    return call if call.state in (CALLING, PROCEEDING) else Refusal(603)


def give_way(call: Call, invite: Request, now: float) -> None:
    """End a call because another one has taken its place: BYE, or CANCEL where it was early."""
    event = Disconnected(now, invite.raw, Cause.REPLACED)
    if call.state in (CONFIRMED, ACCEPTED):
        call.hang_up(event, now)
    else:
        call.mailbox.post(event)
        call.release()
