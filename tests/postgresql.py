"""A PostgreSQL of the tests' own: it listens on no port, and its files go with it."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.peers import find_peer

DEBIAN = "/usr/lib/postgresql/*/bin"
"""Where Debian has the programs of a server, which are not in PATH."""
LIMIT_S = 50


class PostgreSql:
    """A server that is reached by a socket in its folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._count = 0

    def database(self) -> str:
        """Make an empty database; returns its URL."""
        self._count += 1
        name = f"trial{self._count}"
        createdb = find_peer("createdb", DEBIAN)
        subprocess.run([createdb, "-h", self._folder, "-U", "sipflow", name], check=True, timeout=LIMIT_S)
        return f"postgresql://sipflow@/{name}?host={self._folder}"


@contextmanager
def serve_postgresql() -> Iterator[PostgreSql]:
    """Start a server, and end it. It refuses to be root: there it runs as the package's own user."""
    initdb, pg_ctl = find_peer("initdb", DEBIAN), find_peer("pg_ctl", DEBIAN)
    as_other = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    folder = Path(tempfile.mkdtemp(prefix="sipflow-postgresql-"))
    if as_other:
        shutil.chown(folder, "postgres")
    data: list[str | Path] = ["-D", folder / "data"]

    def run(*command: str | Path) -> None:
        log = folder.with_suffix(".log")
        with log.open("wb") as out:
            result = subprocess.run(
                [*as_other, *command], stdout=out, stderr=out, cwd="/", check=False, timeout=LIMIT_S
            )
        told = log.read_text(errors="replace")
        log.unlink()
        assert result.returncode == 0, told

    try:
        run(initdb, *data, "-U", "sipflow", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        options = f"-k {folder} -c listen_addresses= -c fsync=off"
        run(pg_ctl, *data, "-l", folder / "server.log", "-o", options, "-w", "start")
        try:
            yield PostgreSql(folder)
        finally:
            run(pg_ctl, *data, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder)
