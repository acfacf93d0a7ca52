"""Facts of calls and instances, as templates and expressions name them (`sipflow.scenario.values`)."""

from __future__ import annotations

from sipflow.base.call_events import Connected, Disconnected, Progressed
from sipflow.base.errors import SipParseError
from sipflow.base.ids import Ids
from sipflow.scenario.values import Fact
from sipflow.sip.address import NameAddr
from sipflow.ua import Call, IncomingCall, OutgoingCall, UserAgent


def facts_of(call: Call) -> dict[str, Fact]:
    """What is known of a call, by the names of CALL_FACTS."""
    dialog = call.dialog
    if dialog is not None:
        local, remote, target = dialog.local, dialog.remote, dialog.target
    elif isinstance(call, OutgoingCall):
        local, remote, target = call.invite.from_, call.invite.to, ""
    else:
        local = remote = target = ""
    local_tag, remote_tag = _tag(local), _tag(remote)
    we_called = not isinstance(call, IncomingCall)
    status, cause = 0, ""
    for event in call.mailbox.history:
        if isinstance(event, Progressed):
            status = event.status
        elif isinstance(event, Connected):
            status = 200
        elif isinstance(event, Disconnected):
            status, cause = event.status or status, event.cause.value
    return {
        "call_id": call.sip_call_id,
        "local_uri": _uri(local),
        "remote_uri": _uri(remote),
        "local_tag": local_tag,
        "remote_tag": remote_tag,
        "from_tag": local_tag if we_called else remote_tag,
        "to_tag": remote_tag if we_called else local_tag,
        "remote_target": target,
        "state": call.state.value,
        "status": status,
        "cause": cause,
        "media_port": 0 if call.stream is None else call.stream.port,
    }


def own_facts(agent: UserAgent) -> dict[str, str]:
    """What an instance knows of itself, by the names of OWN_FACTS."""
    local = agent.local
    return {"dn": agent.settings.user, "host": local.host, "port": str(local.port), "uri": agent.address}


def fresh_token(ids: Ids, what: str) -> str:
    """A new branch, tag or Call-ID, by the names of FRESH."""
    match what:
        case "branch":
            return ids.branch()
        case "tag":
            return ids.tag()
        case _:
            return ids.call_id()


def _uri(value: str) -> str:
    try:
        return str(NameAddr.parse(value).uri)
    except SipParseError:
        return ""


def _tag(value: str) -> str:
    try:
        return NameAddr.parse(value).param("tag") or ""
    except SipParseError:
        return ""
