"""The direction matrix of RFC 3264 §6.1."""

from __future__ import annotations

import pytest

from sipflow.sdp.direction import DEAF, MATCHED, Direction, stated_direction

MATRIX = {
    # what they say: what we do when we want sendrecv, sendonly, recvonly, inactive
    "sendrecv": ("sendrecv", "sendonly", "recvonly", "inactive"),
    "sendonly": ("recvonly", "inactive", "recvonly", "inactive"),
    "recvonly": ("sendonly", "sendonly", "inactive", "inactive"),
    "inactive": ("inactive", "inactive", "inactive", "inactive"),
}


@pytest.mark.conformance(108)
@pytest.mark.parametrize(
    ("theirs", "wanted", "ours"),
    [
        (Direction(theirs), wanted, Direction(ours))
        for theirs, row in MATRIX.items()
        for wanted, ours in zip(Direction, row, strict=True)
    ],
)
def test_direction_answers_what_both_can_do(theirs: Direction, wanted: Direction, ours: Direction) -> None:
    assert MATCHED[theirs, wanted] is ours


@pytest.mark.conformance(108)
def test_side_without_an_address_takes_nothing() -> None:
    assert {str(stated): str(real) for stated, real in DEAF.items()} == {
        "sendrecv": "sendonly",
        "sendonly": "sendonly",
        "recvonly": "inactive",
        "inactive": "inactive",
    }


def test_direction_is_the_first_stated() -> None:
    assert stated_direction(("rtpmap:0 PCMU/8000", "recvonly", "inactive")) is Direction.RECVONLY
    assert stated_direction(("sendonly:1",)) is None
