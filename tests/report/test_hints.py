import re

from sipflow.base.sayings import load_texts
from sipflow.report.hints import load_hints


def test_every_hint_says_when_it_fits_and_what_to_try_in_both_languages() -> None:
    for hint in load_hints():
        assert bool(hint.statuses) != bool(hint.codes)
        assert set(hint.texts) == {"en", "ko"}
        assert all(hint.texts.values())


def test_codes_of_hints_have_a_text() -> None:
    assert {code for hint in load_hints() for code in hint.codes} <= set(load_texts())


def test_no_response_has_two_hints() -> None:
    statuses = [status for hint in load_hints() for status in hint.statuses]

    assert len(statuses) == len(set(statuses))


def test_sections_are_written_in_one_way() -> None:
    assert all(re.fullmatch(r"(RFC \d+ §[\d.]+)?", hint.rfc) for hint in load_hints())
