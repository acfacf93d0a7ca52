"""The geometry of a ladder: lanes side by side, an arrow between two of them, in a given width."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rich.cells import cell_len, set_cell_size
from rich.text import Text

MARGIN: Final = 10
"""Columns for the time, on the left."""
WIDEST_PITCH: Final = 36
INLINE_PITCH: Final = 16
"""Columns from lane to lane that hold a label on the arrow itself."""
NARROWEST_PITCH: Final = 4
SIDE_LABEL: Final = 24
"""Columns for the label where it stands to the right of all lanes."""


@dataclass(frozen=True, slots=True)
class Glyphs:
    """The characters that a ladder is drawn with."""

    lane: str
    line: str
    right: str
    left: str
    loop: str
    times: str
    dots: str


UNICODE: Final = Glyphs(lane="│", line="─", right="▶", left="◀", loop="↩", times="×", dots="…")
ASCII: Final = Glyphs(lane="|", line="-", right=">", left="<", loop="@", times="x", dots="~")


@dataclass(frozen=True, slots=True)
class Lane:
    """One column: an instance or a stranger."""

    key: str
    """Instance id, or the stranger's address."""
    name: str
    address: str
    """Empty until a message has shown it."""


class Layout:
    """Where the lanes of a ladder stand in `width` columns.

    Labels stand on the arrows where there is room, else to the right of the lanes; where not even the lanes
    fit, every arrow is a line of text.
    """

    def __init__(self, lanes: Sequence[Lane], width: int, glyphs: Glyphs = UNICODE) -> None:
        self.lanes = tuple(lanes)
        self._width = max(width, 40) - 1  # a terminal wraps after its last column
        self._glyphs = glyphs
        count = max(len(lanes), 1)
        pitch = (self._width - MARGIN) // count
        self.is_inline = pitch >= INLINE_PITCH
        if not self.is_inline:
            pitch = (self._width - MARGIN - SIDE_LABEL) // count
        self._pitch = min(pitch, WIDEST_PITCH)
        self.has_lanes = self._pitch >= NARROWEST_PITCH
        self._columns = {lane.key: index for index, lane in enumerate(self.lanes)}

    def header(self, told: Sequence[Lane] = ()) -> list[Text]:
        """Return the lines that name the lanes: above each, or as a legend where names do not fit.

        What the header before this one has `told` is left out.
        """
        if not self.has_lanes:
            return []
        are_told = [lane.key for lane in told] == [lane.key for lane in self.lanes]
        if self.is_inline:
            names = [] if are_told else [self._titles([lane.name for lane in self.lanes], "bold")]
            addresses = [lane.address if lane.address != lane.name else "" for lane in self.lanes]
            return [*names, self._titles(addresses, "dim")] if any(addresses) else names
        numbered = list(enumerate(self.lanes, 1))
        legend = [
            self._fit(Text(f"{'':{MARGIN}}{number:>2} {self._end(lane.key)}"))
            for number, lane in numbered
            if lane not in told
        ]
        if are_told:
            return legend
        return [*legend, self._titles([str(number) for number, _ in numbered], "bold")]

    def arrow(self, seconds: float, source: str, target: str, label: str, style: str = "") -> Text:
        """Return the line of one message that went at `seconds`."""
        time = Text(f"{seconds:8.3f}  ", style="dim")
        if not self.has_lanes or source not in self._columns or target not in self._columns:
            ends = f"  {self._end(source)} -> {self._end(target)}"  # last, for it is the least loss where a line is cut
            return self._fit(Text.assemble(time, (label, style), ends))
        start, end = self._columns[source], self._columns[target]
        if start == end:
            loop = f"{self._glyphs.loop} {label}"
            return self._fit(Text.assemble(time, self._lanes(0, start), self._glyphs.lane, (loop, style)))
        low, high = sorted((start, end))
        span = (high - low) * self._pitch - 1
        is_right = start < end
        body = self._inline(label, span, is_right=is_right) if self.is_inline else self._bare(span, is_right=is_right)
        lane = self._glyphs.lane
        after = self._lanes(high + 1, len(self.lanes))
        side_label = "" if self.is_inline else f"  {label}"
        return self._fit(
            Text.assemble(time, self._lanes(0, low), lane, (body, style), lane, after, (side_label, style))
        )

    def _end(self, key: str) -> str:
        column = self._columns.get(key)
        if column is None:
            return key
        lane = self.lanes[column]
        return lane.name if lane.address in ("", lane.name) else f"{lane.name} {lane.address}"

    def _titles(self, titles: Sequence[str], style: str) -> Text:
        line = " " * MARGIN
        for title in titles:
            room = self._pitch - 1
            if cell_len(title) > room:
                title = set_cell_size(title, room - 1) + self._glyphs.dots
            left = (self._pitch - cell_len(title) + 1) // 2
            line += " " * left + title + " " * (self._pitch - left - cell_len(title))
        return Text(line.rstrip(), style=style)

    def _lanes(self, first: int, after: int) -> str:
        """Draw lanes that nothing crosses.

        Those before an arrow (`first` is 0) have their gap behind them, those after it before them.
        """
        gap = " " * (self._pitch - 1)
        if first == 0:
            return " " * (self._pitch // 2) + (self._glyphs.lane + gap) * after
        return (gap + self._glyphs.lane) * (after - first)

    def _inline(self, label: str, span: int, *, is_right: bool) -> str:
        line, room = self._glyphs.line, span - 5
        if cell_len(label) > room:
            label = set_cell_size(label, room - 1) + self._glyphs.dots
        filled = span - cell_len(label) - 3
        left = filled // 2
        if is_right:
            return f"{line * left} {label} {line * (filled - left)}{self._glyphs.right}"
        return f"{self._glyphs.left}{line * left} {label} {line * (filled - left)}"

    def _bare(self, span: int, *, is_right: bool) -> str:
        line = self._glyphs.line * (span - 1)
        return line + self._glyphs.right if is_right else self._glyphs.left + line

    def _fit(self, line: Text) -> Text:
        line.rstrip()
        line.truncate(self._width, overflow="ellipsis" if self._glyphs is UNICODE else "crop")
        return line
