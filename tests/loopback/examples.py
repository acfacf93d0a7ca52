"""The example scenarios, and copies of them with other values."""

from __future__ import annotations

import json
from pathlib import Path

EXAMPLES = Path(__file__).parents[2] / "examples"


def changed_example(name: str, folder: Path, **data: object) -> Path:
    """A copy of an example in which every node that has one of these data keys gets its new value."""
    document = json.loads((EXAMPLES / name).read_text(encoding="utf-8"))
    for node in document["nodes"]:
        node["data"].update({key: value for key, value in data.items() if key in node["data"]})
    path = folder / name
    path.write_text(json.dumps(document), encoding="utf-8")
    return path
