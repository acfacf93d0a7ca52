"""What a node type is made of: one class with its settings, its look and its behaviour.

A module of `sipflow.nodes` declares a type by decorating a class; `NodeTypes.discover` finds it there.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from types import ModuleType
from typing import Annotated, Any, ClassVar, Generic, TypeVar, cast, get_args

from sipflow.scenario.context import NodeContext
from sipflow.scenario.fields import DnField, Kind, Params, Text
from sipflow.scenario.findings import Problem


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


class InstanceParams(Params):
    """What every kind of instance has."""

    label: Annotated[Text, Kind.TEXT] = ""
    """Name shown for this instance."""
    dn: DnField
    """Directory number: the user part of its address. Unique in the scenario."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a node type may look at when it checks a node before the run."""

    dns: Mapping[str, str]
    """Instance id by directory number, of all instances of the scenario."""
    instance_id: str
    """The node's own instance; empty where no chain reaches the node."""
    uses_pbx: bool
    """Whether that instance sends its calls through a PBX."""
    takes_calls: frozenset[str]
    """Ids of the instances with a step that takes incoming calls."""


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
    """A user agent. It has settings only: the engine makes it."""


class RunnableNode(Behaviour[P], ABC):
    """A step of a chain."""

    @abstractmethod
    async def run(self, ctx: NodeContext) -> None:
        """Do it, or wait for it. Returning is success; NodeFailed is failure."""


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
    icon: str
    """Name of a Lucide icon."""
    group: str
    """Where the palette puts it."""
    behaviour: type[Behaviour[Any]]
    opens: CallSide | None = None
    """The side of the call that this node binds to its call id, if it binds one."""
    needs: CallSide | None = None
    """The side of an already bound call that this node works on, if it works on one."""

    @cached_property
    def params(self) -> type[Params]:
        """The model of its settings."""
        for base in inspect.getmro(self.behaviour):
            for generic in getattr(base, "__orig_bases__", ()):
                for argument in get_args(generic):
                    if isinstance(argument, type) and issubclass(argument, Params):
                        return argument
        raise TypeError(f"{self.behaviour.__name__} names no settings: write Command[ItsParams]")

    @cached_property
    def doc(self) -> str:
        """What it does, in one or more sentences."""
        return inspect.getdoc(self.behaviour) or ""

    @cached_property
    def json_schema(self) -> dict[str, Any]:
        """JSON Schema of its settings; every property carries its field kind as `x-kind`."""
        return self.params.model_json_schema()


def command(
    name: str, *, icon: str, group: str, opens: CallSide | None = None, needs: CallSide | None = None
) -> Callable[[type[B]], type[B]]:
    """Declare a class as the command of this name."""
    return _declare(NodeKind.COMMAND, name, icon, group, opens, needs)


def event(
    name: str, *, icon: str, group: str, opens: CallSide | None = None, needs: CallSide | None = None
) -> Callable[[type[B]], type[B]]:
    """Declare a class as the event of this name."""
    return _declare(NodeKind.EVENT, name, icon, group, opens, needs)


def instance(name: str, *, icon: str, group: str) -> Callable[[type[B]], type[B]]:
    """Declare a class as the kind of instance of this name."""
    return _declare(NodeKind.INSTANCE, name, icon, group, None, None)


def _declare(
    kind: NodeKind, name: str, icon: str, group: str, opens: CallSide | None, needs: CallSide | None
) -> Callable[[type[B]], type[B]]:
    def attach(behaviour: type[B]) -> type[B]:
        behaviour.node_type = NodeType(kind, name, icon, group, behaviour, opens, needs)
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
