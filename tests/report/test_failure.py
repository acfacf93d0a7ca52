import pytest

from sipflow.base.call_events import Cause, Disconnected
from sipflow.base.events import (
    NodeState,
    NodeStateChanged,
    RunEvent,
    ScenarioCompleted,
    ScenarioFailed,
    ScenarioStarted,
)
from sipflow.base.sayings import Saying, Told
from sipflow.report import FailureReport
from sipflow.report.failure import MAX_SHOWN, hint
from tests.report.builders import BOB, NAMES, Story


def told(events: list[RunEvent], width: int | None = None) -> list[str]:
    report = FailureReport(NAMES)
    for event in events:
        report.emit(event)
    return report.lines(width)


def test_sentences_are_cut_between_words_where_the_terminal_ends() -> None:
    error = "expected an answered call, got nothing within 10 s on sip:somebody-with-a-long-name@example.test"
    lines = told([Story().event(ScenarioFailed, node_id="n1", instance_id="a", error=error)], width=40)

    assert lines[1:5] == [
        "  expected an answered call, got nothing",
        "    within 10 s on",
        "    sip:somebody-with-a-long-name@example.test",
        "  no message was sent or received of alice",
    ]


@pytest.mark.conformance(127)
def test_failure_names_node_error_and_the_messages_it_rests_on() -> None:
    story = Story()
    error = "expected 2xx, got 486 Busy Here on call call-1"

    lines = told(
        [
            story.event(ScenarioStarted, scenario_id="x"),
            *story.passed("a", "b", "INVITE", at=10),
            *story.passed("b", "a", "486 Busy Here", at=30),
            story.sent("a", BOB, "OPTIONS", call_id="call-2"),
            story.event(
                NodeStateChanged,
                node_id="n1",
                instance_id="a",
                call_id="call-1",
                previous_state=NodeState.RUNNING,
                new_state=NodeState.FAILED,
                error=error,
            ),
            story.event(ScenarioFailed, node_id="n1", instance_id="a", error=error),
        ]
    )

    assert lines == [
        "failed at MakeCall (n1) of alice",
        "  expected 2xx, got 486 Busy Here on call call-1",
        "  last messages of alice call-1:",
        "    #2      0.010 -> UDP 127.0.0.1:5062  INVITE",
        "    #5      0.030 <- UDP 127.0.0.1:5062  486 Busy Here",
        "  #5 in full:",
        "    | 486 Busy Here SIP/2.0",
        "    | CSeq: 1",
        "  try: the called party is busy: a failure branch can take this as an expected end",
    ]


def test_failure_without_a_message_says_so() -> None:
    story = Story()

    lines = told(
        [
            story.event(
                ScenarioFailed,
                node_id="n2",
                instance_id="b",
                error="expected an incoming call, got nothing within 10 s",
            )
        ]
    )

    assert lines[0] == "failed at Answer (n2) of bob"
    assert "  no message was sent or received of bob" in lines


def test_failure_of_the_run_tells_what_still_ran_and_the_last_messages_of_all() -> None:
    story = Story()

    lines = told(
        [
            story.event(ScenarioStarted, scenario_id="x"),
            *story.passed("a", "b", "INVITE", at=10),
            story.sent("a", BOB, "OPTIONS", at=20),
            story.event(
                NodeStateChanged,
                node_id="n1",
                instance_id="a",
                previous_state=NodeState.RUNNING,
                new_state=NodeState.FAILED,
                error="stopped",
            ),
            story.sent("a", BOB, "CANCEL", at=30),
            story.event(ScenarioFailed, error="expected the run to end within 3 s"),
        ]
    )

    assert lines[:7] == [
        "failed",
        "  expected the run to end within 3 s",
        "  still running: alice: MakeCall (n1)",
        "  last messages:",
        "    #2      0.010 alice -> UDP 127.0.0.1:5062  INVITE",
        "    #3      0.010 bob <- UDP 127.0.0.1:5060  INVITE",
        "    #4      0.020 alice -> UDP 127.0.0.1:5062  OPTIONS",
    ]
    assert not any("CANCEL" in line for line in lines)


def test_failure_of_an_instance_names_it_once() -> None:
    assert (
        told([Story().event(ScenarioFailed, instance_id="a", error="registration refused")])[0] == "failed at alice (a)"
    )


def test_failure_shows_only_the_last_messages() -> None:
    story = Story()
    messages = [story.sent("a", BOB, "OPTIONS", raw=str(number)) for number in range(100)]

    lines = told([*messages, story.event(ScenarioFailed, instance_id="a", error="?")])

    assert sum("->" in line for line in lines) == MAX_SHOWN


def test_run_that_did_not_fail_has_nothing_to_tell() -> None:
    assert told([Story().event(ScenarioCompleted)]) == []


@pytest.mark.parametrize(
    ("came", "words"),
    [
        ("404 Not Found", "targetUri"),
        ("407 Proxy Authentication Required", "credentials"),
        (Disconnected(0.0, b"", Cause.TRANSPORT, 0, Saying.of("os-econnrefused")).told(), "nobody listens"),
        (Disconnected(0.0, b"", Cause.TRANSPORT, 0, Saying.of("tls-unverified", reason="x")).told(), "tlsCaFile"),
        (Saying.of("within", what=Saying.of("nothing"), seconds=5), "timeout"),
        (Saying.of("no-call-of-this-id"), "callId"),
        ("something else", "-v"),
    ],
)
def test_hint_fits_what_came(came: Told, words: str) -> None:
    said = Saying.of("failed", expected="2xx", came=came)
    failed = Story().event(ScenarioFailed, instance_id="a", error=str(said), said={"error": said.to_json(str)})

    assert words in hint(failed, [])
