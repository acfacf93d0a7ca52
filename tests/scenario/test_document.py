"""Documents are read with tolerance, within limits, and kept as they came."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipflow.base.errors import ScenarioError, ScenarioInvalid
from sipflow.scenario.document import (
    MAX_BYTES,
    MAX_DEPTH,
    MAX_NODES,
    MAX_VALUES,
    Branch,
    Document,
    read_json,
    write_json,
)
from tests.cost import is_linear

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["nodes", "edges", "id", "data", "x"]), inner)
    ),
    max_leaves=20,
)


def messages(source: bytes | str | dict[str, Any]) -> list[str]:
    return [finding.message for finding in Document.parse(source).findings]


def test_unknown_keys_and_their_order_survive() -> None:
    text = '{"zoom":1.5,"nodes":[{"z":1,"id":"a","type":"sipInstance","data":{"mode":"DN","dn":"1"}}],"edges":[]}'
    assert json.dumps(Document.parse(text).raw, separators=(",", ":")) == text


def test_missing_parts_take_defaults() -> None:
    document = Document.parse({"nodes": [{"id": 7, "type": "command", "data": None}], "edges": None})
    assert document.findings == ()
    assert document.nodes[0].id == "7"
    assert dict(document.nodes[0].data) == {}


@pytest.mark.parametrize(
    ("edge", "branch"),
    [
        ({"sourceHandle": "failure"}, Branch.FAILURE),
        ({"sourceHandle": "success", "data": {"branchType": "failure"}}, Branch.SUCCESS),
        ({"sourceHandle": "source", "data": {"branchType": "failure"}}, Branch.FAILURE),
        ({"sourceHandle": None, "data": {"branchType": "failure"}}, Branch.FAILURE),
        ({"sourceHandle": "source"}, Branch.SUCCESS),
        ({"data": {"branchType": "else"}}, Branch.SUCCESS),
        ({"sourceHandle": [], "data": []}, Branch.SUCCESS),
        ({}, Branch.SUCCESS),
    ],
)
def test_branch_is_read_from_the_handle_then_from_the_data(edge: dict[str, Any], branch: Branch) -> None:
    document = Document.parse({"nodes": [], "edges": [{"id": "e", "source": "a", "target": "b", **edge}]})
    assert document.edges[0].branch is branch


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (b"\xff", "not UTF-8"),
        ("", "not JSON"),
        ('{"nodes": [}', "not JSON"),
        ("[]", "expected an object"),
        ('{"a": NaN}', "NaN is no JSON number"),
        ('{"a": -Infinity}', "no JSON number"),
        ("[" * 100_000, "too deep"),
        ('{"a":' * 100_000, "too deep"),
        ('{"a":' * MAX_DEPTH + "{}" + "}" * MAX_DEPTH, "too deep"),
        (b" " * (MAX_BYTES + 1), "longer than 5 MiB"),
        ('{"a": [' + "[]," * MAX_VALUES + "[]]}", "more than 250,000 values"),
        ('{"a": ' + "9" * 5000 + "}", "can't be read"),
    ],
)
def test_what_is_no_document_is_one_finding(source: bytes | str, message: str) -> None:
    assert len(messages(source)) == 1
    assert message in messages(source)[0]
    with pytest.raises(ScenarioInvalid, match="scenario 's' is not valid"):
        read_json(source, "s")


def test_the_deepest_allowed_document_is_read() -> None:
    levels = MAX_DEPTH - 1
    assert messages('{"a":' * levels + "{}" + "}" * levels) == []


def test_a_byte_order_mark_is_skipped() -> None:
    assert messages(b'\xef\xbb\xbf{"nodes": []}') == []


def test_an_object_that_is_too_deep_is_a_finding() -> None:
    deep: dict[str, Any] = {}
    for _ in range(100_000):
        deep = {"a": deep}
    assert "too deep" in messages(deep)[0]
    while deep:  # taken apart level by level: the interpreter would recurse
        deep = deep.pop("a")


def test_broken_parts_are_all_reported() -> None:
    source = {
        "nodes": [
            3,
            {"type": "event"},
            {"id": "a"},
            {"id": "b", "type": "event", "data": []},
            {"id": "a", "type": "event"},
        ],
        "edges": ["x", {"id": "e", "target": "a"}, {"id": "f", "source": "a"}],
    }
    assert messages(source) == [
        "nodes[0]: expected an object, got a number",
        "nodes[1]: has no id",
        "has no type: expected sipInstance, command or event",
        "data: expected an object, got a list",
        "nodes[4]: a second node with the id 'a'",
        "edges[0]: expected an object, got a text",
        "edge 'e' has no source",
        "edge 'f' has no target",
    ]


def test_a_second_edge_of_one_id_is_reported() -> None:
    edge = {"id": "e", "source": "a", "target": "b"}
    assert messages({"nodes": [], "edges": [edge, edge]}) == ["edges[1]: a second edge with the id 'e'"]


def test_too_many_nodes_are_refused() -> None:
    nodes = [{"id": str(index), "type": "event"} for index in range(MAX_NODES + 1)]
    edges = [{"id": "e", "source": "0", "target": "1"}]
    assert messages({"nodes": nodes, "edges": edges}) == [
        f"nodes: at most {MAX_NODES} are allowed, got {MAX_NODES + 1}"
    ]


def test_the_longest_document_costs_linear_time() -> None:
    def read(nodes: int) -> None:
        source = '{"nodes": [' + "[]," * (nodes - 1) + "[]]}"
        assert messages(source) == [f"nodes: at most {MAX_NODES} are allowed, got {nodes}"]

    assert is_linear(read, MAX_VALUES // 2 - 20)


@given(JSON, st.booleans())
def test_any_json_is_read_without_an_exception(value: Any, wrapped: bool) -> None:
    Document.parse(
        {"nodes": [{"id": "a", "type": "event", "data": value}, value], "edges": [value]}
        if wrapped
        else json.dumps(value)
    )


@pytest.mark.parametrize(
    "value", [{"a": float("inf")}, {"a": object()}, {"a": "x" * (MAX_BYTES + 1)}, {"a": [0] * MAX_VALUES}]
)
def test_what_json_or_the_limits_cannot_hold_is_not_written(value: dict[str, Any]) -> None:
    with pytest.raises(ScenarioError):
        write_json(value)


@pytest.mark.parametrize("text", ["한국어", "\ud800", "\x00"])
def test_any_text_is_written_and_read_back(text: str) -> None:
    assert read_json(write_json({"a": text}).encode()) == {"a": text}
