"""Instances that register with a PBX, call through it and ask for passwords. Source: engine.md of the contract."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from sipflow.base.events import ActionLogged, NodeStateChanged, RunEvent, ScenarioFailed, SipMessageSeen
from sipflow.base.ids import RandomIds
from sipflow.pbx import PbxServer, PbxSettings
from sipflow.sip.digest import Challenge, Credentials
from sipflow.sip.flow import Address
from sipflow.testing.memory_peer import Callee, Heard, MemoryPeer
from sipflow.testing.wire_text import Value
from tests.documents import Json
from tests.engine.stage import C, F, Stage, completed, lane, on_stage, scenario, step

PBX = {"pbxHost": "127.0.0.1", "pbxPort": 6000}
PASSWORD = "wonder:land"
ASK = 'Digest realm="pbx", nonce="{}", algorithm=MD5, qop="auth"'


async def open_pbx(stage: Stage, **settings: Any) -> PbxServer:
    """A PBX of ours on port 6000."""
    server = PbxServer(
        PbxSettings(host="127.0.0.1", port=6000, **settings), network=stage.network, ids=RandomIds(seed=9)
    )
    await server.start()
    return server


def through_pbx(document: Json, **settings: Any) -> tuple[Stage, RunEvent]:
    """Run a scenario beside a PBX, to its end."""

    async def play(stage: Stage) -> tuple[Stage, RunEvent]:
        server = await open_pbx(stage, **settings)
        await stage.start()
        end = await stage.engine.wait_ended()
        await server.close()
        stage.expect_sound_stream()
        stage.expect_nothing_left()
        return stage, end

    return on_stage(document, play)


def lines(stage: Stage, instance_id: str) -> list[str]:
    return [event.message for event in stage.events.of(ActionLogged) if event.instance_id == instance_id]


TWO = scenario(
    lane("a", "1001", step("MakeCall", targetUri="1002"), step("Release"), **PBX),
    lane("b", "1002", step("INCOMING"), step("Answer"), step("DISCONNECTED"), **PBX),
)


@pytest.mark.conformance(45, 48)
def test_instances_with_a_pbx_register_call_through_it_and_take_their_registrations_back() -> None:
    stage, end = through_pbx(TWO)
    assert end.kind == "scenario:completed"
    assert set(stage.states().values()) == {C}
    assert stage.wire("a") == ["REGISTER", "INVITE", "ACK", "BYE", "REGISTER"]
    assert stage.wire("b") == ["REGISTER", "180", "200", "200", "REGISTER"][:1] + stage.wire("b")[1:-1] + ["REGISTER"]
    sent = [
        event for event in stage.events.of(SipMessageSeen) if event.direction == "sent" and event.instance_id == "a"
    ]
    assert all(event.remote_address == "127.0.0.1:6000" for event in sent)
    assert sent[0].raw.startswith("REGISTER sip:127.0.0.1:6000 SIP/2.0")
    assert sent[1].raw.startswith("INVITE sip:1002@127.0.0.1:6000 SIP/2.0")
    assert "From: <sip:1001@127.0.0.1:6000>;tag=" in sent[1].raw
    assert "registered with sip:127.0.0.1:6000 for 300 s" in lines(stage, "a")
    assert "no longer registered with sip:127.0.0.1:6000" in lines(stage, "a")


@pytest.mark.parametrize(("pbx", "own"), [("::1", "[::1]:5060"), ("127.0.0.1", "127.0.0.1:5060")])
def test_instance_with_a_pbx_listens_where_that_reaches_it(pbx: str, own: str) -> None:
    stage = completed(lane("a", "1001", step("TIMEOUT", timeout=1), pbxHost=pbx, register=False))
    assert lines(stage, "a")[0] == f"listens on {own}, UDP and TCP"


def test_chains_begin_once_all_instances_are_registered() -> None:
    stage, _ = through_pbx(TWO)
    first = stage.events.of(NodeStateChanged)[0].seq
    registered = [event.seq for event in stage.events.of(ActionLogged) if event.message.startswith("registered with")]
    assert len(registered) == 2
    assert max(registered) < first


def test_registration_that_is_refused_fails_the_run_and_names_the_instance() -> None:
    document = scenario(lane("a", "1001", step("TIMEOUT"), label="Alice", **PBX), lane("b", "1002", step("TIMEOUT")))
    stage, end = meets_registrar(document, lambda peer, register: reply(peer, register, 403))
    assert isinstance(end, ScenarioFailed)
    assert end.error == "instance 'Alice': expected 200 to REGISTER from sip:127.0.0.1:6000, got 403 Because"
    assert end.instance_id == "a"
    assert not stage.events.of(NodeStateChanged)


def test_registrar_that_is_not_there_fails_the_run_at_once() -> None:
    _, end = run(lane("a", "1001", step("TIMEOUT"), **PBX))
    assert isinstance(end, ScenarioFailed)
    assert end.error is not None
    assert end.error.endswith("got 503 connection refused")


def test_instance_that_is_told_not_to_does_not_register() -> None:
    stage, end = run(lane("a", "1001", step("TIMEOUT", timeout=10), register=False, **PBX))
    assert end.kind == "scenario:completed"
    assert not stage.wire("a")


def test_run_that_only_registers_lasts_until_it_is_stopped() -> None:
    async def play(stage: Stage) -> None:
        server = await open_pbx(stage)
        await stage.start()
        await asyncio.sleep(1000)
        assert stage.engine.is_running()
        assert stage.wire("a").count("REGISTER") == 5  # every 240 s
        await stage.engine.stop_scenario()
        assert stage.wire("a").count("REGISTER") == 6
        await server.close()
        stage.expect_nothing_left()

    on_stage(scenario(lane("a", "1001", **PBX)), play)


def test_stop_while_registering_ends_the_run() -> None:
    async def play(stage: Stage) -> None:
        stage.network.black_holes.add(Address("127.0.0.1", 6000))
        await stage.start()
        await asyncio.sleep(1)
        await stage.engine.stop_scenario()
        end = await stage.engine.wait_ended()
        assert end.kind == "scenario:stopped"
        stage.expect_nothing_left()

    on_stage(scenario(lane("a", "1001", step("TIMEOUT"), **PBX)), play)


def test_registrar_that_is_silent_at_the_end_holds_cleanup_up_for_three_seconds_at_most() -> None:
    async def play(stage: Stage) -> None:
        server = await open_pbx(stage)
        await stage.start()
        await asyncio.sleep(1)
        stage.network.black_holes.add(Address("127.0.0.1", 6000))
        before = stage.loop.time()
        await stage.engine.stop_scenario()
        assert 2.9 < stage.loop.time() - before < 3.5
        await server.close()
        stage.expect_nothing_left()

    on_stage(scenario(lane("a", "1001", **PBX)), play)


@pytest.mark.conformance(48)
def test_nodes_register_and_unregister() -> None:
    document = lane(
        "a", "1001", step("Register", expires=60), step("Unregister"), step("Register"), step("Unregister", all=True),
        register=False, **PBX,
    )  # fmt: skip
    stage, end = through_pbx(document)
    assert end.kind == "scenario:completed"
    raws = [event.raw for event in stage.events.of(SipMessageSeen) if event.direction == "sent"]
    assert [line for raw in raws for line in raw.splitlines() if line.startswith(("Contact", "Expires"))] == [
        "Contact: <sip:1001@127.0.0.1:5060>", "Expires: 60",
        "Contact: <sip:1001@127.0.0.1:5060>;expires=0", "Expires: 0",
        "Contact: <sip:1001@127.0.0.1:5060>", "Expires: 300",
        "Contact: *", "Expires: 0",
    ]  # fmt: skip


def test_register_node_fails_with_what_the_registrar_says() -> None:
    document = lane("a", "1001", step("Register", on_failure=(step("TIMEOUT", timeout=1),)), register=False, **PBX)
    stage, end = meets_registrar(document, lambda peer, register: reply(peer, register, 404))
    assert end.kind == "scenario:completed"
    assert stage.states()["a.Register"] is F
    failed = next(event for event in stage.events.of(NodeStateChanged) if event.new_state is F)
    assert (failed.expected, failed.got) == ("a registration by sip:127.0.0.1:6000", "404 Because")


@pytest.mark.conformance(65, "R11")
def test_stranger_behind_the_pbx_gets_no_credentials() -> None:
    """A realm that is not the registrar's, and a BYE, are not answered even where the PBX hands the challenge on."""
    invites: list[Heard] = []

    def answers(peer: MemoryPeer, request: Heard) -> None:
        if request.method == "REGISTER":
            granted = bool(request.headers("Authorization"))
            if granted:
                reply(peer, request, 200)
            else:
                reply(peer, request, 401, WWW_Authenticate=ASK.format(1))
        elif request.method == "INVITE":
            invites.append(request)
            reply(peer, request, 407, Proxy_Authenticate=ASK.format(2).replace("pbx", "evil"))

    document = lane(
        "a",
        "1001",
        step("MakeCall", targetUri="1002", on_failure=(step("TIMEOUT", timeout=1),)),
        password=PASSWORD,
        **PBX,
    )
    stage, end = meets_registrar(document, answers)
    assert end.kind == "scenario:completed"
    assert len(invites) == 1
    failed = next(event for event in stage.events.of(NodeStateChanged) if event.new_state is F)
    assert "realm 'evil' is not answered: its realm is not the registrar's" in str(failed.got)


@pytest.mark.conformance(65, "R11")
def test_whoever_is_not_the_pbx_gets_no_credentials() -> None:
    """The realm is the registrar's, but it is a stranger who uses it."""

    def answers(peer: MemoryPeer, request: Heard) -> None:
        if request.headers("Authorization"):
            reply(peer, request, 200)
        else:
            reply(peer, request, 401, WWW_Authenticate=ASK.format(1))

    async def play(stage: Stage) -> Stage:
        pbx, stranger = Registrar(answers), Registrar(answers)
        await pbx.start(stage.network, port=6000)
        await stranger.start(stage.network, port=6001)
        await stage.start()
        await stage.engine.wait_ended()
        assert [message.method for message in stranger.heard] == ["INVITE", "ACK"]
        await pbx.close()
        await stranger.close()
        return stage

    route = [["Route", "<sip:127.0.0.1:6001;lr>"]]
    call = step("MakeCall", targetUri="sip:x@127.0.0.1:6001", headers=route, on_failure=(step("TIMEOUT", timeout=1),))
    stage = on_stage(lane("a", "1001", call, password=PASSWORD, **PBX), play)
    assert "it does not come from the PBX" in stage.error_of("a.MakeCall")


@pytest.mark.conformance(60, 65, "R11")
@pytest.mark.parametrize("answers_byes", [False, True])
def test_bye_in_a_call_that_the_pbx_brought_is_proved_only_where_that_is_wanted(answers_byes: bool) -> None:
    def answers(peer: MemoryPeer, request: Heard) -> None:
        if request.headers("Authorization"):
            reply(peer, request, 200)
        else:
            reply(peer, request, 401, WWW_Authenticate=ASK.format(1))

    async def play(stage: Stage) -> int:
        pbx = Registrar(answers)
        await pbx.start(stage.network, port=6000)
        await stage.start()
        await pbx.hear("REGISTER")
        await pbx.hear("REGISTER")
        caller = pbx.caller(Address("127.0.0.1", 5060))
        await caller.connect()
        end = await stage.engine.wait_ended()
        assert end.kind == "scenario:completed"
        await pbx.close()
        return pbx.count("BYE")

    document = lane(
        "a", "1001", step("INCOMING"), step("Answer"), step("Release"), password=PASSWORD,
        answerByeChallenges=answers_byes, **PBX,
    )  # fmt: skip
    assert on_stage(document, play) == (2 if answers_byes else 1)


@pytest.mark.conformance(50, "R13")
def test_password_is_in_no_event() -> None:
    def answers(peer: MemoryPeer, request: Heard) -> None:
        reply(peer, request, 401, WWW_Authenticate=ASK.format(1))

    stage, end = meets_registrar(lane("a", "1001", step("TIMEOUT"), password=PASSWORD, **PBX), answers)
    assert "does not accept the user '1001' or the password" in str(end.to_json())
    told = str([event.to_json() for event in stage.events.events])
    assert PASSWORD not in told
    assert 'response="' not in told
    assert "Authorization: Digest ***" in told


@pytest.mark.conformance(58, 64)
@pytest.mark.parametrize("challenge", ["calls", "everything"])
@pytest.mark.parametrize("algorithms", ["MD5", "SHA-256, MD5", "SHA-512-256"])
def test_instance_takes_calls_of_those_it_knows(challenge: str, algorithms: str) -> None:
    document = scenario(
        lane("a", "1001", step("MakeCall", targetUri="1002"), step("Release"), password=PASSWORD),
        lane("b", "1002", step("INCOMING"), step("Answer"), step("DISCONNECTED"), challenge=challenge,
             challengeAlgorithms=algorithms),
    )  # fmt: skip
    stage = completed(document)
    assert stage.wire("a") == ["INVITE", "ACK", "INVITE", "ACK", "BYE"]
    assert stage.wire("b")[0] == "401"


@pytest.mark.conformance(50, 64)
@pytest.mark.parametrize(("password", "status"), [(PASSWORD, 200), ("guessed", 401)])
def test_instance_knows_the_user_it_is_told_and_nobody_else(password: str, status: int) -> None:
    async def play(stage: Stage) -> None:
        peer = MemoryPeer()
        await peer.start(stage.network, port=6000)
        await stage.start()
        caller = peer.caller(Address("127.0.0.1", 5060))
        caller.invite()
        asked = Challenge.parse((await peer.hear(401)).header("WWW-Authenticate"))
        caller.ask("ACK", cseq=1, branch=caller.branch)
        caller.to_tag = ""
        proof = Credentials("alice", asked.realm, asked.nonce, caller.uri, "", "MD5", "auth", "c", 1)
        caller.invite(Authorization=str(proof._replace(response=proof.proof(password, "INVITE"))))
        await peer.hear(status)
        await stage.engine.stop_scenario()
        await peer.close()

    incoming = lane(
        "b", "1002", step("INCOMING"), step("Answer"), challenge="calls", challengeUser="alice",
        challengePassword="${env:ALICE}",
    )  # fmt: skip
    on_stage(incoming, play, environment={"ALICE": PASSWORD})


# Scenes


def reply(peer: MemoryPeer, request: Heard, status: int, **headers: Value) -> None:
    """Answer a request; a registrar names its Contact."""
    headers.setdefault("Contact", request.headers("Contact"))
    Callee(peer, request).reply(status, "registrar", "", to=request, **headers)


class Registrar(MemoryPeer):
    """Answers every request as a test says."""

    def __init__(self, answers: Any) -> None:
        super().__init__()
        self._answers = answers

    def message_received(self, data: bytes, flow: Any, now: float) -> None:
        super().message_received(data, flow, now)
        if self.heard[-1].method not in ("", "ACK"):
            self._answers(self, self.heard[-1])


def meets_registrar(document: Json, answers: Any) -> tuple[Stage, RunEvent]:
    """Run a scenario against a scripted registrar on port 6000."""

    async def play(stage: Stage) -> tuple[Stage, RunEvent]:
        peer = Registrar(answers)
        await peer.start(stage.network, port=6000)
        await stage.start()
        end = await stage.engine.wait_ended()
        await asyncio.sleep(0.01)
        await peer.close()
        stage.expect_sound_stream()
        stage.expect_nothing_left()
        return stage, end

    return on_stage(document, play)


def run(document: Json) -> tuple[Stage, RunEvent]:
    """Run a scenario by itself."""

    async def play(stage: Stage) -> tuple[Stage, RunEvent]:
        await stage.start()
        end = await stage.engine.wait_ended()
        stage.expect_nothing_left()
        return stage, end

    return on_stage(document, play)
