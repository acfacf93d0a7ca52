"""Who hears whom as aligned text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rich.cells import cell_len, set_cell_size

from sipflow.report.names import printable

MAX_SHOWN: Final = 16
"""Instances in one table, those first that have heard or were heard wrongly."""
MAX_NAME: Final = 16
GAP: Final = 2


def matrix_lines(hearing: Mapping[str, Any]) -> list[str]:
    """The matrix of a `hearing` event: rows listen, columns speak; what is not as expected stands in capitals."""
    names = {key: _cut(printable(str(name))) for key, name in hearing["instances"].items()}
    cells = {(row["listener"], cell["speaker"]): cell for row in hearing["rows"] for cell in row["cells"]}
    shown = _shown(list(names), cells)
    table = [["", *(names[speaker] for speaker in shown)]]
    table += [[names[one], *(_word(cells.get((one, other)), is_own=one == other) for other in shown)] for one in shown]
    widths = [max(cell_len(row[column]) for row in table) + GAP for column in range(len(table[0]))]
    head = f"who hears whom in {hearing['seconds']:g} s: rows listen, columns speak, dBFS; capitals: not as expected"
    lines = ["  " + "".join(set_cell_size(*cell) for cell in zip(row, widths, strict=True)).rstrip() for row in table]
    left = len(names) - len(shown)
    return [head, *lines, *([f"  and {left} more instances"] if left else [])]


def _shown(ids: list[str], cells: Mapping[tuple[str, str], Mapping[str, Any]]) -> list[str]:
    """Those that find room, in their order."""
    wrong = {one for pair, cell in cells.items() if cell["isExpected"] is not cell["isHeard"] for one in pair}
    heard = {one for pair, cell in cells.items() if cell["isHeard"] for one in pair}
    ranked = sorted(ids, key=lambda one: (one not in wrong, one not in heard))
    kept = set(ranked[:MAX_SHOWN])
    return [one for one in ids if one in kept]


def _word(cell: Mapping[str, Any] | None, *, is_own: bool) -> str:
    if cell is None:  # neither expected nor heard
        return "-" if is_own else "silent"
    if not cell["isHeard"]:
        return "NOT HEARD" if cell["isExpected"] else "silent"
    level = cell["levelDbfs"]
    word = "heard" if cell["isExpected"] else "HEARD"
    return word if level is None else f"{word} {level:.0f}"


def _cut(name: str) -> str:
    return name if cell_len(name) <= MAX_NAME else set_cell_size(name, MAX_NAME - 1) + "~"
