"""What is true of every node type."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

import sipflow.nodes
from sipflow.nodes import load_node_types
from sipflow.scenario.fields import CallParams, Kind
from sipflow.scenario.node_api import CallSide, NodeKind, NodeType, NodeTypes
from sipflow.scenario.shown_when import KEY

NODE_TYPES = load_node_types()
each_type = pytest.mark.parametrize(
    "node_type", list(NODE_TYPES), ids=lambda node_type: f"{node_type.kind}-{node_type.name}"
)


def test_every_module_of_the_package_is_found() -> None:
    assert NODE_TYPES.names(NodeKind.INSTANCE) == ["pbx", "sipInstance"]
    commands = ["Answer", "Hold", "MakeCall", "Register", "Release", "Response", "Retrieve", "Ringing", "Unregister"]
    commands += [
        "AssertHears",
        "AssertMedia",
        "BlindTransfer",
        "MuteTransfer",
        "SendDTMF",
        "PlayAudio",
        "RecordAudio",
        "StopAudio",
    ]
    others = ["Assert", "Both", "Either", "Loop", "SendRaw", "SendRequest", "Set", "Sync"]
    assert sorted(NODE_TYPES.names(NodeKind.COMMAND)) == sorted(commands + others)
    events = ["CONNECTED", "DISCONNECTED", "HELD", "INCOMING", "RETRIEVED", "RINGING", "TIMEOUT"]
    events += ["AUDIO", "DTMFReceived"]
    assert sorted(NODE_TYPES.names(NodeKind.EVENT)) == sorted([*events, "NOTIFY", "REQUEST", "RESPONSE", "TRANSFERRED"])


def test_two_types_of_one_name_are_refused() -> None:
    node_type = next(iter(NODE_TYPES))
    with pytest.raises(ValueError, match="two node types are called"):
        NodeTypes([node_type, node_type])


def test_types_are_found_by_kind_and_name() -> None:
    ringing = NODE_TYPES.find("command", "Ringing")
    assert ringing is not None
    assert NODE_TYPES.find("event", "Ringing") is None
    assert NODE_TYPES.find("command", "ringing") is None


@each_type
def test_node_type_has_a_look_and_a_sentence(node_type: NodeType) -> None:
    assert node_type.icon
    assert node_type.group
    assert node_type.doc.split("\n")[0].endswith(".")


@each_type
def test_every_field_has_a_kind_a_title_and_help(node_type: NodeType) -> None:
    properties = node_type.json_schema["properties"]
    for name in node_type.params.model_fields:
        schema = properties[node_type.params.json_name(name)]
        assert schema["x-kind"] == node_type.params.kind(name)
        assert schema["description"].endswith(".")
        assert schema["title"]
    json.dumps(node_type.json_schema)


@each_type
def test_field_is_shown_by_values_that_another_field_can_have(node_type: NodeType) -> None:
    properties = node_type.json_schema["properties"]
    for name, schema in properties.items():
        if KEY in schema:
            told = dict(schema[KEY])
            field = told.pop("field")
            [(word, values)] = told.items()
            assert word in ("is", "not")
            assert name != field
            for value in values:
                _, problems = node_type.params.read({field: value})
                assert field not in problems


def test_field_means_something_beside_certain_values_of_another() -> None:
    def shown(kind: str, name: str, field: str) -> object:
        node_type = NODE_TYPES.find(kind, name)
        assert node_type is not None
        return node_type.json_schema["properties"][field][KEY]

    assert shown("event", "AUDIO", "frequency") == {"field": "kind", "is": ["tone"]}
    assert shown("sipInstance", "sipInstance", "pbxPort") == {"field": "pbxHost", "not": [""]}
    assert shown("command", "Response", "callId") == {"field": "request", "is": [""]}
    assert shown("event", "NOTIFY", "callId") == {"field": "outside", "is": [False]}


@each_type
def test_defaults_satisfy_their_own_limits(node_type: NodeType) -> None:
    defaults = node_type.params.model_construct().model_dump(mode="json", by_alias=True)
    _, problems = node_type.params.read(defaults)
    assert set(problems) <= set(node_type.json_schema.get("required", []))


@each_type
def test_a_node_that_works_on_a_call_names_it(node_type: NodeType) -> None:
    if node_type.opens or node_type.needs:
        assert issubclass(node_type.params, CallParams)
    assert not (node_type.opens and node_type.needs)
    assert node_type.opens is not CallSide.EITHER


def test_schema_tells_kinds_and_limits() -> None:
    make_call = NODE_TYPES.find("command", "MakeCall")
    assert make_call is not None
    timeout = make_call.json_schema["properties"]["timeout"]
    assert (timeout["type"], timeout["minimum"], timeout["default"]) == ("integer", 0, 30_000)
    assert make_call.json_schema["properties"]["completeOn"]["x-kind"] == Kind.CHOICE
    assert make_call.json_schema["required"] == ["targetUri"]


def test_a_passwords_value_is_never_shown() -> None:
    instance = NODE_TYPES.find("sipInstance", "sipInstance")
    assert instance is not None
    params, problems = instance.params.read({"dn": "1", "password": "hunter2"})
    assert problems == {}
    assert "hunter2" not in repr(params)
    _, problems = instance.params.read({"dn": "1", "password": ["hunter2"]})
    assert "hunter2" not in repr(problems["password"])


def test_loading_the_types_imports_no_engine_and_builds_no_schema() -> None:
    program = (
        "import sys; from sipflow.nodes import load_node_types; types = load_node_types();"
        "assert not any('json_schema' in vars(one) for one in types);"
        "print([name for name in sys.modules if name.split('.')[0] in ('asyncio', 'sqlalchemy', 'alembic')"
        " or name.startswith(('sipflow.engine', 'sipflow.ua', 'sipflow.net'))])"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_public_names_of_the_package() -> None:
    assert sipflow.nodes.__all__ == ["load_node_types", "load_texts"]
