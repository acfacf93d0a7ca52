import logging
import threading

import pytest

from sipflow.base.events import RunEvent, ScenarioCompleted, ScenarioStarted
from sipflow.report import Background, Readers
from tests.report.builders import Story


class Listener:
    """Keeps what it is told; fails with `error` where one is given."""

    def __init__(self, error: Exception | None = None) -> None:
        self.events: list[RunEvent] = []
        self.ticked = threading.Event()
        self.is_closed = False
        self._error = error

    def emit(self, event: RunEvent) -> None:
        if self._error:
            raise self._error
        self.events.append(event)

    def tick(self) -> None:
        self.ticked.set()

    def close(self) -> None:
        self.is_closed = True


class Stuck(Listener):
    """Stands still until it is released."""

    def __init__(self) -> None:
        super().__init__()
        self.release = threading.Event()

    def emit(self, event: RunEvent) -> None:
        self.release.wait(10)
        super().emit(event)


def test_background_delivers_everything_in_order_before_it_closes() -> None:
    listener, story = Listener(), Story()
    background = Background(listener)

    for _ in range(1000):
        background.emit(story.event(ScenarioCompleted))
    background.close()

    assert [event.seq for event in listener.events] == list(range(1, 1001))
    assert listener.is_closed


def test_background_never_waits_for_a_reader_that_stands_still() -> None:
    listener, story = Stuck(), Story()
    background = Background(listener)
    for _ in range(5):
        background.emit(story.event(ScenarioCompleted))

    assert listener.events == []
    listener.release.set()
    background.close()
    assert len(listener.events) == 5


def test_background_drops_what_waits_too_long_but_not_the_end(caplog: pytest.LogCaptureFixture) -> None:
    listener, story = Stuck(), Story()
    background = Background(listener, max_waiting=3)
    for _ in range(99):
        background.emit(story.event(ScenarioStarted, scenario_id="x"))
    background.emit(story.event(ScenarioCompleted))

    listener.release.set()
    background.close()
    *first, last = [event.seq for event in listener.events]
    assert first[:3] == [1, 2, 3]
    assert len(first) <= 4
    assert last == 100
    assert [record.getMessage() for record in caplog.records] == [
        f"{99 - len(first)} events were dropped: their reader is too slow"
    ]


def test_background_ticks_while_nothing_comes() -> None:
    listener = Listener()
    background = Background(listener)

    assert listener.ticked.wait(5)
    background.close()


def test_reader_that_fails_is_left_out(caplog: pytest.LogCaptureFixture) -> None:
    broken, whole = Listener(ValueError("no")), Listener()
    readers = Readers([broken, whole])

    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            readers.emit(Story().event(ScenarioCompleted))
    readers.tick()
    readers.close()

    assert len(whole.events) == 2
    assert whole.is_closed
    assert not broken.is_closed
    assert len(caplog.records) == 1


def test_reader_whose_pipe_is_gone_leaves_without_a_word(caplog: pytest.LogCaptureFixture) -> None:
    readers = Readers([Listener(BrokenPipeError())])

    with caplog.at_level(logging.DEBUG):
        readers.emit(Story().event(ScenarioCompleted))

    assert caplog.records == []
