"""A real `sipflow up`, started, killed and started again."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

from sipflow.base.errors import SipflowError
from sipflow.server.app import FIRST_PROJECT

START_LIMIT_S = 30
END_LIMIT_S = 20


class App:
    """One server process at a time over one data folder, always on the same port."""

    def __init__(self, folder: Path, port: int, python: str = sys.executable) -> None:
        self.folder = folder
        self.port = port
        self._python = python
        self._process: subprocess.Popen[str] | None = None
        self.url = ""
        """What a browser opens, token included."""

    def start(self) -> str:
        """Start the server; returns its address."""
        command = [self._python, "-m", "sipflow", "up", "--no-browser"]
        command += ["--port", str(self.port), "--data-dir", str(self.folder)]
        with (self.folder.parent / "server.log").open("a") as log:
            self._process = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=log, text=True, env=self._environ(), cwd=self.folder
            )
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().strip()
        if not re.fullmatch(rf"http://127\.0\.0\.1:{self.port}/\?token=\S+", self.url):
            raise SipflowError(f"the server printed {self.url!r}: {self.log()}")
        return self.url

    def stop(self) -> int:
        """End it as Ctrl-C does; returns its exit code."""
        return self._end(signal.SIGINT)

    def kill(self) -> None:
        """End it as a crash does."""
        self._end(signal.SIGKILL)

    def close(self) -> None:
        """Leave nothing behind, whatever has happened."""
        if self._process is not None:
            self.kill()

    def clear(self) -> None:
        """Let it be as if it had never been used."""
        if self.get("api/runs/current") is not None:
            try:
                self.ask("POST", "api/runs/current/stop")
            except HTTPError as error:
                error.close()
                if error.code != HTTPStatus.CONFLICT:  # it has just ended by itself
                    raise
        for run in self.get("api/runs"):
            self.ask("DELETE", f"api/runs/{run['id']}")
        for project in self.get("api/projects"):
            self.ask("DELETE", f"api/projects/{project['id']}")
        self.ask("POST", "api/projects", {"name": FIRST_PROJECT})

    def log(self) -> str:
        """What it has said on stderr so far."""
        return (self.folder.parent / "server.log").read_text()

    def get(self, path: str) -> Any:
        """Ask the API as a script does."""
        return self.ask("GET", path)

    def ask(self, method: str, path: str, body: Mapping[str, object] | None = None) -> Any:
        """Ask the API; the answer's JSON, or None where it has no body."""
        base, _, token = self.url.partition("?token=")
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(base + path.lstrip("/"), data, headers, method=method)
        with urllib.request.urlopen(request, timeout=20) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def _end(self, how: signal.Signals) -> int:
        assert self._process is not None, "it is not running"
        self._process.send_signal(how)
        code = self._process.wait(END_LIMIT_S)
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._process = None
        return code

    def _environ(self) -> dict[str, str]:
        return {name: value for name, value in os.environ.items() if not name.startswith("SIPFLOW_")}
