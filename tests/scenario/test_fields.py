"""Fields take what documents really hold, and say in words what is wrong."""

from __future__ import annotations

from typing import Any

import pytest

from sipflow.nodes.incoming import IncomingParams
from sipflow.nodes.make_call import CompleteOn, MakeCallParams
from sipflow.nodes.sip_instance import SipInstanceParams, Transport
from sipflow.nodes.timeout_event import TimeoutEventParams


def make_call(**data: Any) -> MakeCallParams:
    params, problems = MakeCallParams.read({"targetUri": "1002"} | data)
    assert problems == {}
    return params


def problem(field: str, **data: Any) -> str:
    return str(MakeCallParams.read({"targetUri": "1002"} | data)[1][field])


@pytest.mark.parametrize("timeout", [5066, "5066", 5066.0, "5066.0", " 5066 "])
def test_numbers_come_as_text_and_as_whole_floats(timeout: object) -> None:
    assert make_call(timeout=timeout).timeout_ms == 5066


@pytest.mark.parametrize("blank", [None, "", "  "])
def test_blank_fields_take_their_defaults(blank: object) -> None:
    params = make_call(timeout=blank, callId=blank, completeOn=blank, headers=blank)
    assert (params.timeout_ms, params.call_id, params.headers) == (30_000, "call-1", ())
    assert params.complete_on is CompleteOn.ANSWERED


def test_unknown_keys_are_ignored() -> None:
    assert make_call(label="x", command="MakeCall", sipInstanceId="a", position=3).target_uri == "1002"


@pytest.mark.parametrize("value", [1002, 1002.0, " 1002 "])
def test_numbers_stand_where_text_belongs(value: object) -> None:
    assert make_call(targetUri=value).target_uri == "1002"


@pytest.mark.parametrize("timeout", ["soon", 1.5, True, -1, [1], {}, 10**12])
def test_bad_numbers_are_named(timeout: object) -> None:
    assert problem("timeout", timeout=timeout).startswith("should be ")


@pytest.mark.parametrize(
    "target",
    [
        "sip:",
        "sip:a b@h",
        "sip:bob@",
        "tel:+1",
        "http://x",
        "bob@host",
        "a b",
        "sip:x@h\r\nVia: y",
        "<sip:x@h>",
        "sip:x@h:99999",
    ],
)
def test_malformed_targets_are_refused(target: str) -> None:
    assert "should be" in problem("targetUri", targetUri=target)


def test_target_with_header_fields_is_refused() -> None:
    assert "write them into headers" in problem("targetUri", targetUri="sip:bob@127.0.0.1?Subject=x")


@pytest.mark.parametrize(
    "target", ["1002", "*72#", "bob", "sip:127.0.0.1", "sip:bob@[::1]:5060;transport=tcp", "SIP:b%20b@h"]
)
def test_well_formed_targets_are_taken(target: str) -> None:
    assert make_call(targetUri=target).target_uri == target


@pytest.mark.parametrize(
    "headers",
    [
        [["X-A", "1"], ["X-B", "2: 3"]],
        [{"name": "X-A", "value": 1}, {"name": "X-B", "value": "2: 3"}],
        {"X-A": 1, "X-B": "2: 3"},
        "X-A: 1\nX-B: 2: 3\n",
    ],
)
def test_headers_come_in_several_forms(headers: object) -> None:
    assert make_call(headers=headers).headers == (("X-A", "1"), ("X-B", "2: 3"))


@pytest.mark.parametrize(
    "headers",
    [
        {"X A": "1"},
        {"X-A": "1\r\nVia: x"},
        {"": "1"},
        [["X-A"]],
        [3],
        3,
        {"Via": "x"},
        {"i": "x"},
        {"cseq": "1 INVITE"},
        {"Record-Route": "<sip:p;lr>"},
        [["X-A", "1"]] * 101,
    ],
)
def test_bad_headers_are_refused(headers: object) -> None:
    assert problem("headers", headers=headers)


def test_incoming_may_match_headers_that_the_stack_writes() -> None:
    params, problems = IncomingParams.read({"match": {"From": "<sip:a@h>"}})
    assert problems == {}
    assert params.match == (("From", "<sip:a@h>"),)


@pytest.mark.parametrize("timeout", [0, -5, "0"])
def test_timeout_event_wants_a_positive_time(timeout: object) -> None:
    assert "greater than 0" in str(TimeoutEventParams.read({"timeout": timeout})[1]["timeout"])


def test_timeout_event_takes_ten_seconds_when_none_is_given() -> None:
    assert TimeoutEventParams.read({})[0].timeout_ms == 10_000


def test_a_bad_field_leaves_the_others_standing() -> None:
    params, problems = SipInstanceParams.read({"localPort": "x", "register": True, "codecs": ["pcma"]})
    assert set(problems) == {"dn", "localPort"}
    assert (params.dn, params.local_port, params.registers, params.codecs) == ("", 0, True, ("PCMA",))


def test_instance_defaults() -> None:
    params, problems = SipInstanceParams.read({"dn": 1001, "codecs": [], "pbxTransport": "tcp"})
    assert problems == {}
    assert params.dn == "1001"
    assert params.codecs == ("PCMU", "PCMA")
    assert params.pbx_transport is Transport.TCP
    assert (params.pbx_port, params.register_interval_s, params.should_register) == (5060, 300, False)


def test_an_instance_registers_by_default_where_a_pbx_is_named() -> None:
    assert SipInstanceParams.read({"dn": "1", "pbxHost": "pbx"})[0].should_register
    assert not SipInstanceParams.read({"dn": "1", "pbxHost": "pbx", "register": "false"})[0].should_register


@pytest.mark.parametrize("dn", ["a b", "1@h", "sip:1", "<1>", '"', "1;x"])
def test_malformed_dns_are_refused(dn: str) -> None:
    assert "dn" in SipInstanceParams.read({"dn": dn})[1]


def test_unknown_codecs_are_named() -> None:
    assert "'iLBC' is no codec" in str(SipInstanceParams.read({"dn": "1", "codecs": ["PCMU", "iLBC"]})[1]["codecs"])
