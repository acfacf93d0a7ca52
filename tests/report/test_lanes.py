import pytest

from sipflow.report.lanes import ASCII, Lane, Layout


def lanes(count: int) -> list[Lane]:
    return [Lane(f"i{index}", f"agent-{index}", f"127.0.0.1:{5060 + 2 * index}") for index in range(count)]


def test_arrow_points_from_source_to_target() -> None:
    layout = Layout(lanes(2), 80)

    assert layout.arrow(0.5, "i0", "i1", "INVITE").plain == (
        "   0.500                   │──────────── INVITE ────────────▶│"
    )
    assert layout.arrow(1.0, "i1", "i0", "200 OK").plain == (
        "   1.000                   │◀──────────── 200 OK ────────────│"
    )


def test_arrow_leaves_the_other_lanes_standing() -> None:
    layout = Layout(lanes(3), 80)

    assert (
        layout.arrow(0, "i0", "i1", "BYE").plain
        == "   0.000             │──────── BYE ────────▶│                      │"
    )
    assert (
        layout.arrow(0, "i1", "i2", "BYE").plain
        == "   0.000             │                      │──────── BYE ────────▶│"
    )


def test_arrow_in_ascii_has_no_other_character() -> None:
    assert Layout(lanes(2), 80, ASCII).arrow(0, "i1", "i0", "x" * 60).plain.isascii()


def test_labels_move_beside_the_lanes_where_lanes_are_narrow() -> None:
    layout = Layout(lanes(8), 80)

    assert not layout.is_inline
    assert layout.arrow(0, "i0", "i1", "180 Ringing").plain == (
        "   0.000    │───▶│    │    │    │    │    │    │  180 Ringing"
    )
    assert [line.plain.strip() for line in layout.header()][:2] == [
        "1 agent-0 127.0.0.1:5060",
        "2 agent-1 127.0.0.1:5062",
    ]


def test_arrows_become_lines_of_text_where_no_lanes_fit() -> None:
    layout = Layout(lanes(30), 80)

    assert not layout.has_lanes
    assert layout.header() == []
    assert layout.arrow(0, "i0", "i1", "INVITE").plain == (
        "   0.000  INVITE  agent-0 127.0.0.1:5060 -> agent-1 127.0.0.1:5062"
    )


def test_message_to_oneself_is_no_arrow() -> None:
    assert Layout(lanes(2), 80).arrow(0, "i1", "i1", "OPTIONS").plain.endswith("│↩ OPTIONS")


@pytest.mark.parametrize("width", [20, 40, 60, 80, 120, 200])
@pytest.mark.parametrize("count", [1, 2, 3, 5, 10, 12, 40])
@pytest.mark.parametrize("label", ["", "INVITE", "486 통화중 통화중 통화중 통화중 통화중 통화중", "x" * 300])
def test_no_line_is_wider_than_the_terminal(width: int, count: int, label: str) -> None:
    layout = Layout([*lanes(count - 1), Lane("last", "이름이 아주 긴 사용자 " * 3, "[2001:db8::1]:5060")], width)
    first = "last" if count == 1 else "i0"

    drawn = [layout.arrow(12.5, first, "last", label), layout.arrow(12.5, "last", first, label)]
    if layout.has_lanes and layout.is_inline:
        drawn += layout.header()

    assert max(line.cell_len for line in drawn) < max(width, 40)
