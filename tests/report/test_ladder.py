import io
import itertools
import re
from typing import Any

import pytest
from rich.console import Console

from sipflow.base.events import (
    ActionLogged,
    Level,
    NodeState,
    NodeStateChanged,
    RunEvent,
    ScenarioCompleted,
    ScenarioFailed,
    ScenarioStarted,
)
from sipflow.base.sayings import Saying
from sipflow.report.ladder import MAX_LIVE, LiveLadder
from tests.report.builders import ADDRESSES, ALICE, BOB, NAMES, Story

ESCAPE = re.compile(r"\x1b\[([0-9;?]*)([A-Za-z])")


def screen(text: str) -> list[str]:
    """What a terminal shows in the end, scrollback included: it knows \\r, \\n, cursor up and erase line."""
    lines, row, column, at = [""], 0, 0, 0
    while at < len(text):
        if escape := ESCAPE.match(text, at):
            count, command = escape.groups()
            if command == "A":
                row -= int(count or 1)
            elif command == "K":
                lines[row] = ""
            at = escape.end()
            continue
        if text[at] == "\n":
            row, column = row + 1, 0
            lines += [""] * (row + 1 - len(lines))
        elif text[at] == "\r":
            column = 0
        else:
            lines[row] = lines[row][:column].ljust(column) + text[at] + lines[row][column + 1 :]
            column += 1
        at += 1
    return lines


def draw(
    events: list[RunEvent],
    *,
    width: int = 80,
    is_terminal: bool = False,
    is_verbose: bool = False,
    pause_s: float = 0,
) -> str:
    """Feed the events to a ladder, with a pause before each, and return what its console got."""
    stream = io.StringIO()
    console = Console(
        file=stream,
        width=width,
        force_terminal=is_terminal,
        color_system="standard" if is_terminal else None,
        legacy_windows=False,
    )
    ladder = LiveLadder(console, NAMES, is_verbose=is_verbose, now=itertools.count(0, pause_s or 1e-6).__next__)
    for event in events:
        ladder.emit(event)
    ladder.close()
    return stream.getvalue()


def arrows(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines() if "│" in line]


def test_ladder_draws_one_arrow_per_message_under_named_lanes() -> None:
    story = Story()

    text = draw(
        [
            story.event(ScenarioStarted, scenario_id="x"),
            *story.passed("a", "b", "INVITE"),
            *story.passed("b", "a", "200 OK"),
        ]
    )

    lines = text.splitlines()
    assert lines[1].split() == ["alice", "bob"]
    assert lines[2].split() == [ALICE, BOB]
    assert len(arrows(text)) == 2
    assert "INVITE" in lines[3]
    assert "▶" in lines[3]
    assert "200 OK" in lines[4]
    assert "◀" in lines[4]


def test_ladder_folds_retransmissions() -> None:
    story = Story()

    text = draw(
        [
            story.sent("a", BOB, "INVITE"),
            story.sent("a", BOB, "INVITE", at=500),
            story.received("b", ALICE, "INVITE", at=501),
        ]
    )

    assert len(arrows(text)) == 1
    assert "INVITE ×2" in text


def test_ladder_draws_a_late_retransmission_as_an_arrow_of_its_own() -> None:
    story = Story()

    text = draw(
        [*story.passed("b", "a", "200 OK"), *story.passed("a", "b", "BYE"), *story.passed("b", "a", "200 OK", at=700)]
    )

    assert [line for line in arrows(text) if "200 OK" in line][1].startswith("0.700 ")
    assert "200 OK ×2" in text


def test_ladder_waits_a_little_for_the_far_end_of_an_arrow() -> None:
    story = Story()
    first, second = story.passed("a", "b", "INVITE")

    text = draw([first, story.sent("a", "192.0.2.1:5060", "OPTIONS"), second])

    assert next(line.split() for line in text.splitlines() if "alice" in line) == ["alice", "bob"]


def test_ladder_folds_retransmissions_however_late_while_nothing_else_comes() -> None:
    story = Story()

    text = draw([story.sent("a", BOB, "INVITE", at=500 * count) for count in range(7)], pause_s=10)

    assert len(arrows(text)) == 1
    assert "INVITE ×7" in text


def test_ladder_keeps_only_so_many_arrows_live() -> None:
    stream, story = io.StringIO(), Story()
    ladder = LiveLadder(Console(file=stream, width=80), NAMES, now=lambda: 0.0)

    for number in range(100):
        ladder.emit(story.sent("a", BOB, "OPTIONS", raw=str(number)))
    settled = len(arrows(stream.getvalue()))
    ladder.close()

    assert 100 - settled <= MAX_LIVE
    assert len(arrows(stream.getvalue())) == 100


def test_ladder_gives_a_stranger_a_lane_of_its_own() -> None:
    story = Story()

    text = draw([story.received("b", "192.0.2.1:5060", "INVITE")])

    assert text.splitlines()[0].split() == ["alice", "bob", "192.0.2.1:5060"]


def test_ladder_knows_where_instances_listen_before_they_say_anything() -> None:
    story = Story()
    listens = [
        story.event(
            ActionLogged, instance_id=lane, message="", said={"message": Saying.of("listens", address=at).to_json(str)}
        )
        for lane, at in ADDRESSES.items()
    ]

    text = draw([*listens, story.sent("a", BOB, "INVITE")])

    assert [line.split() for line in text.splitlines()[-3:-1]] == [["alice", "bob"], [ALICE, BOB]]
    assert len(arrows(text)) == 1


def test_ladder_takes_back_the_lane_of_an_address_that_proves_to_be_an_instance() -> None:
    story = Story()
    first, second = story.passed("a", "b", "INVITE")

    text = draw(
        [first, story.sent("a", "192.0.2.1:5060", "OPTIONS"), second, *story.passed("b", "a", "200 OK")], pause_s=1
    )

    headers = [line.split() for line in text.splitlines() if "alice" in line]
    assert headers[0] == ["alice", "bob", BOB]
    assert headers[-1] == ["alice", "bob", "192.0.2.1:5060"]


def test_ladder_tells_failed_nodes_warnings_and_the_end() -> None:
    story = Story()
    states: dict[str, Any] = {"previous_state": NodeState.RUNNING, "new_state": NodeState.FAILED}

    text = draw(
        [
            story.event(ScenarioStarted, scenario_id="x"),
            story.event(ActionLogged, message="chatter"),
            story.event(ActionLogged, message="odd", level=Level.WARNING, instance_id="a"),
            story.event(NodeStateChanged, node_id="n1", instance_id="a", error="expected 200, got 486", **states),
            story.event(NodeStateChanged, node_id="n2", instance_id="b", error="stopped", **states),
            story.event(ScenarioFailed, node_id="n1", instance_id="a", error="expected 200, got 486"),
        ]
    )

    told = [line[10:] for line in text.splitlines()]
    assert told == ["x started", "alice: odd", "alice: MakeCall (n1) failed: expected 200, got 486", "failed"]


@pytest.mark.parametrize("width", [80, 120])
def test_ladder_breaks_long_lines_between_words_and_beside_the_times(width: int) -> None:
    said = " ".join(f"word-{number}" for number in range(60))

    text = draw([Story().event(ActionLogged, message=said, level=Level.WARNING)], width=width)

    first, *more = text.splitlines()
    assert more
    assert all(len(line) < width and line.startswith(" " * 10) for line in more)
    assert " ".join(line[10:].strip() for line in (first, *more)) == said


def test_ladder_shows_messages_and_states_when_verbose() -> None:
    story = Story()

    text = draw(
        [
            *story.passed("a", "b", "INVITE"),
            story.event(NodeStateChanged, node_id="n1", previous_state=NodeState.PENDING, new_state=NodeState.RUNNING),
        ],
        is_verbose=True,
    )

    assert "| INVITE SIP/2.0" in text
    assert "MakeCall (n1) running" in text


def test_ladder_on_a_terminal_leaves_what_it_leaves_in_a_file() -> None:
    story = Story()
    running: dict[str, Any] = {"previous_state": NodeState.PENDING, "new_state": NodeState.RUNNING}
    events = [
        story.event(ScenarioStarted, scenario_id="x"),
        story.event(NodeStateChanged, node_id="n1", instance_id="a", **running),
        *story.passed("a", "b", "INVITE"),
        story.sent("a", BOB, "INVITE"),
        *story.passed("b", "a", "200 OK"),
        story.received("b", "192.0.2.1:5060", "OPTIONS"),
        story.event(ScenarioCompleted),
    ]

    text = draw(events, is_terminal=True)

    assert "alice: MakeCall\x1b" in text
    assert [line.rstrip() for line in screen(text) if line] == draw(events).splitlines()
    assert text.count("\x1b[?25l") == text.count("\x1b[?25h") == 1


def test_ladder_never_passes_on_control_characters() -> None:
    story = Story()

    text = draw([story.received("b", "192.0.2.1:5060", "486 \x1b[2J\x07evil\u202e", note="\x9b31m")])

    assert not {"\x1b", "\x07", "\u202e", "\x9b"} & set(text)
    assert "\\x1b[2J" in text
