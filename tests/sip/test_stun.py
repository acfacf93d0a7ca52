"""STUN as far as keep-alives need it. The addresses are those of the test vectors of RFC 5769 §2.2 and §2.3."""

from __future__ import annotations

import pytest

from sipflow.sip.flow import Address
from sipflow.sip.stun import binding_request, read_bound

NUMBER = 0xB7E7A701BC34D686FA87DFAE
HEAD = "2112a442 b7e7a701bc34d686fa87dfae"
IPV4 = f"0101 000c {HEAD} 0020 0008 0001 a147 e112a643"
IPV6 = f"0101 0018 {HEAD} 0020 0014 0002 a147 0113a9faa5d3f179bc25f4b5bed2b9d9"
SOFTWARE = f"0101 001c {HEAD} 8022 000b 74657374 20766563 746f7220 0020 0008 0001 a147 e112a643"
ERROR = f"0111 0008 {HEAD} 0009 0004 00000401"


def test_binding_request_has_no_attributes() -> None:
    assert binding_request(NUMBER) == bytes.fromhex(f"0001 0000 {HEAD}")


@pytest.mark.parametrize(
    ("answer", "mapped"),
    [
        (IPV4, Address("192.0.2.1", 32853)),
        (SOFTWARE, Address("192.0.2.1", 32853)),
        (IPV6, Address("2001:db8:1234:5678:11:2233:4455:6677", 32853)),
        (ERROR, None),
        (f"0101 0000 {HEAD}", None),
        (f"0101 0004 {HEAD} 0020 0008", None),
        (f"0101 0008 {HEAD} 0020 0004 0003 a147", None),
    ],
)
def test_answer_says_where_we_were_seen(answer: str, mapped: Address | None) -> None:
    bound = read_bound(bytes.fromhex(answer))
    assert bound is not None
    assert (bound.number, bound.mapped) == (NUMBER, mapped)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\r\n\r\n",
        bytes.fromhex(IPV4)[:-1],
        bytes.fromhex(IPV4.replace("21", "22", 1)),
        binding_request(NUMBER),
    ],
)
def test_anything_else_is_no_answer(data: bytes) -> None:
    assert read_bound(data) is None


@pytest.mark.parametrize("answer", [IPV4, IPV6, SOFTWARE, ERROR])
def test_cut_or_changed_answer_is_met_without_an_exception(answer: str) -> None:
    data = bytes.fromhex(answer)
    for at in range(len(data)):
        read_bound(data[:at])
        read_bound(data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :])
