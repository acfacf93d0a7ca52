"""Imports and uploads that are made to fill the memory of a server do not."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests.loopback.test_up import Up, up

pytestmark = [
    pytest.mark.conformance("R5"),
    pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="needs /proc"),
]
MIB = 1024 * 1024
ALLOWED_MIB = 50
LIMIT_S = 30


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, free_port: Callable[[], int]) -> Iterator[Up]:
    with up(tmp_path_factory.mktemp("up") / "data", "--port", free_port()) as started:
        with started.client() as http:  # everything that is imported when it is first needed
            project = http.get("/api/projects").json()[0]["id"]
            http.post(f"/api/projects/{project}/import", json={"fileName": "a", "text": '{"x": 1}'}).raise_for_status()
            http.post("/api/audio", files={"file": ("a.wav", wav(1_600, 1_600))}).raise_for_status()
        yield started


def peak_mib(server: Up, work: Callable[[], object]) -> float:
    """How far the server's memory grows, at its highest, over what it was."""
    process = Path(f"/proc/{server.process.pid}")
    (process / "clear_refs").write_text("5")  # the highest point is counted from here
    before = resident(process, "VmRSS")
    work()
    return (resident(process, "VmHWM") - before) / 1024


def resident(process: Path, what: str) -> int:
    """A figure of the process's memory, in KiB."""
    found = re.search(rf"{what}:\s+(\d+) kB", (process / "status").read_text())
    assert found
    return int(found[1])


def pour(server: Up, path: str, kind: str, pieces: Iterator[bytes], *, length: int | None) -> int:
    """Send a body piece by piece, for as long as the server takes it; returns the status of its answer."""
    framing = f"Content-Length: {length}" if length is not None else "Transfer-Encoding: chunked"
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {server.token}\r\n"
        f"Content-Type: {kind}\r\n{framing}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", server.port), LIMIT_S) as client:
        client.settimeout(1)
        with contextlib.suppress(OSError):
            client.sendall(head.encode())
            for piece in pieces:
                client.sendall(piece if length is not None else b"%x\r\n%b\r\n" % (len(piece), piece))
        client.settimeout(LIMIT_S)
        answer = b""
        with contextlib.suppress(ConnectionError):
            answer = client.recv(100)
    found = re.match(rb"HTTP/1.1 (\d+)", answer)
    return int(found[1]) if found else 0


def import_path(server: Up) -> str:
    with server.client() as http:
        return f"/api/projects/{http.get('/api/projects').json()[0]['id']}/import"


@pytest.mark.parametrize("length", [100 * MIB, None])
def test_import_of_100_mb_is_refused_unread(server: Up, length: int | None) -> None:
    path = import_path(server)
    statuses: list[int] = []

    def work() -> None:
        pieces = (b'{"fileName": "a", "text": "' + b" " * MIB for _ in range(100))
        statuses.append(pour(server, path, "application/json", pieces, length=length))

    assert peak_mib(server, work) < ALLOWED_MIB
    assert statuses in ([413], [0])  # 0: the connection was closed before the answer could be read


@pytest.mark.parametrize("text", ["[" * 10_000, '{"a":' * 10_000, "[" * 2_000_000, '{"n":' + "9" * 4_000_000 + "}"])
def test_import_that_is_deep_or_a_huge_number_takes_little(server: Up, text: str) -> None:
    path = import_path(server)
    body = json.dumps({"fileName": "a", "text": text}).encode()
    statuses: list[int] = []

    def work() -> None:
        with server.client() as http:
            headers = {"Content-Type": "application/json"}
            statuses.append(http.post(path, content=body, headers=headers).status_code)
            statuses.append(http.post(path, content=text.encode(), headers=headers).status_code)

    assert peak_mib(server, work) < ALLOWED_MIB
    assert statuses == [422, 422]


def test_import_of_very_many_values_takes_little(server: Up) -> None:
    path = import_path(server)
    body = json.dumps({"fileName": "a", "text": '{"n":[' + "[]," * 1_700_000 + "1]}"}).encode()
    statuses: list[int] = []

    def work() -> None:
        with server.client() as http:
            statuses.append(http.post(path, content=body, headers={"Content-Type": "application/json"}).status_code)

    assert peak_mib(server, work) < ALLOWED_MIB
    assert statuses == [422]


def test_upload_of_500_mb_takes_little(server: Up) -> None:
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n' + wav(2**31, 0)
    statuses: list[int] = []

    def work() -> None:
        def pieces() -> Iterator[bytes]:
            yield head
            for _ in range(500):
                yield bytes(MIB)

        statuses.append(pour(server, "/api/audio", "multipart/form-data; boundary=x", pieces(), length=None))

    assert peak_mib(server, work) < ALLOWED_MIB
    assert statuses in ([413], [0])


def test_form_of_many_parts_takes_little(server: Up) -> None:
    parts = b"".join(b'--x\r\nContent-Disposition: form-data; name="%d"\r\n\r\ny\r\n' % n for n in range(100_000))

    def work() -> None:
        headers = {"Content-Type": "multipart/form-data; boundary=x", "Authorization": f"Bearer {server.token}"}
        address = f"http://127.0.0.1:{server.port}/api/audio"
        with contextlib.suppress(httpx.TransportError):
            assert httpx.post(address, content=parts + b"--x--", headers=headers, timeout=LIMIT_S).status_code == 422

    assert peak_mib(server, work) < ALLOWED_MIB


@pytest.mark.parametrize("claimed", [0, 2**31 - 1, 2**32 - 1])
def test_wav_whose_head_lies_takes_what_is_there(server: Up, claimed: int) -> None:
    def work() -> None:
        with server.client() as http:
            answer = http.post("/api/audio", files={"file": ("a.wav", wav(claimed, 1_600))})
            assert answer.status_code in (201, 422)

    assert peak_mib(server, work) < ALLOWED_MIB


def wav(claimed: int, actual: int) -> bytes:
    """A WAV file that claims a length."""
    head = b"WAVEfmt " + struct.pack("<IHHIIHH", 16, 1, 1, 8_000, 16_000, 2, 16) + b"data"
    return b"RIFF" + struct.pack("<I", claimed) + head + struct.pack("<I", claimed) + bytes(actual)
