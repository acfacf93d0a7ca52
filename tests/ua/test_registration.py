"""Registering with a scripted registrar. Source: RFC 3261 §10.2, RFC 3327, RFC 3608, RFC 5626."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from itertools import pairwise

import pytest

from sipflow.base.errors import RegistrationFailed
from sipflow.base.events import Level
from sipflow.sip.digest import Challenge
from sipflow.sip.digest import Credentials as Proof
from sipflow.testing.agents import Party, Stage, rest, virtual
from sipflow.testing.memory_peer import Callee, Heard, MemoryPeer
from sipflow.testing.wire_text import Value
from sipflow.ua import Credentials, Registration, RegistrationSettings
from sipflow.ua.bindings import renewal_s
from sipflow.ua.registration import RegistrationState


@dataclass
class Scene:
    """Alice, and a peer that plays her registrar."""

    stage: Stage
    alice: Party
    registrar: MemoryPeer
    registration: Registration
    told: list[tuple[Level, str]] = field(default_factory=list)

    async def hear(self, limit_s: float = 100.0) -> Heard:
        return await self.registrar.hear("REGISTER", limit_s)

    def reply(self, register: Heard, status: int = 200, /, **headers: Value) -> None:
        headers.setdefault("Contact", None)
        Callee(self.registrar, register).reply(status, "registrar", "", to=register, **headers)

    def grant(self, register: Heard, expires_s: int = 300, **headers: Value) -> None:
        self.reply(register, Contact=f"{register.header('Contact')};expires={expires_s}", **headers)

    async def registered(self, expires_s: int = 300, **headers: Value) -> Heard:
        """Let Alice register, and the registrar grant it."""
        asked = asyncio.ensure_future(self.registration.register())
        register = await self.hear()
        self.grant(register, expires_s, **headers)
        await asked
        return register


async def set_up(
    stage: Stage,
    transport: str = "UDP",
    password: str = "",
    is_outbound: bool = False,
    proxy: str = "",
    keep_alive_s: float = 0.0,
) -> Scene:
    credentials = Credentials(password=password)
    alice = await stage.agent(
        "alice", transport=transport, credentials=credentials, proxy=proxy, keep_alive_s=keep_alive_s
    )
    registrar = await stage.peer(transport)
    told: list[tuple[Level, str]] = []
    registration = Registration(
        alice.agent,
        RegistrationSettings(registrar=f"sip:{registrar.address}", is_outbound=is_outbound),
        lambda text, level: told.append((level, str(text))),
    )
    alice.agent.registration = registration
    return Scene(stage, alice, registrar, registration, told)


async def answered(scene: Scene, status: int, **headers: Value) -> RegistrationFailed:
    """How a REGISTER fails that is answered so."""
    asked = asyncio.ensure_future(scene.registration.register())
    scene.reply(await scene.hear(), status, **headers)
    with pytest.raises(RegistrationFailed) as failure:
        await asked
    return failure.value


@pytest.mark.conformance(45, 1)
@virtual
async def test_register_names_the_registrar_and_the_address_of_record() -> None:
    async with Stage() as stage:
        scene = await set_up(stage)
        register = await scene.registered()
        agent = scene.alice.agent
        assert register.start_line == f"REGISTER sip:{scene.registrar.address} SIP/2.0"
        assert register.header("To") == f"<sip:alice@{agent.local}>"
        assert register.header("From").startswith(f"<sip:alice@{agent.local}>;tag=")
        assert register.header("Contact") == f"<sip:alice@{agent.local}>"
        assert (register.header("Expires"), register.header("CSeq")) == ("300", "1 REGISTER")
        assert scene.registration.state is RegistrationState.GRANTED
        assert scene.told == [(Level.INFO, f"registered with sip:{scene.registrar.address} for 300 s")]


@pytest.mark.conformance(45, 46)
@virtual
async def test_registration_is_renewed_before_it_expires_with_the_same_call_id_and_the_next_cseq() -> None:
    async with Stage() as stage:
        scene = await set_up(stage)
        first = await scene.registered(expires_s=60)
        for cseq in (2, 3):
            again = await scene.hear(limit_s=31)
            assert again.header("CSeq") == f"{cseq} REGISTER"
            assert all(again.header(name) == first.header(name) for name in ("Call-ID", "From", "To", "Contact"))
            assert again.header("Expires") == "300"
            scene.grant(again, 60)
        await rest(1)
        times = scene.registrar.times("REGISTER")
        assert [round(b - a) for a, b in pairwise(times)] == [30, 30]


@pytest.mark.parametrize(("expires_s", "after_s"), [(3600, 2880), (300, 240), (100, 68), (60, 30), (2, 1), (1, 0.5)])
@pytest.mark.conformance(46)
def test_renewal_comes_early_enough(expires_s: int, after_s: float) -> None:
    assert renewal_s(expires_s) == after_s


@pytest.mark.conformance(46, 49)
@virtual
async def test_own_contact_is_found_among_several_and_tells_the_expiry() -> None:
    async with Stage() as stage:
        scene = await set_up(stage)
        asked = asyncio.ensure_future(scene.registration.register())
        register = await scene.hear()
        local = scene.alice.agent.local
        contacts = [
            f'"Other" <sip:alice@10.9.9.9>;expires=7, <sip:alice@{local};transport=tcp>;expires=8',
            f"<SIP:%61lice@{local}>;q=0.5;EXPIRES=90",
        ]
        scene.reply(register, Contact=contacts, Expires="5")
        bindings = await asked
        assert bindings.expires_s == 90
        assert len(bindings.contacts) == 3


@pytest.mark.conformance(46)
@pytest.mark.parametrize(("told", "expires_s"), [("40", 40), (None, 300), ("soon", 300), ("9" * 9, 999_999_999)])
@virtual
async def test_expiry_without_our_contact_is_the_response_s_or_what_was_asked(told: str | None, expires_s: int) -> None:
    async with Stage() as stage:
        scene = await set_up(stage)
        asked = asyncio.ensure_future(scene.registration.register())
        scene.reply(await scene.hear(), Expires=told)
        assert (await asked)[:2] == ((), expires_s)


@pytest.mark.conformance(47)
@virtual
async def test_too_brief_an_interval_is_followed_by_a_try_with_the_shortest_allowed() -> None:
    async with Stage() as stage:
        scene = await set_up(stage)
        asked = asyncio.ensure_future(scene.registration.register(60))
        first = await scene.hear()
        scene.reply(first, 423, Min_Expires="1800")
        again = await scene.hear()
        assert (again.header("Expires"), again.header("CSeq")) == ("1800", "2 REGISTER")
        assert again.branch != first.branch
        scene.grant(again, 1800)
        assert (await asked).expires_s == 1800
        assert (await scene.hear(limit_s=1500)).header("Expires") == "1800"


@pytest.mark.conformance(47)
@pytest.mark.parametrize("least", [None, "30", "300", "x"])
@virtual
async def test_refused_interval_without_a_longer_one_fails(least: str | None) -> None:
    async with Stage() as stage:
        scene = await set_up(stage)
        assert (await answered(scene, 423, Min_Expires=least)).status == 423
        assert scene.registrar.count("REGISTER") == 1


@pytest.mark.conformance(48)
@virtual
async def test_own_binding_is_removed() -> None:
    async with Stage() as stage:
        scene = await set_up(stage)
        await scene.registered(expires_s=60)
        asked = asyncio.ensure_future(scene.registration.unregister())
        register = await scene.hear()
        assert register.header("Contact") == f"<sip:alice@{scene.alice.agent.local}>;expires=0"
        assert register.header("Expires") == "0"
        scene.reply(register)
        assert (await asked).expires_s == 0
        assert scene.registration.state is RegistrationState.NONE
        await rest(100)
        assert scene.registrar.count("REGISTER") == 2


@pytest.mark.conformance(48)
@virtual
async def test_all_bindings_are_removed() -> None:
    async with Stage() as stage:
        scene = await set_up(stage)
        asked = asyncio.ensure_future(scene.registration.unregister_all())
        register = await scene.hear()
        assert (register.header("Contact"), register.header("Expires")) == ("*", "0")
        scene.reply(register)
        assert (await asked)[:2] == ((), 0)


@pytest.mark.conformance(48)
@virtual
async def test_question_for_the_bindings_has_no_contact_and_changes_nothing() -> None:
    async with Stage() as stage:
        scene = await set_up(stage)
        asked = asyncio.ensure_future(scene.registration.query())
        register = await scene.hear()
        assert register.headers("Contact") == register.headers("Expires") == []
        scene.reply(register, Contact="<sip:alice@10.9.9.9>;expires=7")
        bindings = await asked
        assert [str(contact.uri) for contact in bindings.contacts] == ["sip:alice@10.9.9.9"]
        assert scene.registration.state is RegistrationState.NONE


@pytest.mark.conformance(48, 49)
@virtual
async def test_further_contacts_are_bound_renewed_and_removed_with_our_own() -> None:
    also = ("sip:alice@10.9.9.9", "mailto:alice@example.com")
    async with Stage() as stage:
        scene = await set_up(stage)
        asked = asyncio.ensure_future(scene.registration.register(60, also))
        first = await scene.hear()
        own, *further = first.headers("Contact")
        assert further == [f"<{uri}>" for uri in also]
        scene.reply(first, Contact=f"{own};expires=60")
        await asked
        renewal = await scene.hear()
        assert renewal.headers("Contact") == [own, *further]
        scene.reply(renewal, Contact=f"{own};expires=60")
        gone = asyncio.ensure_future(scene.registration.unregister())
        removal = await scene.hear()
        assert removal.headers("Contact") == [f"{contact};expires=0" for contact in (own, *further)]
        scene.reply(removal)
        await gone
        asked = asyncio.ensure_future(scene.registration.register(60))
        last = await scene.hear()
        assert last.headers("Contact") == [own]
        scene.reply(last)
        await asked


@pytest.mark.conformance(50, 61)
@virtual
async def test_challenge_is_answered_and_the_nonce_used_again_by_the_renewal() -> None:
    async with Stage() as stage:
        scene = await set_up(stage, password="secret")
        asked = asyncio.ensure_future(scene.registration.register())
        first = await scene.hear()
        scene.reply(first, 401, WWW_Authenticate=str(Challenge("pbx", "1", "MD5", ("auth",))))
        again = await scene.hear()
        assert (again.header("CSeq"), again.header("Call-ID")) == ("2 REGISTER", first.header("Call-ID"))
        scene.grant(again, 60)
        await asked
        renewal = await scene.hear()
        assert renewal.header("CSeq") == "3 REGISTER"
        proofs = [Proof.parse(request.header("Authorization")) for request in (again, renewal)]
        assert [proof.nc for proof in proofs] == [1, 2]
        assert all(proof.response == proof.proof("secret", "REGISTER") for proof in proofs)


@pytest.mark.conformance(50)
@virtual
async def test_wrong_password_is_told_after_one_try() -> None:
    async with Stage() as stage:
        scene = await set_up(stage, password="wrong")
        asked = asyncio.ensure_future(scene.registration.register())
        for nonce in "12":
            scene.reply(await scene.hear(), 401, WWW_Authenticate=str(Challenge("pbx", nonce, "MD5", ("auth",))))
        with pytest.raises(RegistrationFailed) as failure:
            await asked
        assert str(failure.value) == (
            f"expected 200 to REGISTER from sip:{scene.registrar.address}, "
            "got 401 Because (realm 'pbx' does not accept the user 'alice' or the password)"
        )
        await rest(100)
        assert scene.registrar.count("REGISTER") == 2


@virtual
async def test_nonce_that_is_stale_for_ever_ends_the_attempt() -> None:
    async with Stage() as stage:
        scene = await set_up(stage, password="secret")
        asked = asyncio.ensure_future(scene.registration.register())
        challenge = str(Challenge("pbx", "1", "MD5", ("auth",), stale=True))
        for _ in range(11):
            scene.reply(await scene.hear(), 401, WWW_Authenticate=challenge)
        with pytest.raises(RegistrationFailed):
            await asked


@pytest.mark.conformance(45)
@virtual
async def test_one_request_is_under_way_at_a_time() -> None:
    async with Stage() as stage:
        scene = await set_up(stage)
        both = asyncio.gather(scene.registration.register(), scene.registration.unregister())
        register = await scene.hear()
        await rest(0.2)
        assert scene.registrar.count("REGISTER") == 1
        scene.grant(register)
        removal = await scene.hear()
        assert removal.header("CSeq") == "2 REGISTER"
        scene.reply(removal)
        assert [bindings.expires_s for bindings in await both] == [300, 0]


@virtual
async def test_silent_registrar_is_a_timeout() -> None:
    async with Stage() as stage:
        scene = await set_up(stage)
        stage.network.black_holes.add(scene.registrar.address)
        with pytest.raises(RegistrationFailed, match="408 no answer"):
            await scene.registration.register()


@virtual
async def test_closed_agent_waits_for_no_registrar() -> None:
    async with Stage() as stage:
        scene = await set_up(stage)
        asked = asyncio.ensure_future(scene.registration.register())
        await scene.hear()
        await scene.alice.agent.close()
        with pytest.raises(RegistrationFailed, match="closed"):
            await asked


@pytest.mark.conformance(54)
@virtual
async def test_lost_registration_is_made_anew_ever_more_slowly() -> None:
    async with Stage() as stage:
        scene = await set_up(stage)
        await scene.registered(expires_s=60)
        for _ in range(4):
            scene.reply(await scene.hear(limit_s=200), 503)
        states = [scene.registration.state]
        scene.grant(await scene.hear(limit_s=200), 60)
        await rest(0.1)
        assert [*states, scene.registration.state] == [RegistrationState.LOST, RegistrationState.GRANTED]
        times = scene.registrar.times("REGISTER")[1:]
        waits = [b - a for a, b in pairwise(times)]
        assert all(5 * 2**n <= wait <= 10 * 2**n + 1 for n, wait in enumerate(waits))
        assert scene.told[-2][0] is Level.WARNING
        assert "is lost (503 Because); the next try is in" in scene.told[-2][1]


@pytest.mark.conformance(54)
@virtual
async def test_registrar_that_says_when_to_come_again_is_left_alone_until_then() -> None:
    async with Stage() as stage:
        scene = await set_up(stage)
        await scene.registered(expires_s=60)
        scene.reply(await scene.hear(), 503, Retry_After="90 (restarting);duration=5")
        await scene.hear(limit_s=95)
        times = scene.registrar.times("REGISTER")
        assert times[-1] - times[-2] >= 90


@pytest.mark.conformance(54)
@pytest.mark.parametrize("reset", [True, False])
@virtual
async def test_connection_that_ends_is_followed_by_a_new_registration_at_once(reset: bool) -> None:
    async with Stage() as stage:
        scene = await set_up(stage, "TCP")
        await scene.registered(expires_s=3600)
        await rest(6)
        stage.network.break_connections(scene.registrar.address, reset=reset)
        again = await scene.hear(limit_s=0.1)
        assert again.flow.connection != 1
        scene.grant(again)
        await rest(0.1)
        assert scene.registration.state is RegistrationState.GRANTED


@virtual
async def test_registrar_that_closes_after_every_answer_is_asked_ever_more_slowly() -> None:
    async with Stage() as stage:
        scene = await set_up(stage, "TCP")
        await scene.registered(expires_s=3600)
        for _ in range(4):
            stage.network.break_connections(scene.registrar.address, reset=False)
            scene.grant(await scene.hear())
            await rest(0.1)
        times = scene.registrar.times("REGISTER")
        pauses = [later - earlier for earlier, later in pairwise(times)]
        assert all(least <= pause <= 2 * least + 0.3 for least, pause in zip((5, 10, 20, 40), pauses, strict=False))


@pytest.mark.conformance(51)
@virtual
async def test_calls_go_by_the_service_route() -> None:
    async with Stage() as stage:
        scene = await set_up(stage)
        edge = await stage.peer(name="edge")
        route = [f"<sip:{edge.address};lr>", "<sip:core.example.com;lr>"]
        register = await scene.registered(Service_Route=", ".join(route), Path="<sip:path.example.com;lr>")
        assert "path" in register.header("Supported").split(", ")
        assert scene.registration.path == ("<sip:path.example.com;lr>",)
        call = scene.alice.call("sip:bob@example.com")
        callee = await edge.expect_call()
        assert callee.invite.headers("Route") == route
        callee.reply(486)
        await call.ended.wait()


@pytest.mark.conformance(45)
@virtual
async def test_registration_goes_by_the_proxy() -> None:
    async with Stage() as stage:
        proxy = await stage.peer(name="proxy")
        scene = await set_up(stage, proxy=f"sip:{proxy.address}")
        asked = asyncio.ensure_future(scene.registration.register())
        register = await proxy.hear("REGISTER")
        assert register.start_line == f"REGISTER sip:{scene.registrar.address} SIP/2.0"
        assert register.headers("Route") == [f"<sip:{proxy.address};lr>"]
        Callee(proxy, register).reply(200, to=register)
        await asked


@pytest.mark.conformance(51)
@virtual
async def test_service_route_that_cannot_be_followed_is_not() -> None:
    async with Stage() as stage:
        scene = await set_up(stage)
        await scene.registered(Service_Route="<tel:1>")
        assert scene.registration.service_route == ()
        assert any("Service-Route" in text for _, text in scene.told)


@pytest.mark.conformance(52)
@virtual
async def test_outbound_names_the_instance_and_keeps_its_flow_open() -> None:
    async with Stage() as stage:
        scene = await set_up(stage, "TCP", is_outbound=True)
        register = await scene.registered(expires_s=3600, Require="outbound")
        assert "outbound" in register.header("Supported").split(", ")
        contact = register.header("Contact")
        assert ';+sip.instance="<urn:uuid:' in contact
        assert contact.endswith('>";reg-id=1')
        await rest(300)  # RFC 5626 §4.4.1: every 95 to 120 s
        assert 2 <= [tapped.data for tapped in stage.network.tap].count(b"\r\n\r\n") <= 3
