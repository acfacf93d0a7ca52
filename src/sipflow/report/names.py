"""What people call the nodes and instances of a scenario, and text that is safe to show."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

from sipflow.base.events import MediaChanged
from sipflow.base.sayings import load_texts

HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
"""Unicode categories that move a cursor, turn the writing direction or show nothing."""


@dataclass(frozen=True, slots=True)
class Names:
    """Names by node id, for people: `alice` for an instance, `MakeCall` for a command."""

    instances: Mapping[str, str] = field(default_factory=dict)
    """The instances in the document's order."""
    nodes: Mapping[str, str] = field(default_factory=dict)

    def instance(self, instance_id: str | None) -> str:
        """Name an instance; an unknown one by its id, none at all by the empty string."""
        return printable(self.instances.get(instance_id, instance_id)) if instance_id else ""

    def subject(self, instance_id: str | None) -> str:
        """Begin a line about an instance: `alice: `; empty where it is about none."""
        name = self.instance(instance_id)
        return f"{name}: " if name else ""

    def node(self, node_id: str | None) -> str:
        """Name a node with its id: `MakeCall (node-3)`."""
        if not node_id:
            return ""
        name = self.nodes.get(node_id) or self.instances.get(node_id)
        return printable(f"{name} ({node_id})" if name else node_id)


def told_media(event: MediaChanged) -> str:
    """What has happened to media, in words."""
    what = load_texts().get(f"media-{event.media}", {}).get("en", event.media)
    return printable(f"{what} {event.detail}".rstrip())


def printable(text: str) -> str:
    """Escape what would move the cursor or hide something: texts come from the network and from strangers' files."""
    if text.isprintable():
        return text
    return "".join(
        char if unicodedata.category(char) not in HIDDEN_CATEGORIES else char.encode("unicode_escape").decode("ascii")
        for char in text
    )


def printable_lines(text: str) -> list[str]:
    """Split a message at its line ends and make every line printable."""
    return [printable(line) for line in text.replace("\r\n", "\n").rstrip("\n").split("\n")]
