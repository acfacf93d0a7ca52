"""Why others end or refuse calls, as far as they say so. Source: RFC 3326, RFC 3261 §20.43."""

from __future__ import annotations

import pytest

from sipflow.base.call_events import Cause
from sipflow.testing.agents import Stage, disconnected, virtual
from tests.ua.scenes import call_to_peer, invite_bob, let_alice_call

REASON = 'Q.850;cause=16;text="Terminated"'


@pytest.mark.conformance(83)
@virtual
async def test_reason_of_a_bye_is_shown() -> None:
    async with Stage() as stage:
        _, callee, call = await call_to_peer(stage)
        callee.ask("BYE", Reason=REASON)
        event = await disconnected(call)
        assert str(event) == f"disconnected (bye: Reason: {REASON})"


@pytest.mark.conformance(83)
@virtual
async def test_reason_of_a_cancel_is_shown() -> None:
    async with Stage() as stage:
        _, _, caller, incoming = await invite_bob(stage)
        caller.ask("CANCEL", cseq=1, Reason='SIP;cause=200;text="Call completed elsewhere"')
        event = await disconnected(incoming)
        assert event.cause is Cause.CANCEL
        assert event.reason == 'Reason: SIP;cause=200;text="Call completed elsewhere"'


@pytest.mark.conformance(83)
@virtual
async def test_warning_of_a_refusal_is_shown() -> None:
    async with Stage() as stage:
        _, _, call, callee = await let_alice_call(stage)
        callee.reply(488, Warning='304 host "Media type not available"')
        event = await disconnected(call)
        assert (event.status, str(event.reason)) == (488, 'Because (Warning: 304 host "Media type not available")')
