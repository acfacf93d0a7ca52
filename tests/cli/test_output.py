import logging
import sys

import pytest

from sipflow.cli.output import set_up_logging


@pytest.mark.parametrize("is_verbose", [False, True])
def test_logged_error_shows_its_traceback_only_when_verbose(
    is_verbose: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    set_up_logging(is_verbose=is_verbose)

    try:
        raise ValueError("inner")
    except ValueError:
        logging.getLogger("asyncio").exception("Task failed\nsource_traceback: x")

    err = capsys.readouterr().err
    assert "ERROR: asyncio: Task failed" in err
    assert "inner" in err
    assert ("Traceback" in err) is is_verbose
    assert sys.stderr is not None


def test_debug_lines_of_sipflow_are_shown_when_verbose(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging(is_verbose=False)
    logging.getLogger("sipflow.x").debug("quiet")
    set_up_logging(is_verbose=True)
    logging.getLogger("sipflow.x").debug("loud")

    assert capsys.readouterr().err == "DEBUG: sipflow.x: loud\n"
