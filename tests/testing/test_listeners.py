"""The event list and the media ports of memory."""

from __future__ import annotations

import pytest

from sipflow.base.errors import AddressUnavailable
from sipflow.base.events import ActionLogged, NodeState, NodeStateChanged, ScenarioCompleted, ScenarioStarted
from sipflow.testing import EventList, MemoryMediaPorts


def filled() -> EventList:
    events = EventList()
    events.emit(ScenarioStarted(seq=1, scenario_id="s", run_id="r", timestamp=0))
    for seq, (old, new) in enumerate(
        [(NodeState.PENDING, NodeState.RUNNING), (NodeState.RUNNING, NodeState.COMPLETED)], start=2
    ):
        events.emit(NodeStateChanged(seq=seq, node_id="n", previous_state=old, new_state=new, run_id="r", timestamp=0))
    events.emit(ActionLogged(seq=4, message="Starting cleanup", run_id="r", timestamp=0))
    return events


def test_event_list_answers_by_type_name_and_node() -> None:
    events = filled()
    assert [event.seq for event in events.of(NodeStateChanged)] == [2, 3]
    assert events.states("n") == [NodeState.RUNNING, NodeState.COMPLETED]
    assert events.states("other") == []
    assert events.log_lines() == ["Starting cleanup"]
    assert events.names()[0] == "scenario:started"
    assert len(events) == len(list(events)) == 4


def test_event_list_gives_the_terminal_event_only_where_it_is_the_one_and_the_last() -> None:
    events = filled()
    with pytest.raises(AssertionError, match="one terminal event"):
        events.terminal()
    last = ScenarioCompleted(seq=5, run_id="r", timestamp=0)
    events.emit(last)
    assert events.terminal() is last
    events.emit(ScenarioCompleted(seq=6, run_id="r", timestamp=0))
    with pytest.raises(AssertionError, match="one terminal event"):
        events.terminal()


def test_media_ports_are_even_distinct_and_counted() -> None:
    ports = MemoryMediaPorts()
    first, second = ports.open("127.0.0.1"), ports.open("127.0.0.1")
    assert first.port % 2 == second.port % 2 == 0
    assert first.port != second.port
    assert ports.open_ports == 2
    first.close()
    first.close()
    assert ports.open_ports == 1


def test_media_ports_run_out_by_host() -> None:
    ports = MemoryMediaPorts(first=10, last=13)
    taken = [ports.open("a"), ports.open("a"), ports.open("b")]
    with pytest.raises(AddressUnavailable, match="up to 12"):
        ports.open("a")
    taken[1].close()
    assert ports.open("a").port == taken[1].port
