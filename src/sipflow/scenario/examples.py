"""The scenarios that come with SIPFLOW."""

from __future__ import annotations

from pathlib import Path

import sipflow


def examples_folder() -> Path:
    """Find the examples: in the package once it is installed, beside `src` in a checkout."""
    package = Path(sipflow.__file__).resolve().parent
    installed = package / "examples"
    return installed if installed.is_dir() else package.parent.parent / "examples"


def example_files() -> dict[str, Path]:
    """The examples by name."""
    return {path.stem: path for path in sorted(examples_folder().glob("*.json"))}
