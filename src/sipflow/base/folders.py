"""The folders that a scenario may read or write: names from a document lead nowhere else."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from sipflow.base.errors import PathRefused
from sipflow.base.sayings import Saying

_MAX_NAME: Final = 1_024


def resolve_inside(name: str, folders: Sequence[Path], also: Sequence[Path] = ()) -> Path:
    """The file of a name, links followed: the first that is there, else where it would be in the first folder.

    A relative name is relative to `folders`; it may lead into those of `also` too, as may an absolute one, which is
    fine inside of any. Raises PathRefused.
    """
    if not name or len(name) > _MAX_NAME:
        raise PathRefused(name, Saying.of("path-name", limit=_MAX_NAME))
    if "\\" in name or not name.isprintable():
        raise PathRefused(name, Saying.of("path-characters"))
    try:
        roots = [folder.resolve() for folder in folders]
        allowed = [*roots, *(folder.resolve() for folder in also)]
        paths = [_below(root, allowed, name) for root in roots]
        found = next((path for path in paths if path and path.exists()), None)
    except (OSError, RuntimeError, ValueError) as error:
        raise PathRefused(name, Saying.of("path-unknowable")) from error
    if found:
        return found
    if paths and all(paths) and paths[0]:
        return paths[0]
    told = ", ".join(str(folder) for folder in allowed) or Saying.of("no-folder")
    raise PathRefused(name, Saying.of("path-outside", allowed=told))


def _below(root: Path, allowed: Sequence[Path], name: str) -> Path | None:
    """Where the name leads from a folder, if that is below one that is allowed."""
    path = Path(root, name).resolve()
    return path if any(path != other and path.is_relative_to(other) for other in allowed) else None
