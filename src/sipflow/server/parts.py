"""What the server is made of. Routers are handed it as `UsedParts`; nothing is looked up elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection

from sipflow.base.clock import Clock
from sipflow.engine import Engine
from sipflow.engine.records import RunArchive
from sipflow.scenario import NodeTypes
from sipflow.scenario.repository.drafts import SqlDrafts, WorkingCopies
from sipflow.scenario.repository.sql import SqlRepository
from sipflow.server.audio import AudioLibrary
from sipflow.server.hub import EventHub
from sipflow.server.runs import RunDesk


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """How the server is to be run."""

    data_folder: Path
    """Where everything is kept: the database unless `database` names another, runs, audio files."""
    token: str = field(repr=False)
    """What a client must know."""
    host: str = "127.0.0.1"
    port: int = 8620
    allowed_hosts: tuple[str, ...] = ()
    """Further names under which browsers may address the server, such as that of a proxy before it."""
    database: str | None = field(default=None, repr=False)
    """SQLAlchemy URL of another database than the one in `data_folder`; may hold a password."""
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Where `${env:NAME}` in a password comes from."""
    static_folder: Path = Path(__file__).parent / "static"
    """The built editor."""

    @property
    def runs_folder(self) -> Path:
        return self.data_folder / "runs"

    @property
    def audio_folder(self) -> Path:
        return self.data_folder / "audio"

    @property
    def certificates_folder(self) -> Path:
        """Where the files are that instances name for TLS; whoever runs the server puts them there."""
        return self.data_folder / "certificates"


@dataclass(frozen=True, slots=True)
class Parts:
    """The objects that live as long as the server. `app.state.parts` holds them between start-up and shutdown."""

    settings: ServerSettings
    clock: Clock
    repository: SqlRepository
    """Projects, scenarios and their versions."""
    drafts: SqlDrafts
    """What has been edited and not saved."""
    working_copies: WorkingCopies
    """What a run plays: the draft of a scenario where there is one, else what was saved."""
    desk: RunDesk
    """What the engine plays from and tells its events to."""
    engine: Engine
    """Runs scenarios of `working_copies`."""
    archive: RunArchive
    """Every run there was."""
    hub: EventHub
    """Tells everybody what happens: events of runs, changes of scenarios."""
    node_types: NodeTypes
    audio: AudioLibrary


def _parts(connection: HTTPConnection) -> Parts:
    parts: Parts = connection.app.state.parts
    return parts


UsedParts = Annotated[Parts, Depends(_parts)]
"""A parameter of a route, HTTP or WebSocket, that is handed the parts."""
