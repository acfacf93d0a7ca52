"""The example scenarios, and copies of them with other values."""

from __future__ import annotations

from pathlib import Path

from sipflow.scenario.document import read_json, write_json
from tests.documents import Json

EXAMPLES = {path.stem: path for path in sorted((Path(__file__).parents[1] / "examples").iterdir())}
"""The files by name."""
SELF_CONTAINED = tuple(name for name in EXAMPLES if name not in ("answer-calls", "call-out", "register"))
"""Those that need no one from outside."""


def example(name: str, **data: object) -> Json:
    """The document of an example; every node whose data has one of these keys gets its new value."""
    document = read_json(EXAMPLES[name].read_bytes())
    for node in document["nodes"]:
        node["data"].update({key: value for key, value in data.items() if key in node["data"]})
    return document


def changed_example(name: str, folder: Path, **data: object) -> Path:
    """A file in the folder with an example changed in this way."""
    path = folder / f"{name}.json"
    path.write_text(write_json(example(name, **data)), encoding="utf-8")
    return path
