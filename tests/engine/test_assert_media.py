"""Verdicts about the media of a call."""

from __future__ import annotations

from typing import Any

import pytest

from sipflow.base.events import MediaChanged
from sipflow.testing import MemoryMediaPorts, Weather
from tests.documents import Json
from tests.engine.stage import completed, failed, lane, scenario, step

TAKES, ANSWERS, WAITS = step("INCOMING"), step("Answer"), step("DISCONNECTED", timeout=60_000)


def judged(*checks: Any, talks_ms: int = 6_000, b_idle: str = "silence") -> Json:
    talks = step("TIMEOUT", timeout=talks_ms)
    return scenario(
        lane("a", "1001", step("MakeCall", targetUri="1002"), talks, *checks, step("Release"), idleAudio="silence"),
        lane("b", "1002", TAKES, ANSWERS, WAITS, idleAudio=b_idle),
    )


def lossy(loss: float = 0.05, jitter_s: float = 0.03) -> MemoryMediaPorts:
    return MemoryMediaPorts(weather=Weather(7, 0.0, jitter_s, loss=loss))


GOOD: Json = {"minMos": "4.3", "maxLossPercent": 0, "maxJitterMs": 1, "minPackets": 250, "codec": "pcmu"}


def test_media_that_is_good_enough_passes_in_both_directions() -> None:
    completed(judged(step("AssertMedia", direction="both", **GOOD)))


@pytest.mark.conformance(127)
@pytest.mark.parametrize("settings", [{}, {"minMos": 1.0}, {"maxLossPercent": 100}, {"direction": "both"}])
def test_call_without_any_media_fails_whatever_is_asked(settings: Any) -> None:
    _, end = failed(judged(step("AssertMedia", **settings), b_idle="none"))
    assert "media received with at least 1 packets" in end.error
    assert "got 0 packets" in end.error
    assert "by 0 packets received over 0.0 s" in end.error


@pytest.mark.parametrize(
    ("settings", "expected", "got"),
    [
        ({"minMos": 4.3}, "MOS of at least 4.3", "got MOS "),
        ({"maxLossPercent": "1.5"}, "loss of at most 1.5 %", "got loss "),
        ({"maxJitterMs": 2}, "jitter of at most 2 ms", "got jitter "),
        ({"minPackets": 1000}, "at least 1000 packets", "got 2"),
        ({"codec": "PCMA"}, "codec PCMA", "got codec PCMU"),
    ],
)
def test_media_that_is_not_good_enough_is_told_with_what_the_verdict_rests_on(
    settings: Any, expected: str, got: str
) -> None:
    stage, end = failed(judged(step("AssertMedia", **settings)), ports=lossy())
    assert f"expected media received with {expected}, " in end.error
    assert got in end.error
    assert "packets received over 5.9" in end.error or "packets received over 6.0" in end.error
    figures = next(one.figures for one in stage.events.of(MediaChanged) if one.figures and one.instance_id == "a")
    assert figures["lost"]


def test_what_is_sent_is_judged_by_the_report_of_the_other_side() -> None:
    _, end = failed(judged(step("AssertMedia", direction="sent", maxLossPercent=0.5)), ports=lossy())
    assert "expected media sent with loss of at most 0.5 %" in end.error
    assert "RTCP report 1 of the other side on 3" in end.error


def test_nothing_reported_is_not_nothing_lost() -> None:
    _, end = failed(judged(step("AssertMedia", direction="sent", maxLossPercent=100), talks_ms=500))
    assert "got no known loss, by 2" in end.error
    assert "packets sent, of which the other side has reported nothing" in end.error


def test_ended_call_is_judged_by_all_of_it() -> None:
    document = scenario(
        lane("a", "1001", step("MakeCall", targetUri="1002"), step("TIMEOUT", timeout=2000), step("Release"),
             step("AssertMedia", minPackets=90), idleAudio="silence"),
        lane("b", "1002", TAKES, ANSWERS, WAITS, idleAudio="silence"),
    )  # fmt: skip
    completed(document)
    document["nodes"][4]["data"]["minPackets"] = 200
    assert "got 10" in failed(document)[1].error or "got 9" in failed(document)[1].error
