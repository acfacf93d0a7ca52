"""What node types are called: nothing is missing in a language, and nothing stale is kept."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from sipflow.nodes import load_node_types, load_texts
from sipflow.scenario.document import Branch
from sipflow.scenario.node_api import NodeType
from sipflow.scenario.wording import word

NODE_TYPES = load_node_types()
KOREAN = load_texts("ko")
each_type = pytest.mark.parametrize(
    "node_type", list(NODE_TYPES), ids=lambda node_type: f"{node_type.kind}-{node_type.name}"
)
each_language = pytest.mark.parametrize("language", ["en", "ko"])


def sections(texts: Any) -> set[tuple[str, str]]:
    """Kind and name of every type that has a section."""
    return {(kind, name) for kind in texts if kind not in ("groups", "fields") for name in texts[kind]}


def own_fields(node_type: NodeType, texts: Any) -> dict[str, Any]:
    fields: dict[str, Any] = texts.get(node_type.kind.value, {}).get(node_type.name, {}).get("fields", {})
    return fields


@each_type
def test_type_has_all_its_texts_in_korean(node_type: NodeType) -> None:
    own = KOREAN[node_type.kind.value][node_type.name]
    said = KOREAN["fields"] | own_fields(node_type, KOREAN)
    for text in (own["title"], own["doc"], KOREAN["groups"][node_type.group]):
        assert re.search("[가-힣]", text)
    for field in node_type.json_schema["properties"]:
        assert said[field]["title"]
        assert re.search("[가-힣]", said[field]["help"])


@each_language
def test_no_section_group_or_field_is_stale(language: str) -> None:
    texts = load_texts(language)
    assert sections(texts) <= {(one.kind.value, one.name) for one in NODE_TYPES}
    assert set(texts["groups"]) == {one.group for one in NODE_TYPES}
    for node_type in NODE_TYPES:
        section = texts.get(node_type.kind.value, {}).get(node_type.name, {})
        assert set(section) <= {"title", "doc", "face", "ways", "fields"}
        assert set(own_fields(node_type, texts)) <= set(node_type.json_schema["properties"])
    shared = [name for name in texts.get("fields", {}) for one in NODE_TYPES if name in one.json_schema["properties"]]
    assert set(texts.get("fields", {})) == {name for name in shared if shared.count(name) > 1}


@each_type
@each_language
def test_what_may_be_chosen_has_a_name_for_every_value(node_type: NodeType, language: str) -> None:
    definitions = node_type.json_schema.get("$defs", {})
    schema = word(node_type, load_texts(language)).schema
    for name, field in schema["properties"].items():
        choices = field.get("x-choices")
        assert (choices is None) == ("choices" not in own_fields(node_type, load_texts("en")).get(name, {}))
        if choices is not None:
            assert any(list(choices) == definition.get("enum") for definition in definitions.values())
            assert all(choices.values())


@each_type
@each_language
def test_face_names_settings_of_its_type_in_whole_brackets(node_type: NodeType, language: str) -> None:
    face = word(node_type, load_texts(language)).face
    assert set(re.findall(r"\{(\w*)\}", face)) <= set(node_type.json_schema["properties"])
    assert not re.search(r"[\[\]{}]", re.sub(r"\{\w+\}", "", re.sub(r"\[([^\[\]]*)\]", r"\1", face)))
    assert bool(face) == bool(node_type.face)


@each_type
def test_ways_that_mean_something_else_are_called_so_in_every_language(node_type: NodeType) -> None:
    assert set(node_type.ways) in (set(), set(Branch))
    assert bool(node_type.ways) == bool(node_type.steers or node_type.meets)
    korean = word(node_type, KOREAN).ways
    assert set(korean) == set(node_type.ways)
    assert all(re.search("[가-힣]", text) for text in korean.values())


def test_type_without_texts_speaks_for_itself() -> None:
    make_call = NODE_TYPES.find("command", "MakeCall")
    assert make_call is not None
    wording = word(make_call, {})
    assert (wording.title, wording.doc, wording.face) == ("Make call", make_call.doc, make_call.face)
    assert (wording.group_title, wording.schema) == ("Call", make_call.json_schema)


def test_words_of_a_language_leave_the_type_as_it_is() -> None:
    make_call = NODE_TYPES.find("command", "MakeCall")
    assert make_call is not None
    target = word(make_call, KOREAN).schema["properties"]["targetUri"]
    assert (target["title"], target["x-kind"]) == ("대상 주소", "sip-uri")
    assert make_call.json_schema["properties"]["targetUri"]["title"] == "Target URI"


@each_type
def test_icon_is_one_that_the_editor_has(node_type: NodeType) -> None:
    icons = (Path(__file__).parents[2] / "web" / "src" / "ui" / "kit" / "nodeIcons.ts").read_text()
    assert re.search(rf'^  "?{re.escape(node_type.icon)}"?: ', icons, re.MULTILINE)
