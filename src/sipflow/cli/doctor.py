"""`sipflow doctor`: what this machine can do, and what is missing."""

from __future__ import annotations

import asyncio
import contextlib
import platform
import resource
import shutil
import socket
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from sipflow import __version__
from sipflow.base.errors import AddressUnavailable
from sipflow.cli.exit_codes import ExitCode

GOOD_BUFFER_BYTES = 4 * 1024 * 1024
GOOD_FILES = 4_096
PEERS = ("sipp", "sipsak", "baresip", "linphonec", "kamailio", "rtpengine", "tshark")


class Verdict(StrEnum):
    """How well something stands."""

    OK = "ok"
    NOTE = "note"
    FAIL = "FAIL"


@dataclass(frozen=True, slots=True)
class Result:
    """What one look has found."""

    verdict: Verdict
    text: str


def _file_limits() -> tuple[int, int]:
    return resource.getrlimit(resource.RLIMIT_NOFILE)


@dataclass(frozen=True, slots=True)
class Machine:
    """What is looked at."""

    host: str = "127.0.0.1"
    ports: Sequence[int] = range(5060, 5079, 2)
    find_program: Callable[[str], str | None] = shutil.which
    file_limits: Callable[[], tuple[int, int]] = _file_limits
    """Soft and hard limit of open files."""


def examine(machine: Machine = Machine()) -> int:
    """Write a line for everything looked at; the code is 3 where no run could be started."""
    checks: dict[str, Callable[[Machine], Result]] = {
        "SIPFLOW": _sipflow,
        "Python": _python,
        "loopback": _loopback,
        "IPv6": _ipv6,
        "TLS": _tls,
        "DNS": _dns,
        "SIP ports": _ports,
        "ICMP errors": _icmp,
        "UDP buffers": _buffers,
        "open files": _files,
        "codecs": _codecs,
        "data folder": _data_folder,
        "peers": _peers,
    }
    worst = ExitCode.PASSED
    for name, check in checks.items():
        try:
            result = check(machine)
        except (OSError, AddressUnavailable) as error:
            result = Result(Verdict.NOTE, f"cannot be told: {error}")
        if result.verdict is Verdict.FAIL:
            worst = ExitCode.NOT_STARTED
        print(f"{result.verdict:5} {name:12} {result.text}")
    return worst


def is_free(host: str, port: int) -> bool:
    """Tell whether a port can be had for UDP and TCP; 0 asks whether any can."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with (
        contextlib.suppress(OSError),
        socket.socket(family, socket.SOCK_DGRAM) as udp,
        socket.socket(family, socket.SOCK_STREAM) as tcp,
    ):
        tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        udp.bind((host, port))
        tcp.bind((host, port))
        return True
    return False


def _sipflow(_machine: Machine) -> Result:
    return Result(Verdict.OK, f"{__version__} in {Path(__file__).resolve().parent.parent}")


def _python(_machine: Machine) -> Result:
    loop = asyncio.new_event_loop()
    try:
        kind = type(loop).__name__
    finally:
        loop.close()
    system = f"{platform.system()} {platform.release()} {platform.machine()}"
    return Result(Verdict.OK, f"{platform.python_version()} on {system}, event loop {kind}")


def _loopback(machine: Machine) -> Result:
    if is_free(machine.host, 0):
        return Result(Verdict.OK, f"{machine.host} takes UDP and TCP")
    return Result(Verdict.FAIL, f"cannot open UDP and TCP sockets on {machine.host}: nothing can run")


def _ipv6(_machine: Machine) -> Result:
    if socket.has_ipv6 and is_free("::1", 0):
        return Result(Verdict.OK, "::1 takes UDP and TCP")
    return Result(Verdict.NOTE, "no IPv6 loopback address: scenarios on ::1 cannot run")


def _tls(_machine: Machine) -> Result:
    """TLS needs OpenSSL; instances without a certificate of their own need one made for them."""
    import ssl

    from sipflow.net.certificates import TestAuthority
    from sipflow.net.tls import TlsContexts, TlsSettings

    contexts = TlsContexts(TlsSettings(), TestAuthority(), "127.0.0.1", None)
    trusted = contexts.client.cert_store_stats()["x509_ca"] - 1  # but for our own
    _ = contexts.server
    can = f"{ssl.OPENSSL_VERSION}: TLS, WS and WSS with test certificates"
    if not trusted:
        return Result(Verdict.NOTE, f"{can}; this machine trusts no authority: name a file of trusted certificates")
    return Result(Verdict.OK, f"{can}, {trusted} authorities are trusted")


def _dns(_machine: Machine) -> Result:
    """Which name servers are asked for NAPTR and SRV. Nothing is asked here."""
    from dns.exception import DNSException
    from dns.resolver import Resolver

    try:
        servers = [str(server) for server in Resolver().nameservers]
    except (DNSException, OSError) as error:
        return Result(Verdict.NOTE, f"no name server is set ({error}): names are known by the hosts file alone")
    return Result(Verdict.OK, f"NAPTR and SRV are asked of {', '.join(servers)}")


def _ports(machine: Machine) -> Result:
    taken = [str(port) for port in machine.ports if not is_free(machine.host, port)]
    if taken:
        return Result(Verdict.NOTE, f"in use on {machine.host}: {', '.join(taken)}; instances take the next free port")
    return Result(Verdict.OK, f"{machine.ports[0]} to {machine.ports[-1]} are free on {machine.host}")


class _Failures:
    """Receives nothing but the news of what could not be delivered."""

    def __init__(self) -> None:
        self.told = asyncio.Event()

    def message_received(self, data: bytes, flow: object, now: float) -> None:
        pass

    def stream_broken(self, fault: object, flow: object, now: float) -> None:
        pass

    def batch_ended(self, now: float) -> None:
        pass

    def transport_failed(self, flow: object, reason: object, now: float) -> None:  # noqa: ARG002 - the seam's shape
        self.told.set()

    def connection_closed(self, flow: object, now: float) -> None:
        pass


async def _sees_refusal(host: str) -> bool:
    from sipflow.net.network import AsyncioNetwork
    from sipflow.sip.flow import Address, Flow

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as reserved:
        reserved.bind((host, 0))
        closed = Address(host, reserved.getsockname()[1])
    failures = _Failures()
    endpoint = await AsyncioNetwork().bind(host, 0, failures)
    try:
        endpoint.send(b"\r\n\r\n", Flow("UDP", endpoint.local, closed))
        async with asyncio.timeout(0.5):
            await failures.told.wait()
    except TimeoutError:
        return False
    finally:
        await endpoint.close()
    return True


def _icmp(machine: Machine) -> Result:
    if asyncio.run(_sees_refusal(machine.host)):
        return Result(Verdict.OK, "a UDP port that nobody listens on is seen at once")
    return Result(Verdict.NOTE, "not seen: a UDP target that does not listen fails only after 32 s")


def _buffers(_machine: Machine) -> Result:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, GOOD_BUFFER_BYTES)
        given = udp.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
    if given >= GOOD_BUFFER_BYTES:
        return Result(Verdict.OK, f"{given // 1024} KiB")
    advice = f"; for load: sysctl -w net.core.rmem_max={GOOD_BUFFER_BYTES}" if sys.platform == "linux" else ""
    return Result(Verdict.NOTE, f"{given // 1024} KiB at most{advice}")


def _files(machine: Machine) -> Result:
    soft, hard = machine.file_limits()
    if soft == resource.RLIM_INFINITY or soft >= GOOD_FILES:
        return Result(Verdict.OK, "unlimited" if soft == resource.RLIM_INFINITY else str(soft))
    return Result(Verdict.NOTE, f"{soft} (up to {hard}); for many calls: ulimit -n {GOOD_FILES}")


def _codecs(_machine: Machine) -> Result:
    from sipflow.media.codecs import KINDS

    missing = {name: reason for name, kind in KINDS.items() if (reason := kind.missing())}
    can = ", ".join(name for name in KINDS if name not in missing)
    if not missing:
        return Result(Verdict.OK, can)
    return Result(Verdict.NOTE, "; ".join((can, *(f"{name}: {reason}" for name, reason in missing.items()))))


def _data_folder(_machine: Machine) -> Result:
    from platformdirs import user_data_path

    folder = user_data_path("sipflow")
    existing = next(path for path in (folder, *folder.parents) if path.is_dir())
    try:
        with tempfile.TemporaryFile(dir=existing):
            return Result(Verdict.OK, f"{folder} can be written")
    except OSError as error:
        return Result(Verdict.NOTE, f"{folder} cannot be written ({error.strerror}); only single files can be run")


def _peers(machine: Machine) -> Result:
    found = [name for name in PEERS if machine.find_program(name)]
    missing = [name for name in PEERS if name not in found]
    if not missing:
        return Result(Verdict.OK, ", ".join(found))
    return Result(Verdict.NOTE, f"{', '.join(found) or 'none'}; not installed: {', '.join(missing)}")
