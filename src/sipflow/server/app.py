"""The web application: parts, routes, access and the editor, joined."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.types import ASGIApp

from sipflow import __version__
from sipflow.base.clock import Clock, SystemClock
from sipflow.base.errors import NoRunningScenario, ScenarioConflict
from sipflow.base.ids import RandomIds
from sipflow.engine import Engine
from sipflow.engine.records import RunArchive
from sipflow.media import UdpMediaPorts
from sipflow.net.endpoint import Network
from sipflow.net.network import AsyncioNetwork
from sipflow.nodes import load_node_types
from sipflow.scenario.document import MAX_BYTES
from sipflow.scenario.repository.drafts import WorkingCopies
from sipflow.scenario.repository.sql import SqlRepository
from sipflow.server import audio_api, catalogue_api, events_api, recordings_api, reports_api, runs_api, scenarios_api
from sipflow.server.access import Access, HostNames
from sipflow.server.audio import AudioLibrary
from sipflow.server.errors import JsonAnswer, TooLongAnswer, add_error_answers
from sipflow.server.hub import EventHub
from sipflow.server.levels import tell_levels
from sipflow.server.parts import Parts, ServerSettings
from sipflow.server.runs import RunDesk
from sipflow.server.schemas import ErrorBody
from sipflow.server.web import EditorMount, WebApp

FIRST_PROJECT = "My scenarios"
BODY_BYTES = MAX_BYTES + 64 * 1024
"""A document and what is around it."""


@asynccontextmanager
async def open_parts(
    settings: ServerSettings, *, network: Network | None = None, clock: Clock | None = None
) -> AsyncIterator[Parts]:
    """Build everything, and at the end stop a running scenario before the database is closed.

    Raises ScenarioError where the database can't be opened.
    """
    clock = clock or SystemClock()
    node_types = load_node_types()
    settings.data_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    repository = await SqlRepository.open(settings.database or settings.data_folder / "sipflow.db", clock=clock)
    try:
        if not await repository.list_projects():
            with suppress(ScenarioConflict):  # another server on the same database was quicker
                await repository.create_project(FIRST_PROJECT)
        working_copies = WorkingCopies(repository, repository.drafts)
        archive = RunArchive(settings.runs_folder)
        hub = EventHub()
        desk = RunDesk(working_copies, archive, hub)
        engine = Engine(
            desk,
            desk,
            node_types=node_types,
            network=network or AsyncioNetwork(),
            media_ports=UdpMediaPorts(),
            clock=clock,
            ids=RandomIds(),
            environment=settings.environment,
            certificates=settings.certificates_folder,
            audio_folders=(settings.audio_folder,),
            recordings=archive.recordings,
        )
        telling = asyncio.create_task(tell_levels(engine, hub), name="levels")
        yield Parts(
            settings=settings,
            clock=clock,
            repository=repository,
            drafts=repository.drafts,
            working_copies=working_copies,
            desk=desk,
            engine=engine,
            archive=archive,
            hub=hub,
            node_types=node_types,
            audio=AudioLibrary(settings.audio_folder),
        )
        telling.cancel()
        with suppress(NoRunningScenario):
            await engine.stop_scenario()
        hub.close()
        await desk.close()
    finally:
        await repository.close()


def make_api() -> FastAPI:
    """The API without parts: enough to describe it."""
    api = FastAPI(
        title="SIPFLOW",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
        generate_unique_id_function=_operation_id,
        default_response_class=JsonAnswer,
        max_body_size=BODY_BYTES,
        responses={"4XX": {"model": ErrorBody}},
    )
    for module in (catalogue_api, scenarios_api, runs_api, recordings_api, reports_api, events_api, audio_api):
        api.include_router(module.router)
    add_error_answers(api)
    return api


def create_app(parts: Parts) -> ASGIApp:
    """The whole application over parts that are open: what is refused at the door reaches nothing behind it."""
    app = make_api()
    app.state.parts = parts
    settings = parts.settings
    app.router.routes.append(EditorMount("/", WebApp(settings.static_folder)))
    host_names = HostNames(settings.host, settings.allowed_hosts)
    return Access(TooLongAnswer(app), token=settings.token, port=settings.port, host_names=host_names)


def _operation_id(route: APIRoute) -> str:
    return route.name
