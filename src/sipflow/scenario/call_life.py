"""The life of calls: what opens them, and whether anybody does what a step waits for.

All of it is warnings, and only of what is certain to go wrong as far as the scenario itself can tell: somebody from
outside may call too, and a step with a failure branch may be meant to fail.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from sipflow.scenario.fields import CallParams, Kind, Params
from sipflow.scenario.findings import Problem
from sipflow.scenario.node_api import CallChange, CallSide, InstanceParams
from sipflow.scenario.running_order import in_running_order, spread
from sipflow.scenario.wiring import Lane, Step, Wiring

_NOBODY = {
    CallChange.RINGS: "nobody-rings",
    CallChange.ANSWERS: "nobody-answers",
    CallChange.ENDS: "nobody-ends",
    CallChange.HOLDS: "nobody-holds",
    CallChange.RETRIEVES: "nobody-retrieves",
    CallChange.TRANSFERS: "nobody-transfers",
}

MADE_BY_THE_STACK = ("-transfer", "-replaced")
"""How the ids of calls end that come of others by a transfer, without a step that opens them."""

_CHANGE_SESSIONS = (CallChange.HOLDS, CallChange.RETRIEVES, CallChange.TRANSFERS)
"""What can be done to a call only while it stands: answered, and not over."""

_STANDS = "stands"

Mark = tuple[str, CallSide | CallChange | str]
"""What may be so of a call: that a side of it was opened here, that it was answered here, or that it stands."""


@dataclass(slots=True)
class Party:
    """What an instance does about calls, in all its steps that are reached."""

    name: str
    dn: str
    uses_pbx: bool
    has_own_port: bool
    """Whether its port is chosen, as it is for callers from outside."""
    takes_calls: bool = False
    replaces_calls: bool = False
    """Whether it calls with a Replaces: that ends a call between any others. Source: RFC 3891 §3."""
    changes: set[CallChange] = field(default_factory=set)
    """What it does to calls."""
    calls: dict[str, list[str | None]] = field(default_factory=dict)
    """Whom it calls, by call id: an instance's id, or None for a target outside or unknown."""


def parties_of(wiring: Wiring, params: Mapping[str, Params], dns: Mapping[str, str]) -> dict[str, Party]:
    """What every instance does about calls, by its id."""
    parties: dict[str, Party] = {}
    for instance_id, lane in wiring.lanes.items():
        own = params.get(instance_id)
        dn = own.number if isinstance(own, InstanceParams) else ""
        data = lane.node.data
        parties[instance_id] = Party(
            lane.node.label or dn, dn, uses_pbx=bool(data.get("pbxHost")), has_own_port=bool(data.get("localPort"))
        )
    for step_id, step in wiring.steps.items():
        party = parties.get(step.instance_id)
        if party is None or step.node_type is None or not step.is_reached:
            continue
        if step.node_type.causes is not None:
            party.changes.add(step.node_type.causes)
            if step.node_type.causes is CallChange.TRANSFERS:
                party.changes.add(CallChange.ENDS)  # at the end of a transfer its calls are over
        settings = params[step_id]
        if step.node_type.opens is CallSide.CALLEE:
            party.takes_calls = True
        elif step.node_type.opens is CallSide.CALLER and isinstance(settings, CallParams):
            called = None if party.uses_pbx else dns.get(_target(settings))
            party.calls.setdefault(settings.call_id, []).append(called)
            party.replaces_calls |= _replaces(step.node.data.get("headers"))
    return parties


def check_calls(wiring: Wiring, params: Mapping[str, Params], parties: Mapping[str, Party]) -> None:
    """Warn of steps on calls that nothing opens, and of those that wait for what nobody does. Without cycles only.

    Walks every start's chains in running order and carries along, as bits of a number, what may have happened by then.
    """
    for lane in wiring.lanes.values():
        _Walk(wiring, lane, params, parties).go()


class _Walk:
    """One instance's chains, step by step."""

    def __init__(self, wiring: Wiring, lane: Lane, params: Mapping[str, Params], parties: Mapping[str, Party]) -> None:
        self._wiring = wiring
        self._lane = lane
        self._params = params
        self._parties = parties
        self._own = parties[lane.node.id]
        self._bits: dict[Mark, int] = {}

    def go(self) -> None:
        happened_before = 0
        for start in self._lane.starts:
            order = in_running_order(self._wiring, start)
            happened = spread(self._wiring, order, happened_before, self._after)
            for step_id in order:
                step, settings = self._wiring.steps[step_id], self._params.get(step_id)
                if step.node_type is not None and isinstance(settings, CallParams) and self._is_own(step):
                    self._check(step, settings.call_id, happened[step_id])
                happened_before |= self._after(step_id, happened[step_id])[0]

    def _after(self, step_id: str, before: int) -> tuple[int, int]:
        """What has happened once a step has succeeded, and once it has failed."""
        step, settings = self._wiring.steps[step_id], self._params.get(step_id)
        if step.node_type is None or not isinstance(settings, CallParams) or not self._is_own(step):
            return before, before
        node_type, call_id = step.node_type, settings.call_id
        failed = before | self._bit(call_id, node_type.opens)
        passed = failed
        if node_type.causes is CallChange.ANSWERS:
            passed |= self._bit(call_id, CallChange.ANSWERS) | self._bit(call_id, _STANDS)
        elif node_type.opens is CallSide.CALLER:
            passed |= self._bit(call_id, _STANDS)  # answered by now, or soon
        elif CallChange.ENDS in (node_type.causes, node_type.awaits):
            passed &= ~self._bit(call_id, _STANDS)
        return passed, failed

    def _is_own(self, step: Step) -> bool:
        return step.instance_id == self._lane.node.id

    def _bit(self, call_id: str, what: CallSide | CallChange | str | None) -> int:
        return 0 if what is None else self._bits.setdefault((call_id, what), 1 << len(self._bits))

    def _has(self, happened: int, call_id: str, what: CallSide | CallChange | str) -> bool:
        return bool(self._bits.get((call_id, what), 0) & happened)

    def _check(self, step: Step, call_id: str, happened: int) -> None:
        node_type = step.node_type
        assert node_type is not None
        if node_type.opens is CallSide.CALLEE and step.failure is None and self._is_called_by_nobody:
            self._wiring.add(Problem.warning("", "nobody-calls", dn=self._own.dn), step.node)
        if node_type.needs is None or not call_id:
            return
        if node_type.needs_unless and getattr(self._params[step.node.id], node_type.needs_unless):
            return
        sides = [side for side in (CallSide.CALLER, CallSide.CALLEE) if self._has(happened, call_id, side)]
        if not sides and call_id.endswith(MADE_BY_THE_STACK):
            return
        if not sides and step.failure is None:
            self._wiring.add(Problem.warning("callId", "call-not-opened", call=call_id), step.node)
        elif sides and node_type.needs is not CallSide.EITHER and node_type.needs not in sides:
            code = "call-not-incoming" if node_type.needs is CallSide.CALLEE else "call-not-outgoing"
            self._wiring.add(Problem.warning("callId", code, call=call_id), step.node)
        elif node_type.causes in _CHANGE_SESSIONS and step.failure is None:
            if sides and not self._has(happened, call_id, _STANDS):
                self._wiring.add(Problem.warning("", "call-not-standing", call=call_id), step.node)
        elif node_type.awaits is not None and step.failure is None and len(sides) == 1:
            is_answered = self._has(happened, call_id, CallChange.ANSWERS)
            if sides == [CallSide.CALLEE] and node_type.awaits is CallChange.ANSWERS:
                if not is_answered:
                    self._wiring.add(Problem.warning("", "call-not-answered", call=call_id), step.node)
            else:
                # Before an answer the caller may give up by itself.
                others = self._called(call_id) if sides == [CallSide.CALLER] else self._callers if is_answered else []
                self._check_others(step, node_type.awaits, others)

    def _check_others(self, step: Step, awaited: CallChange, others: Iterable[Party]) -> None:
        others = list(others)
        if awaited is CallChange.ENDS and any(party.replaces_calls for party in self._parties.values()):
            return
        if others and not any(awaited in party.changes for party in others):
            names = ", ".join(party.name for party in others)
            self._wiring.add(Problem.warning("", _NOBODY[awaited], others=names), step.node)

    def _called(self, call_id: str) -> list[Party]:
        """Who may be at the other end of our call; nobody where one of them is unknown, or takes no call."""
        called = [self._parties[one] for one in dict.fromkeys(self._own.calls.get(call_id, [])) if one is not None]
        is_known = None not in self._own.calls.get(call_id, []) and all(party.takes_calls for party in called)
        return called if is_known else []

    @cached_property
    def _callers(self) -> list[Party]:
        """Who may have called us; nobody where no instance surely does."""
        own_id = self._lane.node.id
        targets = [(party, one) for party in self._parties.values() for calls in party.calls.values() for one in calls]
        if all(one != own_id for _, one in targets):
            return []
        return list({id(party): party for party, one in targets if one in (own_id, None)}.values())

    @cached_property
    def _is_called_by_nobody(self) -> bool:
        """Whether the instances call each other, each one known, and none of them this one."""
        if self._own.uses_pbx or self._own.has_own_port:
            return False
        if any(CallChange.TRANSFERS in party.changes for party in self._parties.values()):
            return False  # whoever is transferred may call anybody
        others = [party for party in self._parties.values() if party is not self._own and party.calls]
        targets = {one for party in [*others, self._own] for calls in party.calls.values() for one in calls}
        return bool(others) and None not in targets and self._lane.node.id not in targets


def _target(params: Params) -> str:
    """Whom a node calls: the value of its field that holds an address."""
    names = (name for name in type(params).model_fields if params.kind(name) is Kind.SIP_URI)
    return next((str(getattr(params, name)) for name in names), "")


def _replaces(headers: object) -> bool:
    """Whether a Replaces is among header fields as the document has them; which dialog only the run may know."""
    pairs = headers if isinstance(headers, list) else []
    return any(isinstance(pair, list) and pair and str(pair[0]).strip().lower() == "replaces" for pair in pairs)
