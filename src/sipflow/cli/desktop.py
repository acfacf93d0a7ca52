"""`sipflow desktop`: the editor in a window of its own."""

from __future__ import annotations

import asyncio
import sys
from importlib.util import find_spec
from typing import Final

from platformdirs import user_data_path

from sipflow.cli.exit_codes import ExitCode
from sipflow.cli.output import say
from sipflow.cli.up import UpOptions, has_screen, serve

CLOSE_LIMIT_S: Final = 5.0
"""What a window may take to close when the server ends."""

BROKEN_TOOLKIT: Final = (
    "sipflow: the toolkit for windows broke off; what it lacks, if it says so, stands above. Qt on Debian and Ubuntu "
    "needs apt-get install libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1; `sipflow up` opens a browser instead"
)


def serve_in_window(options: UpOptions) -> int:
    """Serve for as long as the window is open; 3 where no window can be opened."""
    if find_spec("webview") is None:
        say("sipflow: the window needs pywebview: pip install 'sipflow[desktop]'; `sipflow up` opens a browser instead")
        return ExitCode.NOT_STARTED
    if not has_screen():
        say("sipflow: there is no screen to open a window on; `sipflow up --no-browser` serves without one")
        return ExitCode.NOT_STARTED
    folder = (options.data_folder or user_data_path("sipflow")) / "window"

    async def show(url: str) -> int:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "sipflow.cli.window", str(folder)),
            stdin=asyncio.subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for us: we close the window
        )
        assert process.stdin is not None
        process.stdin.write(f"{url}\n".encode())  # no argument: others may read those, and the token is in it
        try:
            code = await process.wait()
        finally:
            if process.returncode is None:
                await _close(process)
        if code < 0:
            say(BROKEN_TOOLKIT)
            return ExitCode.NOT_STARTED
        return code

    return serve(options, lambda _url: None, show)


async def _close(process: asyncio.subprocess.Process) -> None:
    assert process.stdin is not None
    process.stdin.close()
    try:
        async with asyncio.timeout(CLOSE_LIMIT_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
