from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server.api import Api, open_api
from tests.server.live import Live, serve_live


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Api]:
    """The application over an empty data folder."""
    with open_api(tmp_path / "data") as opened:
        yield opened


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    """A server on a socket, over an empty data folder."""
    with serve_live(tmp_path / "data") as served:
        yield served
