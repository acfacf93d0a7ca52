from sipflow.engine.sights import MAX_REMEMBERED, Sights


def test_message_seen_again_has_the_number_of_its_first_sight() -> None:
    sights = Sights()

    assert [sights.first_seq(b"INVITE", 3), sights.first_seq(b"180", 4), sights.first_seq(b"INVITE", 5)] == [3, 4, 3]


def test_sights_forget_the_oldest_messages() -> None:
    sights = Sights()
    sights.first_seq(b"INVITE", 1)
    for number in range(MAX_REMEMBERED):
        sights.first_seq(str(number).encode(), number + 2)

    assert sights.first_seq(b"INVITE", 9_999) == 9_999
