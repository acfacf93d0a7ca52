"""Whether a SIP peer answers yet."""

from __future__ import annotations

import socket
import time

from tests.interop.child import Child

ATTEMPT_S = 0.1


def wait_until_it_answers(child: Child, port: int, limit_s: float = 30.0) -> None:
    """Send OPTIONS over UDP until an answer comes. Raises TimeoutError with what the peer said meanwhile."""
    deadline = time.monotonic() + limit_s
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ours:
        ours.bind(("127.0.0.1", 0))
        ours.settimeout(ATTEMPT_S)
        ours.connect(("127.0.0.1", port))
        here = "{}:{}".format(*ours.getsockname())
        for number in range(1, 1_000_000):
            began = time.monotonic()
            try:
                ours.send(_options(here, port, number))
                if ours.recv(65_535).startswith(b"SIP/2.0 "):
                    return
            except (TimeoutError, ConnectionRefusedError):
                pass
            if not child.is_running() or time.monotonic() > deadline:
                raise TimeoutError(f"{child.name} does not answer on port {port}:\n{child.story.chapter()}")
            time.sleep(max(0.0, began + ATTEMPT_S - time.monotonic()))  # a refusal comes at once


def _options(here: str, port: int, number: int) -> bytes:
    lines = (
        f"OPTIONS sip:127.0.0.1:{port} SIP/2.0",
        f"Via: SIP/2.0/UDP {here};branch=z9hG4bKready{number};rport",
        "Max-Forwards: 70",
        f"From: <sip:ready@{here}>;tag=ready{number}",
        f"To: <sip:127.0.0.1:{port}>",
        f"Call-ID: ready-{number}@{here}",
        f"CSeq: {number} OPTIONS",
        f"Contact: <sip:ready@{here}>",
        "Content-Length: 0",
    )
    return "\r\n".join((*lines, "", "")).encode()
