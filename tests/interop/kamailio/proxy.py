"""Kamailio as a registrar with digest, and as a proxy with 407 and Record-Route."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

from tests.interop.child import Child
from tests.interop.readiness import wait_until_it_answers
from tests.peers import find_peer

HERE = Path(__file__).parent
HOST = "127.0.0.1"
"""Its address, its domain and its realm."""


class Kamailio:
    """A Kamailio whose users are alice, bob and carol; a password is the name with `pw` behind it."""

    def __init__(
        self,
        folder: Path,
        free_port: Callable[[], int],
        *,
        algorithm: str = "MD5",
        nonce_expire_s: int = 30,
        rtpengine_port: int = 0,
    ) -> None:
        """With the port of an rtpengine, all media goes through that."""
        self.port = free_port()
        """Of UDP, TCP and WS."""
        self.tls_port = free_port()
        """Of TLS and WSS."""
        self.certificate = folder / "kamailio.pem"
        """What its clients must trust: it has signed itself."""
        command = find_peer("kamailio", "/usr/sbin")
        make_certificate(self.certificate, folder / "kamailio.key")
        values = {
            "SIP_PORT": self.port,
            "TLS_PORT": self.tls_port,
            "FOLDER": folder,
            "ALGORITHM": algorithm,
            "NONCE_EXPIRE_S": nonce_expire_s,
            "RTPENGINE_PORT": rtpengine_port,
        }
        text = (HERE / "kamailio.cfg").read_text()
        for name, value in values.items():
            text = text.replace(f"@{name}@", str(value))
        path = folder / "kamailio.cfg"
        path.write_text(text)
        options = ("-DD", "-E", "-m", "32", "-M", "4", *(("-A", "RTPENGINE") if rtpengine_port else ()))
        self.child = Child("kamailio", [command, "-f", str(path), *options, "-Y", str(folder)], folder)
        self.story = self.child.story
        try:
            wait_until_it_answers(self.child, self.port)
        except BaseException:
            self.child.end()
            raise

    def port_of(self, transport: str) -> int:
        return self.tls_port if transport in ("TLS", "WSS") else self.port

    def until(self, pattern: str) -> re.Match[str]:
        """Wait until it logs this. Raises TimeoutError."""
        return self.story.until(pattern)

    def log(self) -> str:
        return self.story.chapter()

    def rest(self) -> None:
        self.story.forget()

    def end(self) -> None:
        self.child.end()


def make_certificate(path: Path, key: Path) -> None:
    """Let OpenSSL make a certificate for this machine that has signed itself."""
    subprocess.run(
        [
            *(find_peer("openssl"), "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"),
            *("-nodes", "-days", "2", "-subj", f"/CN={HOST}", "-addext", f"subjectAltName=IP:{HOST},DNS:localhost"),
            *("-keyout", str(key), "-out", str(path)),
        ],
        check=True,
        capture_output=True,
        timeout=10,
    )
