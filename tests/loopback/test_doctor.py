import socket
from collections.abc import Callable

import pytest

from sipflow.cli.app import run_app
from sipflow.cli.doctor import Machine, examine, is_free


def lines_by_name(out: str) -> dict[str, str]:
    return {line[6:18].strip(): line for line in out.splitlines()}


def test_doctor_says_something_of_everything(capsys: pytest.CaptureFixture[str]) -> None:
    code = run_app(["doctor"])

    lines = lines_by_name(capsys.readouterr().out)
    expected = (
        "SIPFLOW",
        "Python",
        "loopback",
        "IPv6",
        "SIP ports",
        "ICMP errors",
        "UDP buffers",
        "open files",
        "codecs",
        "peers",
    )
    assert code == 0
    assert set(expected) <= set(lines)
    assert lines["loopback"].startswith("ok")
    assert "PCMU, PCMA" in lines["codecs"]


def test_doctor_names_ports_in_use(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]

        examine(Machine(ports=[port]))

    line = lines_by_name(capsys.readouterr().out)["SIP ports"]
    assert line.startswith("note")
    assert str(port) in line


def test_doctor_finds_what_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    poor = Machine(host="192.0.2.1", find_program=lambda _name: None, file_limits=lambda: (256, 1024))

    code = examine(poor)

    lines = lines_by_name(capsys.readouterr().out)
    assert code == 3
    assert lines["loopback"].startswith("FAIL")
    assert "ulimit -n" in lines["open files"]
    assert "not installed: sipp" in lines["peers"]


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_port_is_free_until_it_is_taken(host: str, free_port: Callable[[], int]) -> None:
    if host == "::1" and not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")
    port = free_port()
    family = socket.AF_INET6 if ":" in host else socket.AF_INET

    assert is_free(host, port)
    with socket.socket(family, socket.SOCK_STREAM) as taken:
        taken.bind((host, port))
        taken.listen()
        assert not is_free(host, port)
