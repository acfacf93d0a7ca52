"""What packages offer is listed by hand, and is what they import."""

import ast
import importlib
from pathlib import Path

import pytest

import sipflow

ROOT = Path(sipflow.__file__).parent
PACKAGES = sorted(path for path in ROOT.rglob("__init__.py") if path.parent != ROOT)


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT.parent).parent.parts)


@pytest.mark.parametrize("path", PACKAGES, ids=module_name)
def test_package_lists_every_name_it_imports_from_itself(path: Path) -> None:
    module = importlib.import_module(module_name(path))
    imported = {
        alias.asname or alias.name
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(f"{module_name(path)}.")
        for alias in node.names
    }

    listed = getattr(module, "__all__", [])

    assert imported <= set(listed)
    assert len(listed) == len(set(listed))
    assert all(hasattr(module, name) for name in listed)
