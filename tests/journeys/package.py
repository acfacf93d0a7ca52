"""SIPFLOW as somebody gets it who installs it: built from the sources, in an environment of its own."""

from __future__ import annotations

import shutil
import site
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
_SAFELY: dict[str, Any] = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
"""Python before 3.11.4 knows no filter, and later ones want it."""


def copy_sources(folder: Path) -> None:
    """Copy what git does not ignore, with the editor as it was built; the copy's own build finds if it is current."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    built = Path("src/sipflow/server/static")
    if (ROOT / built).is_dir():
        shutil.copytree(ROOT / built, folder / built)
    (folder / "web" / "node_modules").symlink_to(ROOT / "web" / "node_modules")


def build(sources: Path, kind: str, folder: Path) -> Path:
    """Build an `sdist` or a `wheel` with what is installed here; returns the file."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(folder)]
    ended = subprocess.run(command, cwd=sources, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    [file] = folder.glob("*.tar.gz" if kind == "sdist" else "*.whl")
    return file


def unpack(sdist: Path, folder: Path) -> Path:
    """Unpack an sdist; returns where its sources are."""
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, **_SAFELY)
    [sources] = folder.iterdir()
    return sources


def install(wheel: Path, folder: Path) -> Path:
    """Install a wheel into a new environment; returns its Python.

    What SIPFLOW depends on is linked from here, package by package, so that nothing of this checkout comes with it.
    """
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    python = folder / "bin" / "python"
    own = Path(next((folder / "lib").glob("python*"))) / "site-packages"
    for entry in Path(site.getsitepackages()[0]).iterdir():
        if not entry.name.startswith(("sipflow", "_editable", "__pycache__")) and entry.suffix != ".pth":
            (own / entry.name).symlink_to(entry)
    options = ["--no-deps", "--no-index", "--no-compile", "--quiet", "--disable-pip-version-check"]
    subprocess.run([sys.executable, "-m", "pip", f"--python={python}", "install", *options, str(wheel)], check=True)
    return python
