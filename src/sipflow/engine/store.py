"""Calls by the address that a scenario gives them: instance and call id."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable

from sipflow.base.errors import NodeFailed
from sipflow.base.sayings import Saying
from sipflow.ua import Call, HeldRequest

logger = logging.getLogger(__name__)

MAX_NAMED = 100
"""Live calls that came of one."""

Key = tuple[str, str]


class SessionStore:
    """The calls of one run, the ended ones included: their memory lasts until the run ends."""

    def __init__(self) -> None:
        self._calls: dict[Key, Call] = {}
        self._names: dict[Key, str] = {}
        self._waiting: dict[Key, list[asyncio.Future[Call]]] = {}
        self.held: dict[str, HeldRequest] = {}
        """By node, the request that it took last and another node answers."""
        self.answered_nodes: frozenset[str] = frozenset()
        """The nodes whose requests other nodes answer."""
        self._is_closed = False

    def bind(self, instance_id: str, call_id: str, call: Call) -> None:
        """Give a call its name. The caller has made sure, by `expect_free`, that no live call has it."""
        key = (instance_id, call_id)
        self._calls[key] = call
        self._names[instance_id, call.sip_call_id] = call_id
        for waiter in self._waiting.pop(key, ()):
            if not waiter.done():
                waiter.set_result(call)

    def bind_after(self, instance_id: str, call: Call, new: Call, how: str) -> str | None:
        """Name a call that came of another one: `call-1-transfer`; with a number where a live call has that name.

        Returns the name. Where the first has none, or the store is closed, the new one gets none.
        """
        call_id = self.name_of(instance_id, call.sip_call_id)
        if call_id is None or self._is_closed:
            return None
        names = (f"{call_id}-{how}{number}" for number in ("", *range(2, MAX_NAMED)))
        free = next((name for name in names if self.find_live(instance_id, name) is None), None)
        if free is not None:
            self.bind(instance_id, free, new)
        return free

    def expect_free(self, instance_id: str, call_id: str) -> None:
        """Raises NodeFailed where a live call has this name, and once the store is closed.

        A call that is given up, as by a MakeCall that has waited in vain, is over for the scenario, though the answers
        to its CANCEL and INVITE may be under way.
        """
        if self._is_closed:
            raise NodeFailed(Saying.of("run-that-goes-on"), Saying.of("run-that-ended"), call_id=call_id)
        call = self.find_live(instance_id, call_id)
        if call is not None and not call.is_ending:
            raise NodeFailed(Saying.of("free-call-id"), Saying.of("used-call-id"), call_id=call_id)

    def find(self, instance_id: str, call_id: str) -> Call | None:
        """The call of this name, live or ended."""
        return self._calls.get((instance_id, call_id))

    def find_live(self, instance_id: str, call_id: str) -> Call | None:
        """The live call of this name."""
        call = self.find(instance_id, call_id)
        return call if call is not None and call.is_live else None

    def calls_of(self, instance_id: str) -> dict[str, Call]:
        """The calls of an instance by their names, the ended ones included."""
        return {call_id: call for (owner, call_id), call in self._calls.items() if owner == instance_id}

    def unbind(self, instance_id: str, call_id: str, call: Call) -> None:
        """Take a name back that a call was given in vain."""
        if self._calls.get((instance_id, call_id)) is call:
            del self._calls[instance_id, call_id]
            self._names.pop((instance_id, call.sip_call_id), None)

    def name_of(self, instance_id: str, sip_call_id: str) -> str | None:
        """The scenario's name of the call with this Call-ID, if it has one yet."""
        return self._names.get((instance_id, sip_call_id))

    async def wait_bound(self, instance_id: str, call_id: str) -> Call:
        """The call of this name, as soon as there is one."""
        key = (instance_id, call_id)
        call = self._calls.get(key)
        if call is not None:
            return call
        waiter: asyncio.Future[Call] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(key, []).append(waiter)
        return await waiter

    async def hangup_all(self, live: Iterable[Call]) -> None:
        """End these calls in parallel, each as its state asks, and return once all have ended."""
        ending = list(live)
        for call in ending:
            try:
                call.release()
            except Exception:
                logger.exception("a call could not be released")
        for call in ending:
            await call.ended.wait()

    def close_all(self, live: Iterable[Call]) -> None:
        """Drop these calls without a word, and bind no more."""
        self._is_closed = True
        for call in live:
            try:
                call.end(None)
            except Exception:
                logger.exception("a call could not be closed")
