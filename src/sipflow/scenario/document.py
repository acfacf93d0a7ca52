"""The scenario document as it is stored: nodes and edges, read with tolerance and kept as it came."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from sipflow.base.errors import DocumentTooLarge, ScenarioError, ScenarioInvalid
from sipflow.base.foreign_words import rules, told_by
from sipflow.base.sayings import Saying, Value
from sipflow.scenario.findings import Finding, Severity

MAX_BYTES: Final = 5 * 1024 * 1024
"""Longest document, as UTF-8 JSON."""
MAX_DEPTH: Final = 64
"""Deepest nesting of objects and lists; the document itself is 1."""
MAX_VALUES: Final = 250_000
"""Most values in a document: each takes memory, however short its text."""
MAX_NODES: Final = 5_000
MAX_EDGES: Final = 20_000

INSTANCE_TYPE: Final = "sipInstance"


class Branch(StrEnum):
    """The two ways out of a node."""

    SUCCESS = "success"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True)
class Node:
    """One node of the document. `data` is the document's own object, unknown keys included."""

    id: str
    type: str
    """`sipInstance`, `command` or `event`."""
    data: Mapping[str, Any]

    @property
    def type_name(self) -> str:
        """Which command, event or instance it is (`MakeCall`, `INCOMING`, `pbx`): what its data says under its type.

        An instance whose data says nothing is a plain one, named as its type.
        """
        name = self.data.get(self.type)
        if self.type in ("command", "event"):
            return name if isinstance(name, str) else ""
        return name if self.type == INSTANCE_TYPE and isinstance(name, str) and name else self.type

    @property
    def label(self) -> str:
        """What the user called it; may be empty."""
        label = self.data.get("label")
        return label if isinstance(label, str) else ""

    @property
    def name(self) -> str:
        """What findings and logs call it: type and label."""
        kind = self.type_name or self.type
        return f"{kind} {self.label!r}" if self.label and self.label != kind else kind

    @property
    def is_disabled(self) -> bool:
        """Whether a run is to pass over it; an instance can't be passed over."""
        return self.type in ("command", "event") and self.data.get("disabled") is True

    @property
    def declared_instance(self) -> str:
        """The instance that the node says it belongs to; empty where it says nothing."""
        return _id(self.data.get("sipInstanceId")) or ""


@dataclass(frozen=True, slots=True)
class Edge:
    """One connection."""

    id: str
    source: str
    target: str
    branch: Branch


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed document. `raw` is what is saved: nothing in it has been changed, added or dropped."""

    raw: dict[str, Any]
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    findings: tuple[Finding, ...] = field(default=())
    """What is wrong with its shape: everything that could not be read as a node or an edge."""

    @classmethod
    def parse(cls, source: bytes | str | Mapping[str, Any]) -> Document:
        """Read a document from JSON text or from the object it holds. Never raises: see `findings`."""
        if isinstance(source, bytes | str):
            try:
                raw = read_json(source)
            except ScenarioInvalid as unreadable:
                return cls({}, (), (), tuple(f for f in unreadable.findings if isinstance(f, Finding)))
        else:
            raw = dict(source)
            if too_deep := _depth_finding(raw):
                return cls({}, (), (), (too_deep,))
        findings: list[Finding] = []
        nodes = _read_nodes(raw, findings)
        # Of edges between nodes that could not be read nothing true can be told.
        edges = _read_edges(raw, findings) if nodes or not findings else ()
        return cls(raw, nodes, edges, tuple(findings))


def read_file(path: Path) -> bytes:
    """What a file holds, cut one byte behind the longest document. Raises OSError."""
    with path.open("rb") as file:
        return file.read(MAX_BYTES + 1)


def read_json(source: bytes | str, scenario_id: str = "") -> dict[str, Any]:
    """The object in a document's text. Raises ScenarioInvalid for anything else, a nesting bomb included."""
    try:
        if len(source) > MAX_BYTES:
            raise _Unreadable("document-too-long", mib=MAX_BYTES // 1024 // 1024)
        text = source.decode("utf-8-sig") if isinstance(source, bytes) else source
        if _values_at_most(text) > MAX_VALUES:
            raise _Unreadable("document-too-full", count=f"{MAX_VALUES:,}")
        raw = json.loads(text, parse_constant=_refuse_constant)
        if not isinstance(raw, dict):
            raise _Unreadable("document-no-object", kind=_json_kind(raw))
    except RecursionError:
        finding = _too_deep()
    except UnicodeDecodeError as error:
        finding = _error("document-encoding", byte=error.start)
    except json.JSONDecodeError as error:
        fault = told_by(error.msg, _JSON, "json-unread")
        place = Saying.of("json-at", reason=fault, line=error.lineno, column=error.colno)
        finding = _error("document-json", reason=place)
    except _Unreadable as error:
        finding = error.finding
    except ValueError as error:
        finding = _error("document-unreadable", reason=told_by(str(error), _JSON, "json-unread"))
    else:
        too_deep = _depth_finding(raw)
        if too_deep is None:
            return raw
        finding = too_deep
    raise ScenarioInvalid(scenario_id, [finding])


def write_json(flow_data: Mapping[str, Any], *, indent: int | None = None) -> str:
    """A document as JSON text. Raises ScenarioError for what JSON, or the limits, can't hold."""
    if _depth_finding(flow_data):
        raise ScenarioError(_too_deep().fault)
    try:
        text = json.dumps(flow_data, ensure_ascii=False, allow_nan=False, indent=indent)
        size = len(text.encode())
    except UnicodeEncodeError:  # a lone surrogate, which JSON holds as an escape only
        text = json.dumps(flow_data, allow_nan=False, indent=indent)
        size = len(text)
    except (TypeError, ValueError) as error:
        raise ScenarioError(Saying.of("document-unwritable", reason=str(error))) from error
    if size > MAX_BYTES:
        raise DocumentTooLarge(Saying.of("document-too-long", mib=MAX_BYTES // 1024 // 1024))
    if _values_at_most(text) > MAX_VALUES:
        raise DocumentTooLarge(Saying.of("document-too-full", count=f"{MAX_VALUES:,}"))
    return text


def _values_at_most(text: str) -> int:
    """How many values a JSON text has at most: commas within strings count, too, so that nothing has to be parsed."""
    return text.count(",") + text.count("[") + text.count("{") + 1


def _read_nodes(raw: Mapping[str, Any], findings: list[Finding]) -> tuple[Node, ...]:
    nodes: dict[str, Node] = {}
    for index, item in enumerate(_items(raw, "nodes", MAX_NODES, findings)):
        place = f"nodes[{index}]"
        if not isinstance(item, dict):
            findings.append(_error("no-object", place=place, kind=_json_kind(item)))
            continue
        node_id = _id(item.get("id"))
        if node_id is None:
            findings.append(_error("node-no-id", place=place))
            continue
        data = item.get("data")
        if data is not None and not isinstance(data, dict):
            findings.append(_error("no-object", node_id, place="data", kind=_json_kind(data)))
        kind = item.get("type")
        if not isinstance(kind, str) or not kind:
            findings.append(_error("node-no-type", node_id))
            kind = ""
        if node_id in nodes:
            findings.append(_error("node-id-taken", node_id, place=place, id=node_id))
            continue
        nodes[node_id] = Node(node_id, kind, data if isinstance(data, dict) else {})
    return tuple(nodes.values())


def _read_edges(raw: Mapping[str, Any], findings: list[Finding]) -> tuple[Edge, ...]:
    edges: list[Edge] = []
    seen: set[str] = set()
    for index, item in enumerate(_items(raw, "edges", MAX_EDGES, findings)):
        place = f"edges[{index}]"
        if not isinstance(item, dict):
            findings.append(_error("no-object", place=place, kind=_json_kind(item)))
            continue
        edge_id = _id(item.get("id"))
        if edge_id is not None and edge_id in seen:
            findings.append(_error("edge-id-taken", place=place, id=edge_id))
        source, target = _id(item.get("source")), _id(item.get("target"))
        if source is None or target is None:
            code = "edge-no-source" if source is None else "edge-no-target"
            findings.append(_error(code, source or target, edge=repr(edge_id or place)))
            continue
        seen.add(edge_id or place)
        edges.append(Edge(edge_id or place, source, target, _branch(item)))
    return tuple(edges)


def _branch(edge: Mapping[str, Any]) -> Branch:
    data = edge.get("data")
    candidates = (edge.get("sourceHandle"), data.get("branchType") if isinstance(data, dict) else None)
    return next((Branch(name) for name in candidates if name in ("success", "failure")), Branch.SUCCESS)


def _items(raw: Mapping[str, Any], key: str, limit: int, findings: list[Finding]) -> list[Any]:
    items = raw.get(key)
    if items is None:
        return []
    if not isinstance(items, list):
        findings.append(_error("no-list", place=key, kind=_json_kind(items)))
        return []
    if len(items) > limit:
        findings.append(_error("too-many", place=key, limit=limit, count=len(items)))
        return []
    return items


def _id(value: object) -> str | None:
    """An id as text: a number is taken by its digits; None for anything that is no id."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) and value else None


def _depth_finding(value: object) -> Finding | None:
    """A finding if objects and lists are nested too deep. Walks level by level, without recursion."""
    level = [value]
    for _ in range(MAX_DEPTH):
        deeper: list[object] = []
        for item in level:
            if isinstance(item, dict):
                deeper += (child for child in item.values() if isinstance(child, dict | list))
            elif isinstance(item, list):
                deeper += (child for child in item if isinstance(child, dict | list))
        if not deeper:
            return None
        level = deeper
    return _too_deep()


def _too_deep() -> Finding:
    return _error("document-too-deep", levels=MAX_DEPTH)


_JSON: Final = rules(
    (r"'(?P<sign>[,:])' delimiter", "json-lacks"),
    (r"property name", "json-name"),
    (r"expecting value", "json-value"),
    (r"unterminated string", "json-open-text"),
    (r"control character", "json-control"),
    (r"escape", "json-escape"),
    (r"extra data", "json-rest"),
    (r"trailing comma", "json-comma"),
    (r"integer string conversion", "json-long-number"),
)
"""What Python's reader of JSON says (json.decoder, json.scanner)."""


def _refuse_constant(name: str) -> float:
    raise _Unreadable("document-constant", name=name)


def _json_kind(value: object) -> Saying:
    """What kind of JSON value it is, as a part of what a fault says."""
    match value:
        case None:
            kind = "json-null"
        case bool():
            kind = "json-boolean"
        case str():
            kind = "json-text"
        case int() | float():
            kind = "json-number"
        case list():
            kind = "json-list"
        case _:
            kind = "json-object"
    return Saying.of(kind)


def _error(code: str, node_id: str | None = None, **values: Value) -> Finding:
    return Finding(Severity.ERROR, node_id, "", Saying.of(code, **values))


class _Unreadable(ValueError):
    """A text that holds no document, for a reason of ours."""

    def __init__(self, code: str, **values: Value) -> None:
        self.finding = Finding(Severity.ERROR, None, "", Saying.of(code, **values))
        super().__init__(self.finding.message)
