"""What a REGISTER does. Source: RFC 3261 §10.3."""

from __future__ import annotations

import pytest

from sipflow.pbx import Binding, Location
from sipflow.sip.address import NameAddr
from sipflow.sip.flow import Address, Flow
from sipflow.testing.agents import rest, virtual
from tests.pbx.scenes import a_house, contacts_of, registration_of, settings_for


@virtual
async def test_contact_is_bound_for_as_long_as_it_asks() -> None:
    async with a_house() as house:
        peer = await house.peer()
        answer = await house.register(peer, "1001", "<sip:1001@10.0.0.1>", Expires="120")
        assert contacts_of(answer) == {"sip:1001@10.0.0.1": 120}
        await rest(100)
        assert await house.bound("1001") == {"sip:1001@10.0.0.1": 20}
        await rest(21)
        assert await house.bound("1001") == {}


@virtual
async def test_contacts_own_interval_wins_over_that_of_the_message_and_none_is_an_hour() -> None:
    async with a_house() as house:
        peer = await house.peer()
        await house.register(peer, "1001", "<sip:a@10.0.0.1>;expires=60, <sip:b@10.0.0.1>", Expires="90")
        answer = await house.register(peer, "1001", "<sip:c@10.0.0.1>")
        assert contacts_of(answer) == {"sip:a@10.0.0.1": 60, "sip:b@10.0.0.1": 90, "sip:c@10.0.0.1": 3600}


@pytest.mark.parametrize("expires", ["later", "-1", "1.5"])
@virtual
async def test_malformed_interval_counts_as_an_hour(expires: str) -> None:
    async with a_house() as house:
        answer = await house.register(await house.peer(), "1001", "<sip:a@10.0.0.1>", Expires=expires)
        assert contacts_of(answer) == {"sip:a@10.0.0.1": 3600}


@virtual
async def test_interval_is_cut_to_the_longest() -> None:
    async with a_house(settings_for(max_expires_s=300)) as house:
        peer = await house.peer()
        answer = await house.register(peer, "1001", "<sip:a@10.0.0.1>", Expires="9" * 40)
        assert contacts_of(answer) == {"sip:a@10.0.0.1": 300}
        answer = await house.register(peer, "1002", "<sip:a@10.0.0.1>")
        assert contacts_of(answer) == {"sip:a@10.0.0.1": 300}


@pytest.mark.conformance(47)
@virtual
async def test_interval_that_is_too_brief_is_refused_with_the_shortest_that_is_taken() -> None:
    async with a_house(settings_for(min_expires_s=60)) as house:
        peer = await house.peer()
        answer = await house.register(peer, "1001", "<sip:a@10.0.0.1>", 423, Expires="59")
        assert answer.header("Min-Expires") == "60"
        assert await house.bound("1001") == {}
        assert contacts_of(await house.register(peer, "1001", "<sip:a@10.0.0.1>", Expires="60"))


@virtual
async def test_refresh_renews_the_same_contact_by_uri_comparison() -> None:
    async with a_house() as house:
        phone = registration_of(house, await house.peer(), "1001")
        phone.ask("REGISTER", Contact="<sip:1001@Host.example;transport=udp>;q=0.5", Expires="60")
        await phone.hear(200)
        phone.ask("REGISTER", Contact='"New" <sip:%31001@host.example;transport=UDP>;q=0.7', Expires="90")
        (contact,) = (await phone.hear(200)).headers("Contact")
        assert contact == '"New" <sip:%31001@host.example;transport=UDP>;q=0.7;expires=90'


@pytest.mark.conformance(48)
@virtual
async def test_zero_removes_one_contact_and_star_removes_all() -> None:
    async with a_house() as house:
        phone = registration_of(house, await house.peer(), "1001")
        phone.ask("REGISTER", Contact="<sip:a@10.0.0.1>, <sip:b@10.0.0.1>, <sip:c@10.0.0.1>")
        await phone.hear(200)
        phone.ask("REGISTER", Contact="<sip:b@10.0.0.1>;expires=0")
        assert contacts_of(await phone.hear(200)).keys() == {"sip:a@10.0.0.1", "sip:c@10.0.0.1"}
        phone.ask("REGISTER", Contact="*", Expires="0")
        assert contacts_of(await phone.hear(200)) == {}


@pytest.mark.parametrize("headers", [{"Expires": "60"}, {"Expires": None}, {"Expires": ""}])
@virtual
async def test_star_without_zero_is_refused_and_changes_nothing(headers: dict[str, str | None]) -> None:
    async with a_house() as house:
        phone = registration_of(house, await house.peer(), "1001")
        phone.ask("REGISTER", Contact="<sip:a@10.0.0.1>")
        await phone.hear(200)
        registration_of(house, phone.peer, "1001", "", Contact="*", **headers).ask("REGISTER")
        await phone.hear(400)
        phone.ask("REGISTER", Contact=None)
        assert contacts_of(await phone.hear(200)).keys() == {"sip:a@10.0.0.1"}


@virtual
async def test_late_request_of_the_same_phone_is_refused_as_a_whole() -> None:
    async with a_house() as house:
        phone = registration_of(house, await house.peer(), "1001")
        phone.ask("REGISTER", Contact="<sip:a@10.0.0.1>", cseq=5)
        await phone.hear(200)
        phone.ask("REGISTER", Contact="<sip:b@10.0.0.1>, <sip:a@10.0.0.1>;expires=0", cseq=4)
        await phone.hear(500)
        phone.ask("REGISTER", Contact=None, cseq=6)
        assert contacts_of(await phone.hear(200)).keys() == {"sip:a@10.0.0.1"}


@virtual
async def test_another_phone_may_remove_a_contact_whatever_its_cseq() -> None:
    async with a_house() as house:
        first = registration_of(house, await house.peer(), "1001")
        second = registration_of(house, await house.peer(name="second"), "1001")
        first.ask("REGISTER", Contact="<sip:a@10.0.0.1>", cseq=500)
        await first.hear(200)
        second.ask("REGISTER", Contact="<sip:a@10.0.0.1>;expires=0", cseq=1)
        assert contacts_of(await second.hear(200)) == {}


@virtual
async def test_address_of_record_outside_the_domain_is_not_found() -> None:
    async with a_house(settings_for(domains=frozenset({"example.com"}))) as house:
        phone = registration_of(house, await house.peer(), "1001", "example.com")
        phone.ask("REGISTER", To="<sip:1001@elsewhere.example>")
        await phone.hear(404)
        phone.ask("REGISTER", To="<sip:example.com>")
        await phone.hear(404)
        phone.ask("REGISTER", Contact="<sip:a@10.0.0.1>")
        assert contacts_of(await phone.hear(200))


@pytest.mark.conformance(37)
@virtual
async def test_unknown_requirement_is_refused_by_name() -> None:
    async with a_house() as house:
        answer = await house.register(await house.peer(), "1001", "<sip:a@10.0.0.1>", 420, Require="path, teleport")
        assert answer.header("Unsupported") == "teleport"


@pytest.mark.conformance(51)
@virtual
async def test_path_is_told_back_and_leads_to_the_contact() -> None:
    async with a_house() as house:
        edge, caller = await house.peer(name="edge"), await house.peer()
        path = [f"<sip:token@{edge.address};lr>", "<sip:10.9.9.9;lr>"]
        answer = await house.register(edge, "1001", "<sip:1001@10.8.8.8>", Supported="path", Path=", ".join(path))
        assert answer.headers("Path") == path
        house.caller(caller, "1001").ask("OPTIONS")
        asked = await edge.hear("OPTIONS")
        assert asked.start_line == "OPTIONS sip:1001@10.8.8.8 SIP/2.0"
        assert asked.headers("Route") == path
        assert not (await house.register(edge, "1001", "<sip:1001@10.8.8.8>", Path=path[0])).headers("Path")


@pytest.mark.conformance(52)
@virtual
async def test_outbound_contact_is_known_by_its_instance_and_reached_by_its_flow() -> None:
    async with a_house() as house:
        phone, caller = await house.peer("TCP", "phone"), await house.peer()
        instance = ';+sip.instance="<urn:uuid:00000000-0000-1000-8000-AABBCCDDEEFF>";reg-id=1'
        for host in ("nat-1.invalid", "nat-2.invalid"):
            answer = await house.register(phone, "1001", f"<sip:1001@{host}>{instance}", Supported="path, outbound")
        assert contacts_of(answer).keys() == {"sip:1001@nat-2.invalid"}
        assert answer.header("Require") == "outbound"
        house.caller(caller, "1001").ask("OPTIONS")
        assert (await phone.hear("OPTIONS")).start_line == "OPTIONS sip:1001@nat-2.invalid SIP/2.0"


@virtual
async def test_contacts_of_a_user_and_users_are_bounded() -> None:
    async with a_house() as house:
        peer = await house.peer()
        many = ", ".join(f"<sip:{number}@10.0.0.1>" for number in range(21))
        await house.register(peer, "1001", many, 403)
        assert await house.bound("1001") == {}


def test_location_makes_room_by_forgetting_who_has_left() -> None:
    location = Location(max_users=2)
    flow = Flow("UDP", Address("10.0.0.9", 5060), Address("10.0.0.1", 5060))

    def bind(user: str, expires_at: float) -> bool:
        if not location.has_room(user, 0.0):
            return False
        location.replace(user, (Binding(NameAddr.parse("<sip:a@b>"), expires_at, "c", 1, flow),))
        return True

    assert [bind("1", 100), bind("2", -1), bind("1", 100), bind("3", 100), bind("4", 100)] == [
        True, True, True, True, False,
    ]  # fmt: skip
    assert not location.knows("2")
