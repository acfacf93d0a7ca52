"""What the documentation points at is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]


def anchors(page: Path) -> set[str]:
    """The headings of a page, as links name them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if "://" in target:
            continue
        name, _, anchor = target.partition("#")
        linked = (page.parent / name) if name else page
        assert linked.exists(), target
        assert not anchor or anchor in anchors(linked), target


def test_every_how_to_is_there_in_both_languages_and_linked_from_its_readme() -> None:
    names = {page.name for page in (ROOT / "docs" / "how-to").iterdir()}
    korean = {name for name in names if name.endswith(".ko.md")}
    assert {name.replace(".ko.md", ".md") for name in korean} == names - korean
    for readme, pages in (("README.md", names - korean), ("README.ko.md", korean)):
        text = (ROOT / readme).read_text(encoding="utf-8")
        assert all(f"(docs/how-to/{name})" in text for name in pages)


def test_pictures_of_the_documentation_are_small_and_shown_somewhere() -> None:
    sizes = {picture.name: picture.stat().st_size for picture in (ROOT / "docs" / "images").iterdir()}
    assert sizes
    assert all(size <= 200 * 1024 for size in sizes.values()), sizes
    shown = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    assert not [name for name in sizes if f"images/{name})" not in shown]
