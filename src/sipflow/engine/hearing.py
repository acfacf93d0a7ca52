"""Tells a user agent which messages its instance waits for."""

from __future__ import annotations

from collections.abc import Iterable

from sipflow.engine.store import SessionStore
from sipflow.scenario.hearing import MessageWait
from sipflow.scenario.node_api import Hearing
from sipflow.sip.methods import is_of_calls
from sipflow.ua import Call, UserAgent, Wish


def let_hear(agent: UserAgent, instance_id: str, waits: Iterable[MessageWait], store: SessionStore) -> None:
    """Let an agent keep what these waits of its instance want; without any it keeps nothing."""
    own = [wait for wait in waits if wait.instance_id == instance_id]
    requests = [wait for wait in own if wait.hearing is Hearing.REQUESTS]
    agent.requests.remembers_responses = len(requests) < len(own)
    if not requests:
        return

    def wish(method: str, call: Call | None) -> Wish:
        name = "" if call is None else store.name_of(instance_id, call.sip_call_id)
        fitting = [wait for wait in requests if wait.method in ("", method) and _may_be(wait.call_id, name)]
        if any(wait.is_answered for wait in fitting) and not is_of_calls(method, within_call=call is not None):
            return Wish.HELD
        return Wish.SEEN if fitting else Wish.NOTHING

    agent.requests.wishes = wish


def _may_be(wanted: str | None, name: str | None) -> bool:
    """Whether a message of the call of this name is wanted. A call without one yet may get any."""
    return wanted is None or wanted == name or (name is None and wanted != "")
