"""What the documentation points at is there."""

from __future__ import annotations

import importlib
import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from sipflow.nodes import load_node_types, load_texts
from sipflow.scenario.wording import word

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


def told(tree: object) -> Iterator[str]:
    """Every text in a tree of objects."""
    if isinstance(tree, dict):
        for value in tree.values():
            yield from told(value)
    elif isinstance(tree, str):
        yield tree


def names_in_the_editor(language: str) -> set[str]:
    """What buttons, tabs, fields, node types and templates are called, and the labels in examples."""
    locales = (ROOT / "web" / "src" / "locales" / language).glob("*.json")
    names = {text for path in locales for text in told(json.loads(path.read_text(encoding="utf-8")))}
    templates = tomllib.loads((ROOT / "src/sipflow/server/templates.toml").read_text(encoding="utf-8"))
    names |= {template[language]["title"] for template in templates.values()}
    for node_type in load_node_types():
        wording = word(node_type, load_texts(language))
        names |= {wording.title, *told(wording.schema)}
    for path in (ROOT / "examples").glob("*.json"):
        names |= {str(node["data"].get("label")) for node in json.loads(path.read_text(encoding="utf-8"))["nodes"]}
    return names


@pytest.mark.parametrize("language", ["en", "ko"])
def test_what_a_how_to_prints_bold_is_called_so_in_the_editor(language: str) -> None:
    names = names_in_the_editor(language)
    for page in (ROOT / "docs" / "how-to").iterdir():
        if page.name.endswith(".ko.md") == (language == "ko"):
            bold = re.findall(r"\*\*(.+?)\*\*", " ".join(page.read_text(encoding="utf-8").split()))
            assert not [name for name in bold if name not in names], page.name


@pytest.mark.parametrize("readme", ["README.md", "README.ko.md"])
def test_every_example_is_told_of_in_both_readmes(readme: str) -> None:
    linked = re.findall(r"\(examples/([\w-]+)\.json\)", (ROOT / readme).read_text(encoding="utf-8"))
    assert sorted(linked) == sorted(path.stem for path in (ROOT / "examples").glob("*.json"))


def test_node_type_of_the_contributing_guide_works_as_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    [source] = re.findall(r"```python\n(.*?)```", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"), re.DOTALL)
    (tmp_path / "plain_delay.py").write_text(source, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    declared = importlib.import_module("plain_delay").PlainDelay.node_type
    assert "timeout" in declared.json_schema["properties"]


def test_pictures_of_the_documentation_are_small_and_shown_somewhere() -> None:
    sizes = {picture.name: picture.stat().st_size for picture in (ROOT / "docs" / "images").iterdir()}
    assert sizes
    assert all(size <= 200 * 1024 for size in sizes.values()), sizes
    shown = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    assert not [name for name in sizes if f"images/{name})" not in shown]
