"""Who has an offer open in a dialog, whatever carries it: a table, walked."""

from __future__ import annotations

from itertools import product

import pytest

from sipflow.base.errors import BadAnswer, LocalProtocolError, SdpError
from sipflow.testing.media_ports import MemoryMediaPorts
from sipflow.testing.wire_text import AUDIO
from sipflow.ua import NegotiatedSession
from sipflow.ua.exchange import AGREED, ASKED, NEW, OFFERED, RULES, Exchange, On, State


def new_exchange() -> Exchange:
    return Exchange(NegotiatedSession(MemoryMediaPorts(), "127.0.0.1", ("PCMU",), 7))


def in_state(state: int) -> Exchange:
    """An exchange that has come to this state."""
    exchange = new_exchange()
    if state == OFFERED:
        exchange.offer("INVITE")
    elif state != NEW:
        exchange.receive_offer("INVITE", AUDIO.encode())
        if state == AGREED:
            exchange.answer()
    assert exchange.state == state
    return exchange


def feed(exchange: Exchange, on: On) -> None:
    body = AUDIO.encode()
    {
        On.OFFER: lambda: exchange.offer("UPDATE"),
        On.RECEIVE_ANSWER: lambda: exchange.receive_answer(body),
        On.RECEIVE_OFFER: lambda: exchange.receive_offer("UPDATE", body),
        On.ANSWER: exchange.answer,
        On.REFUSE: exchange.refuse,
    }[on]()


@pytest.mark.conformance(78, 79, 91)
@pytest.mark.parametrize(("state", "on"), list(product(State, On)))
def test_every_input_in_every_state_is_ruled_or_our_misuse(state: State, on: On) -> None:
    exchange = in_state(state)
    rule = RULES.get((state, on))
    if rule is None:
        with pytest.raises(LocalProtocolError):
            feed(exchange, on)
        assert exchange.state == state
    else:
        feed(exchange, on)
        assert exchange.state == rule


def test_exchange_knows_what_carries_the_open_offer() -> None:
    exchange = new_exchange()
    exchange.offer("INVITE")
    assert (exchange.carrier, exchange.is_open) == ("INVITE", True)
    exchange.receive_answer(AUDIO.encode())
    assert not exchange.is_open
    exchange.receive_offer("PRACK", AUDIO.encode())
    assert (exchange.carrier, exchange.is_open) == ("PRACK", True)


def test_description_that_does_not_fit_changes_nothing() -> None:
    exchange = new_exchange()
    with pytest.raises(SdpError):
        exchange.receive_offer("INVITE", b"nonsense")
    assert exchange.state == NEW
    exchange.offer("INVITE")
    with pytest.raises(BadAnswer):
        exchange.receive_answer(AUDIO.replace("m=audio 40000", "m=audio 0").encode())
    assert exchange.state == OFFERED


def test_preview_is_what_is_answered_in_the_end() -> None:
    exchange = in_state(ASKED)
    shown = exchange.preview()
    assert exchange.state == ASKED
    assert exchange.preview() == shown
    assert exchange.answer() == shown


def test_fork_goes_its_own_way_on_the_same_port() -> None:
    exchange = new_exchange()
    offer = exchange.offer("INVITE")
    twin = exchange.fork()
    twin.receive_answer((AUDIO + "a=sendonly\r\n").encode())
    assert (twin.state, twin.session.is_held) == (AGREED, True)
    assert (exchange.state, exchange.session.is_held) == (OFFERED, False)
    exchange.receive_answer(AUDIO.encode())
    offers = (offer, twin.offer("UPDATE"), exchange.offer("UPDATE"))
    assert len({body.partition(b"m=audio ")[2].split()[0] for body in offers}) == 1
