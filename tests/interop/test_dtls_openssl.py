"""A DTLS handshake with `openssl s_client`: both derive the same keys of media."""

from __future__ import annotations

import re
import socket
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from sipflow.media.handshake import EXPORTER_LABEL, Handshake
from sipflow.media.identity import new_identity
from tests.peers import find_peer

LIMIT_S = 20.0


@pytest.mark.parametrize("profile", ["SRTP_AES128_CM_SHA1_80", "SRTP_AES128_CM_SHA1_32"])
def test_openssl_derives_the_same_keys(tmp_path: Path, profile: str) -> None:
    theirs, ours = new_identity(), new_identity()
    pem = tmp_path / "pair.pem"
    pem.write_bytes(
        theirs.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        + theirs.certificate.public_bytes(Encoding.PEM)
    )
    handshake = Handshake(ours, [theirs.fingerprint], is_client=False)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(LIMIT_S)
        command = [find_peer("openssl"), "s_client", "-dtls1_2", "-connect", f"127.0.0.1:{server.getsockname()[1]}",
                   "-cert", str(pem), "-key", str(pem), "-use_srtp", profile,
                   "-keymatexport", EXPORTER_LABEL.decode(), "-keymatexportlen", "60"]  # fmt: skip
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as peer:
            try:
                while not handshake.is_over:
                    data, source = server.recvfrom(2_048)
                    for datagram in handshake.receive(data):
                        server.sendto(datagram, source)
            finally:
                said = peer.communicate(timeout=LIMIT_S)[0].decode(errors="replace")

    assert handshake.error is None
    assert handshake.keys is not None
    material = re.search(r"Keying material: ([0-9A-F]{120})", said)
    assert material is not None, said
    keys = bytes.fromhex(material[1])
    assert handshake.keys.suite.name == profile.replace("SRTP_AES128_CM", "AES_CM_128_HMAC")
    assert handshake.keys.theirs.secret == keys[:16] + keys[32:46]
    assert handshake.keys.ours.secret == keys[16:32] + keys[46:]
