"""Instances with a transport, a proxy or TLS settings of their own, on a network in memory."""

from __future__ import annotations

from pathlib import Path

import pytest

from sipflow.base.errors import InstanceStartFailed, TlsUnusable
from sipflow.base.events import SipMessageSeen
from sipflow.engine.transports import proxy_uri, stream_settings
from sipflow.net.paths import Paths
from sipflow.nodes.sip_instance import SipInstanceParams
from sipflow.sip.flow import Address
from sipflow.testing import MemoryResolver
from sipflow.ua import AgentSettings
from sipflow.ua.ways import Ways
from tests.engine.stage import completed, failed, lane, scenario, step


def params(**data: object) -> SipInstanceParams:
    found, problems = SipInstanceParams.read({"dn": "1001", **data})
    assert problems == {}
    return found


@pytest.mark.parametrize("transport", ["TLS", "WS", "WSS", "tcp"])
def test_instances_call_each_other_by_the_transport_of_the_caller(transport: str) -> None:
    document = scenario(
        lane("a", "1001", step("MakeCall", targetUri="1002"), step("Release"), pbxTransport=transport),
        lane("b", "1002", step("INCOMING"), step("Answer"), step("DISCONNECTED")),
    )
    stage = completed(document)
    assert {event.transport for event in stage.events.of(SipMessageSeen)} == {transport.upper()}


def test_answer_is_shown_with_the_addresses_of_its_connection() -> None:
    document = scenario(
        lane("a", "1001", step("MakeCall", targetUri="1002"), step("Release"), pbxTransport="TCP"),
        lane("b", "1002", step("INCOMING"), step("Answer"), step("DISCONNECTED")),
    )
    seen = completed(document).events.of(SipMessageSeen)
    (invite,) = [e for e in seen if e.instance_id == "b" and e.method == "INVITE" and e.status_code is None]
    answers = [e for e in seen if e.instance_id == "b" and e.method == "INVITE" and e.status_code]
    assert {answer.remote_address for answer in answers} == {invite.remote_address}


@pytest.mark.parametrize(
    ("data", "uri"),
    [
        ({}, ""),
        ({"pbxHost": "pbx.example.com"}, "sip:pbx.example.com"),
        ({"pbxHost": "192.0.2.1", "pbxPort": "5060"}, "sip:192.0.2.1:5060"),
        ({"pbxHost": "2001:db8::1", "pbxTransport": "TCP"}, "sip:[2001:db8::1];transport=tcp"),
        ({"pbxHost": "a.example", "outboundProxy": "b.example:5070", "pbxTransport": "wss"},
         "sip:b.example:5070;transport=ws"),
        ({"outboundProxy": "2001:db8::1"}, "sip:[2001:db8::1]"),
    ],
)  # fmt: skip
def test_proxy_is_the_one_that_is_named_or_else_the_pbx(data: dict[str, object], uri: str) -> None:
    assert proxy_uri(params(**data)) == uri


@pytest.mark.parametrize(
    ("data", "port", "domain"),
    [
        ({"pbxTransport": "UDP"}, 5060, "192.0.2.1"),
        ({"pbxTransport": "TLS"}, 5061, "192.0.2.1"),
        ({"pbxTransport": "WS"}, 80, "192.0.2.1"),
        ({"pbxTransport": "WSS"}, 443, "192.0.2.1"),
        ({"pbxTransport": "TLS", "pbxPort": 5061}, 5061, "192.0.2.1"),
        ({"pbxTransport": "TLS", "pbxPort": 5060}, 5060, "192.0.2.1:5060"),
        ({"pbxTransport": "WSS", "pbxPort": 8443}, 8443, "192.0.2.1:8443"),
    ],
)
def test_pbx_without_a_port_has_that_of_its_transport(data: dict[str, object], port: int, domain: str) -> None:
    own = params(pbxHost="192.0.2.1", **data)
    local = Address("127.0.0.1", 5060)
    settings = AgentSettings(user="1001", transport=own.pbx_transport, proxy=proxy_uri(own), domain=own.pbx_address)
    way = Ways(settings, Paths(local, MemoryResolver(), lambda below: 0)).to(f"sip:{own.pbx_address}")
    assert own.pbx_address == domain
    assert (way.flow.transport, way.flow.remote.port, way.routes) == (own.pbx_transport, port, ())


@pytest.mark.parametrize("proxy", ["a b", "sip:a", "a;lr", "a:99999", "u@a", "a?x=y"])
def test_proxy_that_is_no_host_is_a_finding(proxy: str) -> None:
    _, problems = SipInstanceParams.read({"dn": "1001", "outboundProxy": proxy})
    assert list(problems) == ["outboundProxy"]


@pytest.mark.parametrize("name", ["../outside.pem", "/etc/passwd", "link.pem", "a\\b.pem", ".", "x\0.pem"])
def test_file_outside_of_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "inside"
    folder.mkdir()
    (tmp_path / "outside.pem").touch()
    (folder / "link.pem").symlink_to(tmp_path / "outside.pem")
    settings = params(tlsCaFile="x").model_copy(update={"tls_ca_file": name})
    with pytest.raises(TlsUnusable, match=r"outside|backslash"):
        stream_settings(settings, (folder,))


def test_file_within_the_folder_is_found(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    settings = stream_settings(
        params(tlsCertificate="sub/own.pem", tlsVerify="false", keepAliveSeconds=20), (tmp_path,)
    )
    assert settings.tls.certificate == tmp_path / "sub" / "own.pem"
    assert (settings.tls.verify, settings.keep_alive_s, settings.websocket_path) == (False, 20, "/ws")


def test_instance_whose_certificates_can_not_be_found_does_not_start() -> None:
    with pytest.raises(InstanceStartFailed, match="no folder for certificates"):
        completed(lane("a", "1001", step("TIMEOUT"), tlsCertificate="own.pem"))


def test_calls_of_an_instance_with_a_proxy_go_there_and_keep_their_target() -> None:
    document = lane("a", "1001", step("MakeCall", targetUri="sip:bob@elsewhere.example"), outboundProxy="127.0.0.1:9")
    stage, end = failed(document)
    assert "refused" in end.error
    (invite, *_) = stage.events.of(SipMessageSeen)
    assert invite.remote_address == "127.0.0.1:9"
    assert "INVITE sip:bob@elsewhere.example SIP/2.0" in invite.raw
    assert "Route: <sip:127.0.0.1:9;lr>" in invite.raw
