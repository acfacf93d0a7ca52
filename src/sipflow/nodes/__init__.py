"""The node types, one module each. Nothing else lives here."""

from __future__ import annotations

import sys
import tomllib
from functools import cache
from pathlib import Path

from sipflow.scenario.node_api import NodeTypes
from sipflow.scenario.wording import Texts

__all__ = ["load_node_types", "load_texts"]


def load_node_types() -> NodeTypes:
    """Every node type of this package."""
    return NodeTypes.discover(sys.modules[__name__])


@cache
def load_texts(language: str) -> Texts:
    """What this package says of its types in a language: `en` or `ko`."""
    path = Path(__file__).parent / "texts" / f"{language}.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))
