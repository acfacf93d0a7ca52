"""What a node type is made of: one class with its settings, its look and its behaviour.

A module of `sipflow.nodes` declares a type by decorating a class; `NodeTypes.discover` finds it there.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from types import ModuleType
from typing import Annotated, Any, ClassVar, Generic, TypeVar, cast, get_args

from sipflow.base.sayings import Saying, Told
from sipflow.scenario.codec_fault import find_codec_fault
from sipflow.scenario.context import NodeContext
from sipflow.scenario.document import Branch
from sipflow.scenario.fields import Kind, Params, Text
from sipflow.scenario.findings import Problem
from sipflow.scenario.shown_when import KEY as SHOWN_WHEN
from sipflow.scenario.shown_when import shown_when


class NodeKind(StrEnum):
    """The three looks of a node, by the words of a document's `type`."""

    INSTANCE = "sipInstance"
    COMMAND = "command"
    EVENT = "event"


class CallSide(StrEnum):
    """Which end of a call a node concerns."""

    CALLER = "caller"
    CALLEE = "callee"
    EITHER = "either"


class CallChange(StrEnum):
    """What one side does to a call and the other side sees."""

    RINGS = "rings"
    ANSWERS = "answers"
    ENDS = "ends"
    HOLDS = "holds"
    RETRIEVES = "retrieves"
    TRANSFERS = "transfers"


class Steering(StrEnum):
    """How a node steers its chain, where it does more than one step after another."""

    LOOP = "loop"
    """Its success edge is followed round after round, its failure edge after the last one."""
    EITHER = "either"
    """The events at its two edges are waited for at once; the chain goes on behind the one that comes first."""
    BOTH = "both"
    """The events at its two edges are waited for at once; the chain goes on when both have come."""


class Hearing(StrEnum):
    """Which messages, as such, a node waits for."""

    REQUESTS = "requests"
    RESPONSES = "responses"


class InstanceParams(Params):
    """What every kind of instance has."""

    label: Annotated[Text, Kind.TEXT] = ""
    """Name shown for this instance."""

    @property
    def hears_audio(self) -> bool:
        """Whether it listens to samples in every call."""
        return False

    @property
    def number(self) -> str:
        """Its directory number, which no other instance may have; empty where nobody calls it."""
        return ""

    @property
    def pbx_name(self) -> str:
        """The PBX that it is used with: the name of a PBX of the scenario, or a host; empty where it has none."""
        return ""

    @property
    def listens_on(self) -> tuple[str, int]:
        """Where it is to listen; port 0 leaves that open. No other instance may have the same address and port.

        The host is its own address; else whom it must reach, from whose side its address follows; else empty.
        """
        raise NotImplementedError

    def media_fault(self, called: InstanceParams) -> Saying | None:  # noqa: ARG002 - for those who have media
        """Why a call to another instance can't have media, by the settings of both; None where it can."""
        return None


AudioFault = Callable[[str], Told]
"""Why audio of this name can't be played; empty where it can."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a node type may look at when it checks a node before the run."""

    dns: Mapping[str, str]
    """Instance id by directory number, of all instances of the scenario."""
    names: Mapping[str, str]
    """What people call each instance, by its id."""
    instance_id: str
    """The node's own instance; empty where no chain reaches the node."""
    uses_pbx: bool
    """Whether that instance sends its calls through a PBX."""
    takes_calls: frozenset[str]
    """Ids of the instances with a step that takes incoming calls."""
    answers_calls: frozenset[str]
    """Ids of the instances with a step that answers calls."""
    has_failure_branch: bool
    """Whether the scenario goes on where this node fails."""
    request_waits: Mapping[str, str]
    """The instance's nodes that wait for requests, by id: the method where the stack answers it, else nothing."""
    unsettled: frozenset[str] = frozenset()
    """The node's fields, by JSON name, that are bad, or whose value the run alone may know: they stand at defaults."""
    pbxs: Mapping[str, str] = field(default_factory=dict)
    """Ids of the scenario's PBXs, by what they may be called: label and id, without regard to case."""
    is_needed: bool = True
    """Of a PBX: whether any instance is used with it."""
    reached: Callable[[str], str] = lambda _: ""
    """Id of the instance that a call of the node's instance to this target reaches; empty where it is not known."""
    media_fault: Callable[[str], Saying | None] = lambda _: None
    """Why a call of the node's instance to this one can't have media; None where it can."""
    audio_fault: AudioFault | None = None
    """None where nobody can look at audio files."""
    codec_fault: Callable[[str], str] = find_codec_fault
    """Why this machine can't use a codec; empty where it can."""


P = TypeVar("P", bound=Params)
B = TypeVar("B", bound="Behaviour[Any]")


class Behaviour(Generic[P]):
    """A node with its settings."""

    node_type: ClassVar[NodeType]

    def __init__(self, params: P) -> None:
        self.params = params

    def check(self, around: Surroundings) -> Iterator[Problem]:  # noqa: ARG002 - for those who override it
        """What is wrong or doubtful beyond single fields. A bad field stands at its default here."""
        yield from ()


class Instance(Behaviour[P]):
    """Something with an address of its own. It has settings only: by their type the engine knows what to make."""

    is_pbx: ClassVar[bool] = False
    """Whether other instances are used with it. A PBX acts by itself: it has no steps."""


class RunnableNode(Behaviour[P], ABC):
    """A step of a chain."""

    @abstractmethod
    async def run(self, ctx: NodeContext) -> Branch | None:
        """Do it, or wait for it. Returning is success, NodeFailed is failure; a branch says where to go on instead."""


class Command(RunnableNode[P]):
    """A step that does something."""


class Event(RunnableNode[P]):
    """A step that waits for something."""


@dataclass(frozen=True)
class NodeType:
    """Everything there is to know about one type of node."""

    kind: NodeKind
    name: str
    """`MakeCall`, `INCOMING`; for an instance the document's type itself."""
    title: str
    """What people call it, in English: `Make call`."""
    icon: str
    """Name of a Lucide icon."""
    group: str
    """Where the palette puts it."""
    behaviour: type[Behaviour[Any]]
    opens: CallSide | None = None
    """The side of the call that this node binds to its call id, if it binds one."""
    needs: CallSide | None = None
    """The side of an already bound call that this node works on, if it works on one."""
    needs_unless: str = ""
    """The attribute of its settings with which, once it is set, the node works on no call."""
    causes: CallChange | None = None
    """What this node does to its call, if the other side sees anything of it."""
    awaits: CallChange | None = None
    """What must be done to the call for this node to succeed, if it waits for that."""
    hears: Hearing | None = None
    """Which messages it waits for, if it waits for messages. Its settings have a `method`."""
    steers: Steering | None = None
    """How it steers its chain, if it does."""
    meets: str = ""
    """The attribute of its settings that names where it waits for other instances, if it does."""
    uses_audio: bool = False
    """Whether it works on samples: what that needs is imported before the run, so that no stream stands still."""
    face: str = ""
    """What a node shows besides its title: text with `{setting}` in it, of which a part in square brackets goes where
    a setting in it is empty. Empty shows nothing."""
    ways: Mapping[Branch, str] = field(default_factory=dict)
    """What people call its edges, in English, where these mean something else than that it succeeded or failed."""

    @cached_property
    def params(self) -> type[Params]:
        """The model of its settings."""
        for base in inspect.getmro(self.behaviour):
            for generic in getattr(base, "__orig_bases__", ()):
                for argument in get_args(generic):
                    if isinstance(argument, type) and issubclass(argument, Params):
                        return argument
        raise TypeError(f"{self.behaviour.__name__} names no settings: write Command[ItsParams]")

    @property
    def works_without_call(self) -> bool:
        """Whether it needs no call where its settings say so: by `needs_unless`, or by a call id that may be empty."""
        call_id = self.params.model_fields.get("call_id")
        return bool(self.needs_unless) or (call_id is not None and call_id.default == "")

    @cached_property
    def doc(self) -> str:
        """What it does, in one or more sentences."""
        return inspect.getdoc(self.behaviour) or ""

    @cached_property
    def json_schema(self) -> dict[str, Any]:
        """JSON Schema of its settings, required ones first; every property carries its field kind as `x-kind`."""
        schema = self.params.model_json_schema()
        required = schema.get("required", [])
        if self.needs_unless:
            freed_by = self.params.model_fields[self.needs_unless]
            without = shown_when(self.params.json_name(self.needs_unless), freed_by.default)
            schema["properties"]["callId"][SHOWN_WHEN] = without.told
        schema["properties"] = dict(sorted(schema["properties"].items(), key=lambda item: item[0] not in required))
        return schema


def command(
    name: str,
    *,
    title: str = "",
    icon: str,
    group: str,
    opens: CallSide | None = None,
    needs: CallSide | None = None,
    needs_unless: str = "",
    causes: CallChange | None = None,
    steers: Steering | None = None,
    meets: str = "",
    uses_audio: bool = False,
    face: str = "",
    ways: Mapping[Branch, str] | None = None,
) -> Callable[[type[B]], type[B]]:
    """Declare a class as the command of this name; without a title, people call it by its name."""
    more: dict[str, Any] = {"opens": opens, "needs": needs, "causes": causes, "steers": steers, "meets": meets}
    more |= {"uses_audio": uses_audio, "ways": ways or {}}
    return _declare(NodeKind.COMMAND, name, title, icon, group, face=face, needs_unless=needs_unless, **more)


def event(
    name: str,
    *,
    title: str = "",
    icon: str,
    group: str,
    opens: CallSide | None = None,
    needs: CallSide | None = None,
    needs_unless: str = "",
    awaits: CallChange | None = None,
    hears: Hearing | None = None,
    uses_audio: bool = False,
    face: str = "",
) -> Callable[[type[B]], type[B]]:
    """Declare a class as the event of this name."""
    more: dict[str, Any] = {"opens": opens, "needs": needs, "awaits": awaits, "hears": hears, "uses_audio": uses_audio}
    return _declare(NodeKind.EVENT, name, title, icon, group, face=face, needs_unless=needs_unless, **more)


def instance(name: str, *, title: str = "", icon: str, group: str, face: str = "") -> Callable[[type[B]], type[B]]:
    """Declare a class as the kind of instance of this name."""
    return _declare(NodeKind.INSTANCE, name, title, icon, group, face=face)


def _declare(kind: NodeKind, name: str, title: str, icon: str, group: str, **more: Any) -> Callable[[type[B]], type[B]]:
    def attach(behaviour: type[B]) -> type[B]:
        behaviour.node_type = NodeType(kind, name, title or name, icon, group, behaviour, **more)
        return behaviour

    return attach


class NodeTypes:
    """The node types that documents may use."""

    def __init__(self, node_types: Iterable[NodeType]) -> None:
        self._by_name: dict[tuple[NodeKind, str], NodeType] = {}
        for node_type in node_types:
            key = (node_type.kind, node_type.name)
            if key in self._by_name:
                raise ValueError(f"two node types are called {node_type.kind} {node_type.name}")
            self._by_name[key] = node_type

    @classmethod
    def discover(cls, package: ModuleType) -> NodeTypes:
        """Import every module of a package and collect the types declared there, in order of module names."""
        found: list[NodeType] = []
        for info in sorted(pkgutil.iter_modules(package.__path__), key=lambda info: info.name):
            module = importlib.import_module(f"{package.__name__}.{info.name}")
            for value in vars(module).values():
                declared = getattr(value, "node_type", None)
                if (
                    isinstance(declared, NodeType)
                    and declared.behaviour is value
                    and value.__module__ == module.__name__
                ):
                    found.append(declared)
        return cls(found)

    def find(self, kind: str, name: str) -> NodeType | None:
        """The type of a document's node, or None."""
        return self._by_name.get((cast(NodeKind, kind), name))

    def names(self, kind: NodeKind) -> list[str]:
        """The names of all types of one kind."""
        return [name for its_kind, name in self._by_name if its_kind is kind]

    def __iter__(self) -> Iterator[NodeType]:
        return iter(self._by_name.values())

    def __len__(self) -> int:
        return len(self._by_name)
