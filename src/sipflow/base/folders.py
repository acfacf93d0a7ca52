"""The folders that a scenario may read or write: names from a document lead nowhere else."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from sipflow.base.errors import PathRefused
from sipflow.base.sayings import Saying

_MAX_NAME: Final = 1_024


def resolve_inside(name: str, folders: Sequence[Path]) -> Path:
    """The file of a name, links followed: the first that is there, else where it would be in the first folder.

    A relative name is relative to the folders; an absolute one is fine inside of one of them. Raises PathRefused.
    """
    if not name or len(name) > _MAX_NAME:
        raise PathRefused(name, Saying.of("path-name", limit=_MAX_NAME))
    if "\\" in name or not name.isprintable():
        raise PathRefused(name, Saying.of("path-characters"))
    try:
        roots = [folder.resolve() for folder in folders]
        paths = [_below(root, roots, name) for root in roots]
        found = next((path for path in paths if path and path.exists()), None)
    except (OSError, RuntimeError, ValueError) as error:
        raise PathRefused(name, Saying.of("path-unknowable")) from error
    if found:
        return found
    if paths and all(paths) and paths[0]:
        return paths[0]
    allowed = ", ".join(str(root) for root in roots) or Saying.of("no-folder")
    raise PathRefused(name, Saying.of("path-outside", allowed=allowed))


def _below(root: Path, roots: Sequence[Path], name: str) -> Path | None:
    """Where the name leads from a folder, if that is below one of the folders."""
    path = Path(root, name).resolve()
    return path if any(path != other and path.is_relative_to(other) for other in roots) else None
