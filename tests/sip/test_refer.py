"""REFER, Replaces and sipfrag: the texts that a transfer is made of."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipflow.base.errors import SipParseError
from sipflow.sip.address import NameAddr
from sipflow.sip.dialog import Dialog
from sipflow.sip.flow import Address, Flow
from sipflow.sip.message import Request, parse_message
from sipflow.sip.refer import ReferTarget, refer_target, refer_to
from sipflow.sip.replaces import Replaces, replaced_by
from sipflow.sip.sipfrag import read_status, status_fragment
from tests.sip.messages import INVITE

FLOW = Flow("UDP", Address("127.0.0.1", 5060), Address("127.0.0.1", 5070))
DIALOG = Dialog(
    "425928@bobster.example.org", "from-us", "from-them", "<sip:us@h>;tag=from-us", "<sip:them@h>;tag=from-them",
    1, 1, "sip:them@192.0.2.4", (), FLOW,
)  # fmt: skip


def request(*headers: str) -> Request:
    """An INVITE with further header lines."""
    message = parse_message(
        INVITE.replace("\r\n\r\n", "".join(f"\r\n{line}" for line in headers) + "\r\n\r\n", 1).encode()
    )
    assert isinstance(message, Request)
    return message


@pytest.mark.conformance(101)
def test_third_party_names_our_dialog_as_our_peer_sees_it() -> None:
    replaces = Replaces.of(DIALOG)

    assert str(replaces) == "425928@bobster.example.org;to-tag=from-them;from-tag=from-us"
    assert replaces.key == (DIALOG.call_id, DIALOG.remote_tag, DIALOG.local_tag)


@pytest.mark.conformance(101)
@pytest.mark.parametrize(
    ("text", "found"),
    [
        # The examples of RFC 3891 §6.1.
        (
            "98732@sip.example.com;from-tag=r33th4x0r;to-tag=ff87ff",
            ("98732@sip.example.com", "ff87ff", "r33th4x0r", False),
        ),
        ("12adf2f34456gs5;to-tag=12345;from-tag=54321", ("12adf2f34456gs5", "12345", "54321", False)),
        (
            "87134@171.161.34.23;to-tag=24796;from-tag=0;early-only",
            ("87134@171.161.34.23", "24796", "0", True),
        ),
    ],
)
def test_dialog_to_replace_is_read(text: str, found: tuple[str, str, str, bool]) -> None:
    replaces = Replaces.parse(text)
    assert (replaces.call_id, replaces.to_tag, replaces.from_tag, replaces.early_only) == found


@pytest.mark.conformance(100)
@pytest.mark.parametrize(
    "headers",
    [
        ("Replaces: a;to-tag=1",),
        ("Replaces: a;from-tag=1",),
        ("Replaces: a;to-tag=1;from-tag=2;to-tag=3",),
        ("Replaces: ;to-tag=1;from-tag=2",),
        ("Replaces: a;to-tag=1;from-tag=2, b;to-tag=1;from-tag=2",),
        ("Replaces: a;to-tag=1;from-tag=2", "Replaces: b;to-tag=1;from-tag=2"),
        ("Replaces: a;to-tag=1;from-tag=2", "Join: b;to-tag=1;from-tag=2"),
    ],
)
def test_replaces_that_is_none_or_several_raises(headers: tuple[str, ...]) -> None:
    with pytest.raises(SipParseError):
        replaced_by(request(*headers))


def test_invite_without_replaces_replaces_nothing() -> None:
    assert replaced_by(request()) is None


@pytest.mark.conformance(98)
@pytest.mark.parametrize(
    "text",
    [
        "<sip:carol@192.0.2.9:5070?Replaces=425928%40bobster.example.org%3Bto-tag%3Dfrom-them%3Bfrom-tag%3Dfrom-us>",
        "sip:carol@192.0.2.9:5070?Replaces=425928%40bobster.example.org%3Bto-tag%3Dfrom-them%3Bfrom-tag%3Dfrom-us",
        '"Carol" <sip:carol@192.0.2.9:5070;method=INVITE'
        "?replaces=425928%40bobster.example.org%3bfrom-tag%3dfrom-us%3bto-tag%3dfrom-them>",
    ],
)
def test_target_is_read_with_the_dialog_to_replace(text: str) -> None:
    target = ReferTarget.parse(text)

    assert target.uri == "sip:carol@192.0.2.9:5070"
    assert target.replaces == Replaces.of(DIALOG)
    assert [name for name, _ in target.headers] == ["Replaces"]


@pytest.mark.conformance(98)
def test_target_without_brackets_is_read() -> None:
    assert refer_target(request("Refer-To: sip:carol@192.0.2.9")) == ReferTarget("sip:carol@192.0.2.9")
    assert refer_target(request("r: <sip:carol@192.0.2.9;transport=tcp>")).uri == "sip:carol@192.0.2.9;transport=tcp"


def test_required_extension_goes_on_and_dangerous_fields_do_not() -> None:
    target = ReferTarget.parse("<sip:c@h?Require=replaces&From=sip%3Aother%40h&Route=%3Csip%3Ax%3E&body=x&Via=y>")
    assert target.headers == (("Require", "replaces"),)


@pytest.mark.conformance(96)
@pytest.mark.parametrize(
    "headers",
    [
        (),
        ("Refer-To: <sip:a@h>, <sip:b@h>",),
        ("Refer-To: <sip:a@h>", "Refer-To: <sip:b@h>"),
        ("Refer-To: ",),
        ("Refer-To: <tel:+1>",),
        ("Refer-To: <sip:a@h;method=BYE>",),
        ("Refer-To: <sip:a@h?Replaces=a%3Bto-tag%3D1>",),
        ("Refer-To: <sip:a@h?Replaces=a%3Bto-tag%3D1%3Bfrom-tag%3D2&Replaces=b%3Bto-tag%3D1%3Bfrom-tag%3D2>",),
        ("Refer-To: <sip:a@h?Subject=a%0D%0AVia%3A%20b>",),
        ("Refer-To: <sip:a@h?" + "&".join(["Subject=x"] * 17) + ">",),
    ],
)
def test_refer_without_one_target_raises(headers: tuple[str, ...]) -> None:
    with pytest.raises(SipParseError):
        refer_target(request(*headers))


@pytest.mark.conformance(98)
@given(st.from_regex(r"[a-zA-Z0-9.!%*_+`'~()<>:/\[\]?{}@-]{1,40}", fullmatch=True))
def test_call_id_of_any_characters_survives_the_way_through_a_uri(call_id: str) -> None:
    replaces = Replaces(call_id, "to", "from")

    written = refer_to("sip:carol@192.0.2.9;transport=tcp", replaces)

    assert str(NameAddr.parse(written).uri) in written
    assert ReferTarget.parse(written).replaces == replaces


@pytest.mark.conformance(97)
def test_status_survives_the_way_through_a_fragment() -> None:
    assert status_fragment(200) == b"SIP/2.0 200 OK\r\n"
    assert read_status(status_fragment(486, "Besetzt ü")) == (486, "Besetzt ü")
    assert read_status(b"\r\nSIP/2.0 180 Ringing\r\nVia: SIP/2.0/UDP a\r\n\r\n") == (180, "Ringing")
    assert read_status(b"SIP/2.0 603 Decline") == (603, "Decline")


@pytest.mark.parametrize(
    "body", [b"", b"\r\n", b"INVITE sip:a SIP/2.0\r\n", b"SIP/2.0 99 x", b"SIP/2.0 700 x", b"\xff"]
)
def test_fragment_without_a_status_raises(body: bytes) -> None:
    with pytest.raises(SipParseError):
        read_status(body)
