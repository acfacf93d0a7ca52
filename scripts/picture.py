"""Run an example and write what the terminal shows as docs/terminal.svg."""

from __future__ import annotations

import asyncio
import io
import re
from pathlib import Path

from rich.console import Console
from rich.text import Text

from sipflow.cli.run import RunOptions, make_engine, play, read_graph
from sipflow.report import Names
from sipflow.report.ladder import LiveLadder

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = Path("examples/two-party-call.json")
PICTURE = ROOT / "docs" / "terminal.svg"


def main() -> None:
    """Take the picture."""
    path = ROOT / EXAMPLE
    source = path.read_bytes()
    graph = read_graph(path, source, {})
    names = Names(
        {instance.instance_id: instance.label for instance in graph.instances.values()},
        {node.id: node.name for node in graph.nodes.values()},
    )
    console = Console(record=True, file=io.StringIO(), width=80)
    console.print(Text.assemble(("$ ", "dim"), f"scripts/run run {EXAMPLE}"))
    asyncio.run(play(EXAMPLE, source, RunOptions({}), make_engine, LiveLadder(console, names)))
    drawing = console.export_svg(title="sipflow", unique_id="sipflow")
    # A picture loads nothing from elsewhere.
    PICTURE.write_text(re.sub(r"@font-face \{.*?\}", "", drawing, flags=re.DOTALL), encoding="utf-8")


if __name__ == "__main__":
    main()
