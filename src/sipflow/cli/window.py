"""The window of `sipflow desktop`, in a process of its own: a toolkit wants the main thread, and so does the server.

Run as `python -m sipflow.cli.window FOLDER`. The first line on stdin is the address to show; the window closes when
stdin ends.
"""

from __future__ import annotations

import logging
import sys
import threading
from pathlib import Path
from typing import Any

from sipflow.cli.exit_codes import ExitCode
from sipflow.cli.output import say

NO_TOOLKIT = (
    "sipflow: no toolkit for windows was found: install one with pip install 'pywebview[qt]', or, for the Python of "
    "Debian and Ubuntu, with apt-get install python3-gi gir1.2-webkit2-4.1; `sipflow up` opens a browser instead"
)


def show(url: str, folder: Path) -> int:
    """Show the window until it is closed; `folder` keeps what the page stores in it."""
    import webview

    logging.getLogger("pywebview").setLevel(logging.CRITICAL)  # it logs the traceback of every toolkit that is absent
    webview.settings["ALLOW_DOWNLOADS"] = True
    window = webview.create_window("SIPFLOW", url, width=1280, height=800, min_size=(800, 500), text_select=True)
    threading.Thread(target=_close_at_end, args=(window,), daemon=True).start()
    try:
        webview.start(private_mode=False, storage_path=str(folder))
    except webview.errors.WebViewException:
        say(NO_TOOLKIT)
        return ExitCode.NOT_STARTED
    return ExitCode.PASSED


def _close_at_end(window: Any) -> None:
    sys.stdin.read()
    window.destroy()


if __name__ == "__main__":
    sys.exit(show(sys.stdin.readline().strip(), Path(sys.argv[1])))
