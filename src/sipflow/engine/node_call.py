"""What a node sees of one call."""

from __future__ import annotations

import asyncio

from sipflow.base.call_events import Connected, Disconnected
from sipflow.base.errors import LocalProtocolError, NodeFailed
from sipflow.base.sayings import Saying, status_and_reason
from sipflow.engine.call_media import CallMedia
from sipflow.engine.failures import as_failure, within
from sipflow.engine.studio import Studio
from sipflow.scenario.context import CallHandle, Headers
from sipflow.sip.refer import refer_to
from sipflow.sip.replaces import Replaces
from sipflow.ua import Call, CallState, IncomingCall


class NodeCall:
    """The `CallHandle` of one call."""

    def __init__(self, call_id: str, call: Call, studio: Studio, node_id: str) -> None:
        self._call_id = call_id
        self._call = call
        self._studio = studio
        self._node_id = node_id

    def ring(self, status_code: int, *, reliable: bool | None = None) -> None:
        with as_failure(Saying.of("to-send", what=status_code), self._call_id):
            self._incoming().ring(status_code, reliable=reliable)

    async def answer(self, headers: Headers = ()) -> None:
        with as_failure(Saying.of("to-send", what=200), self._call_id):
            self._incoming().answer(headers)
        event = await self._call.mailbox.wait(lambda e: isinstance(e, Connected | Disconnected), take=False)
        if isinstance(event, Disconnected):
            raise NodeFailed(Saying.of("ack-to-our-200"), event.told(), call_id=self._call_id)

    def reject(self, status_code: int, reason: str = "", headers: Headers = ()) -> None:
        with as_failure(Saying.of("to-send", what=status_code), self._call_id):
            self._incoming().reject(status_code, reason, headers)

    async def hold(self, method: str, timeout_s: float) -> None:
        await self._modify("sendonly", method, timeout_s)

    async def retrieve(self, method: str, timeout_s: float) -> None:
        await self._modify("sendrecv", method, timeout_s)

    async def _modify(self, direction: str, method: str, timeout_s: float) -> None:
        expected = Saying.of("modified", method=method, direction=direction)
        with as_failure(expected, self._call_id):
            modification = self._call.modify(direction, method)
        try:
            async with asyncio.timeout(timeout_s):
                await modification.done.wait()
        except TimeoutError:
            modification.give_up(self._call.agent.clock.now())
            raise NodeFailed(
                expected, within(Saying.of("no-final-response"), timeout_s), call_id=self._call_id
            ) from None
        if not 200 <= modification.status < 300:
            got = status_and_reason(modification.status, modification.reason)
            raise NodeFailed(expected, got, call_id=self._call_id)

    async def transfer(
        self, target: str, timeout_s: float, *, until_answered: bool = True, is_told: bool = True
    ) -> None:
        await self._refer(refer_to(target), Saying.of("transfer-to", target=target), timeout_s, until_answered, is_told)

    async def transfer_to(self, other: CallHandle, timeout_s: float) -> None:
        assert isinstance(other, NodeCall)
        expected = Saying.of("transfer-to-other-end", call=other._call_id)
        consult = other._call
        dialog = consult.dialog
        if consult.state is not CallState.CONFIRMED or dialog is None:
            state = Saying.of("it-is", state=consult.state.value)
            raise NodeFailed(Saying.of("answered-call-to-transfer-to"), state, call_id=other._call_id)
        value = refer_to(dialog.target, Replaces.of(dialog))
        await self._refer(value, expected, timeout_s, True, True)

    async def _refer(self, value: str, expected: Saying, timeout_s: float, until_answered: bool, is_told: bool) -> None:
        with as_failure(expected, self._call_id):
            transfer = self._call.transfer(value, subscribes=is_told)
        try:
            async with asyncio.timeout(timeout_s):
                await (transfer.done if until_answered and is_told else transfer.accepted).wait()
        except TimeoutError:
            raise NodeFailed(
                expected, within(Saying.of("no-word-of-its-end"), timeout_s), call_id=self._call_id
            ) from None
        if transfer.is_refused:
            got = status_and_reason(transfer.status, transfer.reason)
            raise NodeFailed(expected, got, call_id=self._call_id)

    @property
    def media(self) -> CallMedia:
        return CallMedia(self._call_id, self._call, self._studio, self._node_id)

    def release(self) -> None:
        with as_failure(Saying.of("to-end-the-call"), self._call_id):
            self._call.release()

    async def released(self) -> None:
        await self._call.released.wait()

    @property
    def opening(self) -> bytes:
        return self._call.request.raw if isinstance(self._call, IncomingCall) else b""

    def _incoming(self) -> IncomingCall:
        if not isinstance(self._call, IncomingCall):
            raise LocalProtocolError(Saying.of("placed-by-this-side"))
        return self._call
