"""The raw peer of tests says what it is told and reads no more than it must."""

from __future__ import annotations

import asyncio

import pytest

from sipflow.net.network import AsyncioNetwork
from sipflow.sip.flow import Flow
from sipflow.testing import RawPeer, ReceiverLog

HOST = "127.0.0.1"


def test_raw_peer_asks_and_is_answered_by_another() -> None:
    async def scene() -> None:
        with RawPeer() as asker, RawPeer() as answerer:
            call_id = asker.ask("INVITE", answerer.address, body="v=0\r\n", Max_Forwards="3", Subject="hello")
            request = await answerer.receive()
            assert (request.method, request.status, request.source) == ("INVITE", 0, asker.address)
            assert request.header("Call-ID") == call_id
            assert (request.header("Max-Forwards"), request.header("subject")) == ("3", "hello")
            assert (request.header("Content-Length"), request.body) == ("5", b"v=0\r\n")
            answerer.answer(request, 180, "Ringing", tag="t")
            answerer.answer(request, 200, "OK", tag="t", body="v=0\r\n")
            response = await asker.receive_final()
            assert (response.start_line, response.method) == ("SIP/2.0 200 OK", "")
            assert response.header("Via") == request.header("Via")
            assert response.header("To").endswith(";tag=t")
            assert response.header("Content-Type") == "application/sdp"

    asyncio.run(scene())


def test_raw_peer_fails_a_test_that_hears_too_little_or_too_much() -> None:
    async def scene() -> None:
        with RawPeer() as peer:
            await peer.hear_nothing(0.01)
            with pytest.raises(AssertionError, match="no datagram"):
                await peer.receive(0.01)
            peer.send("BYE sip:x SIP/2.0\r\n\r\n", peer.address)
            with pytest.raises(AssertionError, match="expected silence, got 'BYE"):
                await peer.hear_nothing(1)
            peer.ask("BYE", peer.address)
            with pytest.raises(AssertionError, match="expected a response"):
                await peer.receive_final()
            peer.send("x\r\nVia: a\r\nVia: b\r\n\r\n", peer.address)
            message = await peer.receive()
            assert message.headers("Via") == ["a", "b"]
            for name in ("Via", "To"):
                with pytest.raises(AssertionError, match=f"expected one {name}"):
                    message.header(name)

    asyncio.run(scene())


def test_receiver_log_fails_a_test_that_waits_in_vain() -> None:
    async def scene() -> None:
        log = ReceiverLog()
        endpoint = await AsyncioNetwork().bind(HOST, 0, log)
        endpoint.send(b"x", Flow("UDP", endpoint.local, endpoint.local))
        await log.messages(1)
        with pytest.raises(AssertionError, match="expected 2 messages"):
            await log.messages(2, limit_s=0.01)
        with pytest.raises(AssertionError, match="expected a failure"):
            await log.failure(limit_s=0.01)
        await endpoint.close()

    asyncio.run(scene())
