"""OpenSSL's client looks at the certificates we show, and tshark reads our TLS with the secrets that we log."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from sipflow.net.certificates import TestAuthority
from sipflow.net.endpoint import StreamSettings
from sipflow.net.network import AsyncioNetwork
from sipflow.net.tls import TlsSettings
from sipflow.sip.flow import Address, Flow
from sipflow.testing import ReceiverLog
from tests.interop.test_tshark import StartCapture, start_capture
from tests.interop.wire import catch_up
from tests.peers import find_peer

__all__ = ["start_capture"]

HOST = "127.0.0.1"
LIMIT_S = 20
OPTIONS = (
    b"OPTIONS sip:x@h SIP/2.0\r\nVia: SIP/2.0/TLS h;branch=z9hG4bK1\r\nCall-ID: secret\r\nContent-Length: 0\r\n\r\n"
)


async def s_client(server: Address, *options: str) -> str:
    """All that `openssl s_client` says of a server; it closes at once."""
    command = [find_peer("openssl"), "s_client", "-connect", str(server), "-showcerts", *options]
    run = asyncio.to_thread(
        subprocess.run, command, input=b"", stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=LIMIT_S
    )
    done: subprocess.CompletedProcess[bytes] = await run
    return done.stdout.decode(errors="replace")


def shown(settings: TlsSettings, look: Callable[[Address], list[str]]) -> str:
    """What OpenSSL says of an endpoint with these settings."""

    async def scene() -> str:
        endpoint = await AsyncioNetwork().bind(HOST, 0, ReceiverLog(), StreamSettings(tls=settings))
        try:
            return await s_client(endpoint.local, *look(endpoint.local))
        finally:
            await endpoint.close()

    return asyncio.run(scene())


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
def test_own_certificate_is_trusted_by_openssl_for_its_name_alone(tmp_path: Path, version: str) -> None:
    authority = TestAuthority()
    (tmp_path / "ca.pem").write_text(authority.certificate)
    (tmp_path / "own.pem").write_bytes(authority.issue("pbx.example.com"))
    trusted = ["-CAfile", str(tmp_path / "ca.pem"), "-verify_return_error", version]
    settings = TlsSettings(certificate=tmp_path / "own.pem")
    good = shown(settings, lambda _: [*trusted, "-verify_hostname", "pbx.example.com"])
    assert "Verification: OK" in good
    assert f"TLSv1.{version[-1]}" in good
    bad = shown(settings, lambda _: [*trusted, "-verify_hostname", "other.example.com"])
    assert "hostname mismatch" in bad.lower()


def test_test_certificate_is_for_the_address_that_it_is_made_for() -> None:
    said = shown(TlsSettings(), lambda _: ["-verify_ip", HOST])
    assert "subject=CN = 127.0.0.1" in said
    assert "mismatch" not in said


@pytest.mark.parametrize("version", ["-tls1", "-tls1_1"])
def test_old_versions_are_refused(version: str) -> None:
    said = shown(TlsSettings(), lambda _: [version, "-cipher", "ALL:@SECLEVEL=0"])
    assert "Cipher is (NONE)" in said or "alert protocol version" in said


def test_caller_without_certificate_is_refused_where_one_is_asked_for(tmp_path: Path) -> None:
    authority = TestAuthority()
    (tmp_path / "ca.pem").write_text(authority.certificate)
    (tmp_path / "own.pem").write_bytes(authority.issue(HOST))
    settings = TlsSettings(ca_file=tmp_path / "ca.pem", certificate=tmp_path / "own.pem", require_client=True)
    without = shown(settings, lambda _: ["-tls1_2"])
    assert "handshake failure" in without or "certificate required" in without
    own = str(tmp_path / "own.pem")
    assert "handshake failure" not in shown(settings, lambda _: ["-tls1_2", "-cert", own, "-key", own])


@pytest.mark.parametrize("transport", ["TLS", "WSS"])
def test_tshark_reads_our_tls_with_the_key_log(
    tmp_path: Path, start_capture: StartCapture, free_port: Callable[[], int], transport: str
) -> None:
    async def scene() -> Address:
        network, far = AsyncioNetwork(key_log=tmp_path / "keys"), ReceiverLog()
        server = await network.bind(HOST, 0, far)
        client = await network.bind(HOST, 0, ReceiverLog())
        path, last = tmp_path / "tls.pcapng", free_port()
        heard = f"tcp port {server.local.port} or udp port {last}"
        capture = await asyncio.to_thread(start_capture, path, heard, 1000)
        client.send(OPTIONS, Flow(transport, client.local, server.local))
        await far.messages(1, LIMIT_S)
        await client.close()
        await server.close()
        await asyncio.to_thread(catch_up, path, last)
        capture.terminate()
        await asyncio.to_thread(capture.wait, LIMIT_S)
        return server.local

    server = asyncio.run(scene())
    keys = ["-o", f"tls.keylog_file:{tmp_path / 'keys'}"]
    inside = "sip" if transport == "TLS" else "http"
    command = [find_peer("tshark"), "-n", "-r", str(tmp_path / "tls.pcapng"), "-d", f"tls.port=={server.port},{inside}"]
    fields = ["-Y", "sip", "-T", "fields", "-e", "sip.Method", "-e", "sip.Call-ID"]
    with_keys, without = (
        subprocess.run(
            [*command, *more, *fields], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=LIMIT_S, text=True
        )
        for more in (keys, [])
    )
    assert with_keys.stdout.split() == ["OPTIONS", "secret"]
    assert without.stdout == ""
