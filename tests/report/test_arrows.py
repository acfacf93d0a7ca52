from sipflow.report.arrows import MAX_REMEMBERED, ArrowJoiner, Sight
from tests.report.builders import ALICE, BOB, Story


def test_arrow_joins_what_one_instance_sent_and_another_received() -> None:
    joiner, story = ArrowJoiner(), Story()
    sent, received = story.passed("a", "b", "INVITE")

    first, first_sight = joiner.add(sent)
    second, second_sight = joiner.add(received)

    assert (first_sight, second_sight) == (Sight.NEW, Sight.JOINED)
    assert second is first
    assert (first.source, first.target, first.count) == ("a", "b", 1)


def test_arrow_to_an_instance_not_seen_yet_points_at_its_address() -> None:
    arrow, _ = ArrowJoiner().add(Story().sent("a", BOB, "INVITE"))

    assert (arrow.source, arrow.target) == ("a", BOB)


def test_arrow_from_a_stranger_starts_at_its_address() -> None:
    arrow, sight = ArrowJoiner().add(Story().received("b", "192.0.2.1:5060", "INVITE"))

    assert sight is Sight.NEW
    assert (arrow.source, arrow.target) == ("192.0.2.1:5060", "b")


def test_retransmission_counts_on_the_arrow_of_its_message() -> None:
    joiner, story = ArrowJoiner(), Story()
    arrow, _ = joiner.add(story.sent("a", BOB, "INVITE"))

    again, sight = joiner.add(story.sent("a", BOB, "INVITE"))

    assert again is arrow
    assert sight is Sight.REPEATED
    assert arrow.count == 2


def test_retransmission_from_a_stranger_counts_too() -> None:
    joiner, story = ArrowJoiner(), Story()
    joiner.add(story.received("b", "192.0.2.1:5060", "INVITE"))

    arrow, sight = joiner.add(story.received("b", "192.0.2.1:5060", "INVITE"))

    assert sight is Sight.REPEATED
    assert arrow.count == 2


def test_lost_message_and_its_retransmission_are_two_on_the_wire() -> None:
    joiner, story = ArrowJoiner(), Story()
    joiner.add(story.sent("a", BOB, "INVITE"))
    joiner.add(story.sent("a", BOB, "INVITE"))

    arrow, sight = joiner.add(story.received("b", ALICE, "INVITE"))

    assert sight is Sight.JOINED
    assert (arrow.count, arrow.target) == (2, "b")


def test_stream_port_of_an_instance_is_known_once_a_message_from_it_is_joined() -> None:
    joiner, story = ArrowJoiner(), Story()
    joiner.add(story.sent("a", BOB, "INVITE"))
    joiner.add(story.received("b", "127.0.0.1:40001", "INVITE"))

    arrow, _ = joiner.add(story.sent("b", "127.0.0.1:40001", "200 OK"))

    assert (arrow.source, arrow.target) == ("b", "a")


def test_joiner_forgets_the_oldest_messages() -> None:
    joiner, story = ArrowJoiner(), Story()
    joiner.add(story.sent("a", BOB, "INVITE"))
    for number in range(MAX_REMEMBERED):
        joiner.add(story.sent("a", BOB, "OPTIONS", raw=str(number)))

    _, sight = joiner.add(story.sent("a", BOB, "INVITE"))

    assert sight is Sight.NEW
