"""The state machines as tables: every pair of state and input, walked."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from enum import IntEnum
from itertools import product
from types import ModuleType
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sipflow.base.errors import LocalProtocolError
from sipflow.sip import invite_client, invite_server, reliable_response, request_client, request_server, session_timer
from sipflow.sip.machine import Rule, compile_table
from sipflow.sip.outgoing import response_bytes
from sipflow.testing.core_bench import CoreBench
from sipflow.testing.wire_text import a_request, a_response

Machine = Any


class Subject(NamedTuple):
    """A machine with a way to make one that has done nothing but start."""

    module: ModuleType
    make: Callable[[CoreBench], Machine]

    @property
    def pairs(self) -> list[tuple[IntEnum, IntEnum]]:
        return list(product(self.module.State, self.module.On))

    @property
    def forbidden(self) -> frozenset[tuple[IntEnum, IntEnum]]:
        return getattr(self.module, "FORBIDDEN", frozenset())


def client(method: str) -> Callable[[CoreBench], Machine]:
    def make(bench: CoreBench) -> Machine:
        transaction = bench.request(method)
        transaction.response = a_response(bench.requests[transaction], 486)
        return transaction

    return make


def server(method: str) -> Callable[[CoreBench], Machine]:
    def make(bench: CoreBench) -> Machine:
        transaction: Machine = bench.accept(a_request(method))
        transaction.last = response_bytes(transaction.head, 486, "Busy Here")
        if method == "INVITE":
            transaction.ack = a_request("ACK")
        return transaction

    return make


class PatientOwner:
    """Sent a 2xx, and does not mind that nobody acknowledges it."""

    def never_acknowledged(self, status: int, now: float) -> None:
        pass


def accepted(bench: CoreBench) -> Machine:
    transaction = bench.accept(a_request())
    assert isinstance(transaction, invite_server.InviteServerTransaction)
    return reliable_response.ReliableResponse(transaction, 200, 1, b"SIP/2.0 200 OK\r\n\r\n", PatientOwner(), bench.now)


class PatientSession:
    """Has a timer, and does nothing at its calls."""

    def refresh_session(self, now: float) -> None:
        pass

    def session_expired(self, now: float) -> None:
        pass


def timed(bench: CoreBench) -> Machine:
    return session_timer.SessionTimer(bench.layer.timers, 90, True, PatientSession(), bench.now)


SUBJECTS = [
    Subject(invite_client, client("INVITE")),
    Subject(request_client, client("OPTIONS")),
    Subject(invite_server, server("INVITE")),
    Subject(request_server, server("OPTIONS")),
    Subject(reliable_response, accepted),
    Subject(session_timer, timed),
]
walked = pytest.mark.parametrize("subject", SUBJECTS, ids=lambda subject: subject.module.__name__.rpartition(".")[2])


def standing(subject: Subject, state: IntEnum) -> tuple[CoreBench, Machine]:
    """A machine in this state, on a bench with nothing on it."""
    bench = CoreBench()
    machine = subject.make(bench)
    bench.layer.timers.clear()
    bench.layer.orders.clear()
    bench.log.clear()
    machine.state = int(state)
    return bench, machine


def seen(machine: Machine) -> dict[str, Any]:
    names = [name for cls in type(machine).__mro__ for name in getattr(cls, "__slots__", ())]
    return {name: getattr(machine, name, None) for name in names}


@walked
def test_machine_has_exactly_one_entry_for_every_pair(subject: Subject) -> None:
    for pair in subject.pairs:
        entries = (pair in subject.module.RULES) + (pair in subject.module.IGNORED) + (pair in subject.forbidden)
        assert entries == 1, pair
    known = set(subject.module.RULES) | subject.module.IGNORED | subject.forbidden
    assert known == set(subject.pairs)


@walked
def test_machine_does_nothing_where_an_input_is_ignored(subject: Subject) -> None:
    for state, on in subject.module.IGNORED:
        bench, machine = standing(subject, state)
        before, held = seen(machine), bench.remembers
        machine.feed(on, bench.now)
        assert seen(machine) == before, (state, on)
        assert bench.remembers == held, (state, on)


@walked
def test_machine_raises_and_changes_nothing_where_an_input_is_forbidden(subject: Subject) -> None:
    for state, on in subject.forbidden:
        bench, machine = standing(subject, state)
        before, held = seen(machine), bench.remembers
        with pytest.raises(LocalProtocolError, match=rf"{on.name} is not possible in state \w+.{state.name}"):
            machine.feed(on, bench.now)
        assert seen(machine) == before, (state, on)
        assert bench.remembers == held, (state, on)


@walked
def test_machine_follows_every_rule_to_its_state(subject: Subject) -> None:
    for (state, on), rule in subject.module.RULES.items():
        bench, machine = standing(subject, state)
        machine.feed(on, bench.now)
        assert machine.state == rule.state, (state, on)


@pytest.mark.conformance(34)
@pytest.mark.parametrize("subject", SUBJECTS[:4], ids=lambda subject: subject.module.__name__.rpartition(".")[2])
def test_transaction_forgets_itself_exactly_when_it_terminates(subject: Subject) -> None:
    terminated = subject.module.State.TERMINATED
    for (state, on), rule in subject.module.RULES.items():
        bench, machine = standing(subject, state)
        machine.feed(on, bench.now)
        assert (len(bench.layer) == 0) == (rule.state == terminated), (state, on)


@walked
def test_machine_reaches_every_state(subject: Subject) -> None:
    rules: dict[tuple[IntEnum, IntEnum], Rule] = subject.module.RULES
    reached = {next(iter(subject.module.State))}
    for _ in subject.module.State:
        reached |= {rule.state for (state, _), rule in rules.items() if state in reached}
    assert reached == set(subject.module.State)


@walked
@settings(max_examples=60, deadline=None)
@given(walk=st.lists(st.tuples(st.integers(0, 20), st.sampled_from([0.0, 0.5, 5.0, 33.0])), max_size=30))
def test_machine_takes_any_inputs_in_any_order(subject: Subject, walk: list[tuple[int, float]]) -> None:
    bench = CoreBench()
    machine = subject.make(bench)
    inputs = list(subject.module.On)
    for number, pause_s in walk:
        with contextlib.suppress(LocalProtocolError):
            machine.feed(inputs[number % len(inputs)], bench.now)
        bench.drain()
        bench.advance(pause_s)
    assert machine.state in list(subject.module.State)


@pytest.mark.parametrize("transaction", [server("INVITE"), server("OPTIONS")], ids=["invite", "request"])
def test_server_keeps_its_last_response_when_another_is_forbidden(transaction: Callable[[CoreBench], Machine]) -> None:
    bench = CoreBench()
    machine = transaction(bench)
    bench.respond(machine, 486)
    first = machine.last
    with pytest.raises(LocalProtocolError):
        machine.respond(603, b"SIP/2.0 603 Decline\r\n\r\n", bench.now)
    assert machine.last == first
    assert bench.drain() == []


class Lamp(IntEnum):
    OFF = 0
    LIT = 1


class On(IntEnum):
    PRESS = 0


def test_table_refuses_a_pair_that_nobody_thought_of() -> None:
    with pytest.raises(TypeError, match="LIT"):
        compile_table(object, {(Lamp.OFF, On.PRESS): Rule(Lamp.LIT)}, frozenset())


def test_table_refuses_a_pair_with_two_entries() -> None:
    rules = {(Lamp.OFF, On.PRESS): Rule(Lamp.LIT), (Lamp.LIT, On.PRESS): Rule(Lamp.OFF)}
    with pytest.raises(TypeError, match="once"):
        compile_table(object, rules, frozenset({(Lamp.LIT, On.PRESS)}))
