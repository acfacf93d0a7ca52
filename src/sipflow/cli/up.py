"""`sipflow up`: the editor and its server, until a signal ends them."""

from __future__ import annotations

import asyncio
import logging
import re
import secrets
import socket
import sys
import threading
import webbrowser
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from errno import EADDRNOTAVAIL
from pathlib import Path
from typing import Any, Final

from platformdirs import user_data_path

from sipflow.base.errors import ScenarioError
from sipflow.cli.exit_codes import ExitCode, signal_code
from sipflow.cli.interruption import Interruption
from sipflow.cli.output import say, set_up_logging
from sipflow.cli.settings import key_log, read_environment
from sipflow.net.network import AsyncioNetwork
from sipflow.server.app import create_app, open_parts
from sipflow.server.parts import ServerSettings
from sipflow.server.serving import Server, listen

DEFAULT_PORT: Final = 8620


@dataclass(frozen=True, slots=True)
class UpOptions:
    """Where to serve, and from what."""

    host: str = "127.0.0.1"
    port: int | None = None
    """None takes the default port, or the next free one."""
    data_folder: Path | None = None
    """None takes the user's own data folder."""
    database: str | None = None
    token: str | None = None
    """None makes one for this start."""
    allowed_hosts: tuple[str, ...] = ()
    is_verbose: bool = False


def serve_in_browser(
    options: UpOptions, *, opens_browser: bool, open_page: Callable[[str], object] = webbrowser.open
) -> int:
    """Serve until a signal; print the address, alone on a line, once the server takes requests."""

    def told(url: str) -> None:
        print(url, flush=True)
        if opens_browser and has_screen():
            threading.Thread(target=open_page, args=(url,), daemon=True).start()

    return serve(options, told)


def serve(
    options: UpOptions, told: Callable[[str], None], show: Callable[[str], Coroutine[Any, Any, int]] | None = None
) -> int:
    """Serve until a signal, and return the exit code; `told` is handed the address with its token.

    `show` is handed it too: its end ends the server, with its own exit code, and the server's end cancels it.
    """
    set_up_logging(is_verbose=options.is_verbose)
    _keep_token_out_of_logs(is_verbose=options.is_verbose)
    try:
        listening = listen(options.host, options.port or DEFAULT_PORT, may_move=options.port is None)
    except OSError as error:
        where = f"{options.host} port {options.port or DEFAULT_PORT}"
        is_no_address = isinstance(error, socket.gaierror) or error.errno == EADDRNOTAVAIL
        way_out = "--host takes an address of this machine" if is_no_address else "--port takes another"
        say(f"sipflow: cannot listen on {where}: {error.strerror or error}; {way_out}")
        return ExitCode.NOT_STARTED
    settings = ServerSettings(
        data_folder=options.data_folder or user_data_path("sipflow"),
        token=options.token or secrets.token_urlsafe(32),
        host=options.host,
        port=listening.getsockname()[1],
        allowed_hosts=options.allowed_hosts,
        database=options.database,
        environment=read_environment(),
    )
    with listening:
        try:
            return asyncio.run(_serve(settings, listening, told, show, logs_requests=options.is_verbose))
        except ScenarioError as error:
            say(f"sipflow: {error}")
        except OSError as error:
            reason = error.strerror or error
            say(f"sipflow: cannot use {settings.data_folder}: {reason}; --data-dir takes another folder")
    return ExitCode.NOT_STARTED


async def _serve(
    settings: ServerSettings,
    listening: socket.socket,
    told: Callable[[str], None],
    show: Callable[[str], Coroutine[Any, Any, int]] | None,
    *,
    logs_requests: bool,
) -> int:
    interruption = Interruption(before_end=lambda: None)
    shown: asyncio.Task[int] | None = None
    with interruption.watching():
        async with open_parts(settings, network=AsyncioNetwork(key_log=key_log(settings.environment))) as parts:
            is_up = asyncio.Event()
            server = Server(create_app(parts), is_up.set, logs_requests=logs_requests)
            serving = asyncio.create_task(server.serve(sockets=[listening]))
            asked = asyncio.create_task(interruption.wait())
            up = asyncio.create_task(is_up.wait())
            await asyncio.wait({serving, asked, up}, return_when=asyncio.FIRST_COMPLETED)
            up.cancel()
            if is_up.is_set():
                told(address(settings))
                if show is not None:
                    shown = asyncio.create_task(show(address(settings)))
            await asyncio.wait({serving, asked, *([shown] if shown else [])}, return_when=asyncio.FIRST_COMPLETED)
            asked.cancel()
            if shown is not None:
                shown.cancel()
                await asyncio.wait({shown})
            server.should_exit = True
            await serving
    if interruption.signal:
        return signal_code(interruption.signal)
    return shown.result() if shown is not None and not shown.cancelled() else ExitCode.PASSED


def address(settings: ServerSettings) -> str:
    """Return the address of the editor, with the token."""
    host = socket.gethostname() if settings.host in ("", "0.0.0.0", "::") else settings.host
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.port}/?token={settings.token}"


def has_screen() -> bool:
    """Whether a browser can open a window; without a screen it might take the terminal."""
    environment = read_environment()
    return sys.platform in ("darwin", "win32") or bool(environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY"))


class _TokenFilter(logging.Filter):
    """Strikes tokens out of the addresses in log lines."""

    _TOKEN = re.compile(r"(token=)[^&\s\"']+")

    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        if "token=" in text:
            record.msg, record.args = self._TOKEN.sub(r"\1…", text), ()
        return True


def _keep_token_out_of_logs(*, is_verbose: bool) -> None:
    for handler in logging.getLogger().handlers:
        handler.addFilter(_TokenFilter())
    logging.getLogger("uvicorn").setLevel(logging.INFO if is_verbose else logging.WARNING)
