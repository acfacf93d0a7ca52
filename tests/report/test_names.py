import pytest

from sipflow.report import Names
from sipflow.report.names import printable, printable_lines
from tests.report.builders import NAMES


def test_names_fall_back_to_ids() -> None:
    assert NAMES.instance("a") == "alice"
    assert NAMES.node("n1") == "MakeCall (n1)"
    assert NAMES.node("a") == "alice (a)"
    assert Names().instance("x") == "x"
    assert Names().node("x") == "x"
    assert Names().instance(None) == Names().node(None) == ""


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("통화 ok", "통화 ok"),
        ("\x1b[31m", "\\x1b[31m"),
        ("a\nb\tc", "a\\nb\\tc"),
        ("\u202e\u200b", "\\u202e\\u200b"),
        ("\udcff", "\\udcff"),
    ],
)
def test_printable_escapes_what_is_no_visible_character(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_printable_lines_splits_at_both_kinds_of_line_end() -> None:
    assert printable_lines("a\r\nb\nc\rd\r\n\r\n") == ["a", "b", "c\\rd"]
