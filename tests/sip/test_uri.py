"""URIs: taken apart, put together, compared."""

from __future__ import annotations

import pytest
from hypothesis import given

from sipflow.base.errors import SipParseError
from sipflow.sip.uri import Uri
from tests.sip.strategies import uris


@pytest.mark.conformance(14)
@given(uris)
def test_uri_survives_a_round_trip(uri: Uri) -> None:
    assert Uri.parse(str(uri)) == uri
    assert bytes(uri) == str(uri).encode()


@pytest.mark.conformance(14)
@pytest.mark.parametrize(
    ("text", "uri"),
    [
        ("sip:h", Uri("sip", host="h")),
        ("SIPS:Bob@H:1", Uri("sips", "Bob", host="H", port=1)),
        ("sip:a:b@h", Uri("sip", "a", "b", host="h")),
        ("sip:[::1]:5060;lr", Uri("sip", host="::1", port=5060, params=(("lr", ""),))),
        ("sip:+1;ext=2@h;user=phone", Uri("sip", "+1;ext=2", host="h", params=(("user", "phone"),))),
        (
            "sip:a@h;p=[x]:1?Replaces=a%3Bb&x=",
            Uri("sip", "a", host="h", params=(("p", "[x]:1"),), headers=(("Replaces", "a%3Bb"), ("x", ""))),
        ),
        ("tel:+1-201;phone-context=x", Uri("tel", opaque="+1-201;phone-context=x")),
        ("soap.beep://192.0.2.103:3002", Uri("soap.beep", opaque="//192.0.2.103:3002")),
    ],
)
def test_uri_is_taken_apart(text: str, uri: Uri) -> None:
    assert Uri.parse(text) == uri


@pytest.mark.conformance(14)
@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "sip",
            "sip:",
            "sip:@h",
            "sip:a@",
            "sip:a@@h",
            "sip:a b@h",
            "sip:h:",
            "sip:h:0",
            "sip:h:65536",
            "sip:h:x",
        ),
        *(
            "sip:h:123456",
            "sip:2001:db8::1",
            "sip:[::1",
            "sip:[1.2.3.4]",
            "sip:[g::1]",
            "sip:h;",
            "sip:h;;lr",
            "sip:h;=x",
        ),
        *(
            "sip:h;x=",
            "sip:h?",
            "sip:h?a",
            "sip:h?=b",
            "sip:h?a=b&",
            "sip:%@h",
            "sip:%4g@h",
            "sip:ä@h",
            "sip:h\n",
            " sip:h",
        ),
        *("bob@h", "1a:b", ":b", "tel:", "tel:<1>", "tel:1 2", "http:ä", "sip:h@", "sip:a\x00@h", "<sip:h>", "sip:-h"),
    ],
)
def test_text_that_is_no_uri_raises(text: str) -> None:
    with pytest.raises(SipParseError) as caught:
        Uri.parse(text)

    assert caught.value.text in text


def test_user_is_unescaped_and_raw() -> None:
    uri = Uri.parse("sip:j%40s%C3%b6n%ff%00@h")

    assert (uri.raw_user, uri.user) == ("j%40s%C3%b6n%ff%00", "j@sön\udcff\x00")


def test_param_is_found_in_any_case() -> None:
    uri = Uri.parse("sip:h;Transport=TCP;LR")

    assert (uri.param("transport"), uri.param("lr"), uri.param("maddr")) == ("TCP", "", None)


SAME = [
    ("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp"),
    ("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"),
    ("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;newparam=5"),
    (
        "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
        "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com",
    ),
    (
        "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
        "sip:alice@atlanta.com?priority=urgent&subject=project%20x",
    ),
    ("sip:a%3Bb@h", "sip:a%3bb@h"),
    ("sip:[2001:DB8::1]", "sip:[2001:db8::1]"),
]
DIFFERENT = [
    ("SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP"),
    ("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"),
    ("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"),
    ("sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp"),
    ("sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting"),
    ("sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"),
    ("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off"),
    ("sip:a@h", "sips:a@h"),
    ("sip:a@h", "sip:h"),
    ("sip:a:b@h", "sip:a@h"),
    ("sip:a;b@h", "sip:a%3Bb@h"),
    ("sip:a@h;maddr=1.2.3.4", "sip:a@h"),
    ("sip:a@h;user=phone", "sip:a@h"),
    ("tel:1", "tel:2"),
]


@pytest.mark.conformance(14)
@pytest.mark.parametrize(("one", "other"), SAME)
def test_uris_match_as_rfc_3261_lists(one: str, other: str) -> None:
    assert Uri.parse(one).matches(Uri.parse(other))
    assert Uri.parse(other).matches(Uri.parse(one))


@pytest.mark.conformance(14)
@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_uris_differ_as_rfc_3261_lists(one: str, other: str) -> None:
    assert not Uri.parse(one).matches(Uri.parse(other))
    assert not Uri.parse(other).matches(Uri.parse(one))


@given(uris)
def test_uri_matches_itself(uri: Uri) -> None:
    assert uri.matches(uri)
