"""Whatever a document holds, it is checked without an exception, and what has no error can be built."""

from __future__ import annotations

from contextlib import nullcontext, suppress
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sipflow.base.errors import NodeFailed
from sipflow.nodes import load_node_types
from sipflow.scenario import parse_scenario, validate_scenario
from sipflow.scenario.node_api import NodeKind

NODE_TYPES = load_node_types()
FIELDS = sorted(
    {node_type.params.json_name(name) for node_type in NODE_TYPES for name in node_type.params.model_fields}
    | {"sipInstanceId", "request", "sessionTimer", "label"}
)
IDS = st.sampled_from(["a", "b", "c", "d", "e"])
TEXTS = st.sampled_from(
    [
        "",
        "1",
        "1002",
        "sip:x@127.0.0.1",
        "{{ var.x }}",
        "{{ var.y }}",
        "{{",
        "${env:X}",
        "udp",
        "PCMU",
        "off",
        "true",
        "é\n",
    ]
)
SCALARS = st.none() | st.booleans() | st.integers(-1, 70_000) | st.floats() | TEXTS | IDS
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["name", "value", "X-A", ""]), inner, max_size=3)
    ),
    max_leaves=4,
)


@st.composite
def nodes(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(st.sampled_from(list(NodeKind)))
    data: dict[str, Any] = draw(st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=4))
    data[kind.value] = draw(st.sampled_from([*NODE_TYPES.names(kind), "Nope"]))
    if draw(st.booleans()):
        data.setdefault("dn", draw(st.sampled_from(["1", "2", 3])))
        data.setdefault("targetUri", "sip:x@127.0.0.1")
    return {"id": draw(IDS), "type": kind.value, "data": data}


EDGES = st.fixed_dictionaries(
    {"source": IDS, "target": IDS}, optional={"sourceHandle": SCALARS | st.just("failure"), "data": VALUES, "id": IDS}
)


@given(st.lists(nodes(), max_size=6), st.lists(EDGES, max_size=8))
def test_any_document_is_checked_without_an_exception(nodes: list[dict[str, Any]], edges: list[dict[str, Any]]) -> None:
    flow_data = {"nodes": nodes, "edges": edges}
    found = validate_scenario(flow_data, NODE_TYPES, variables={"x": "7"})
    assert all(str(finding) for finding in found)
    if any(finding.is_error for finding in found):
        return
    graph = parse_scenario(flow_data, NODE_TYPES, variables={"x": "7"})
    for node in graph.nodes.values():
        # A value that comes from a variable is judged now: it may fail the node, and nothing else may.
        with suppress(NodeFailed) if "{{ var.x }}" in str(node.data) else nullcontext():
            node.build({"x": "7"})
