"""pbx: a registrar and proxy of the scenario's own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from sipflow.base.occurrences import Occurrences
from sipflow.base.pbx_choices import Effect, FaultRule, Forking, Guarded, Mode
from sipflow.scenario.fields import Kind, NumberGroups, Text, unfit
from sipflow.scenario.findings import Problem
from sipflow.scenario.node_api import Instance, InstanceParams, Surroundings, instance
from sipflow.scenario.shown_when import shown_unless, shown_when
from sipflow.sip.methods import KNOWN_METHODS

MAX_FAULTS = 50


_ROW_SCHEMA = {
    "type": "object",
    "properties": {
        "method": {"type": "string", "enum": ["", *KNOWN_METHODS]},
        "requests": {"type": "string"},
        "effect": {"type": "string", "enum": [effect.value for effect in Effect]},
        "statusCode": {"type": "integer", "minimum": 300, "maximum": 699, "default": 503},
        "retryAfter": {"type": "integer", "minimum": 0, "maximum": 86_400, "default": 0},
        "delay": {"type": "integer", "minimum": 0, "maximum": 60_000, "default": 500},
    },
}


def _fault_rows(value: object) -> tuple[FaultRule, ...]:
    if not isinstance(value, list | tuple):
        raise unfit("fault-row")
    return tuple(row if isinstance(row, FaultRule) else _fault_row(row) for row in value)


def _fault_row(row: object) -> FaultRule:
    if not isinstance(row, Mapping):
        raise unfit("fault-row")
    method = str(row.get("method") or "").strip().upper()
    if method and method not in KNOWN_METHODS:
        raise unfit("fault-method", name=method, known=", ".join(KNOWN_METHODS))
    text = str(row.get("requests") or "")
    try:
        which = Occurrences.parse(text)
    except ValueError:
        raise unfit("fault-requests", text=text) from None
    effect = str(row.get("effect") or Effect.REFUSE.value)
    if effect not in [known.value for known in Effect]:
        raise unfit("fault-effect", name=effect, known=", ".join(Effect))
    status, retry_after_s, delay_ms = (_number(row, name) for name in ("statusCode", "retryAfter", "delay"))
    return FaultRule(Effect(effect), method, which, status, retry_after_s, delay_ms / 1000)


def _number(row: Mapping[str, Any], name: str) -> int:
    schema: dict[str, Any] = _ROW_SCHEMA["properties"][name]  # type: ignore[index]
    low, high, default = schema["minimum"], schema["maximum"], schema["default"]
    given = row.get(name)
    text = "" if given is None else str(given).strip().removesuffix(".0")
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1 if text else default
    if not low <= number <= high:
        raise unfit("fault-number", name=name, low=str(low), high=str(high), text=text)
    return int(number)


def _groups(value: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    for number, members in value:
        if not any(member.strip() for member in members.split(",")):
            raise unfit("group-empty", number=number)
    return value


def _domains(value: str) -> str:
    return " ".join(name.strip().lower() for name in value.replace(",", " ").split())


_WHERE_IT_ASKS = shown_unless("challenge", Guarded.NOTHING)


class PbxParams(InstanceParams):
    """Settings of a pbx."""

    mode: Annotated[Mode, Field(title="Acts as"), Kind.CHOICE] = Mode.PROXY
    """Whether calls pass through it, or end at it and begin anew."""
    forking: Annotated[Forking, Field(title="Order of ringing"), Kind.CHOICE] = Forking.BY_Q
    """In which order the phones ring that are registered for one number."""
    groups: Annotated[NumberGroups, Field(title="Groups"), AfterValidator(_groups)] = ()
    """Numbers that ring several others: a number, and after it those that ring, with commas between."""
    ring_s: Annotated[int, Field(alias="ringSeconds", ge=1, le=600, title="Ring for"), Kind.SECONDS] = 20
    """How long phones ring before the next ones do, in seconds."""
    challenge: Annotated[Guarded, Field(title="Ask for passwords"), Kind.CHOICE] = Guarded.NOTHING
    """What a password is asked for."""
    password: Annotated[str, Field(max_length=1_000, repr=False), Kind.PASSWORD, _WHERE_IT_ASKS] = ""
    """Password of every number; empty: each instance's own. `${env:NAME}` takes it from the environment."""
    realm: Annotated[Text, Kind.TEXT, _WHERE_IT_ASKS] = "sipflow"
    """Realm that it names when it asks."""
    faults: Annotated[
        tuple[Annotated[FaultRule, WithJsonSchema(_ROW_SCHEMA)], ...],
        BeforeValidator(_fault_rows),
        Field(max_length=MAX_FAULTS),
        Kind.FAULTS,
    ] = ()
    """Requests to refuse, delay or drop on purpose: by their number as they come (1, 1-2, 4-), or a share of them."""
    domain: Annotated[Text, AfterValidator(_domains), Kind.TEXT] = ""
    """Domains that it serves beside its own address, such as example.com; by them other PBXs find it."""
    record_route: Annotated[bool, Kind.BOOLEAN, shown_when("mode", Mode.PROXY)] = True
    """Whether what follows in a call goes through it too. As B2BUA it always does."""
    min_expires_s: Annotated[int, Field(alias="minExpiresSeconds", ge=1, le=3_600), Kind.SECONDS] = 1
    """Shortest registration, in seconds: less is refused with 423."""
    max_expires_s: Annotated[int, Field(alias="maxExpiresSeconds", ge=1, le=604_800), Kind.SECONDS] = 3_600
    """Longest registration, in seconds: more is cut to it."""
    local_host: Annotated[Text, Kind.HOST] = "127.0.0.1"
    """Address to listen on."""
    local_port: Annotated[int, Field(ge=0, le=65535), Kind.PORT] = 0
    """Port to listen on, UDP and TCP; 0 chooses a free one from 5060 upwards."""
    color: Annotated[Text, Field(title="Colour"), Kind.COLOUR] = ""
    """Colour of the PBX."""

    @property
    def domains(self) -> frozenset[str]:
        """The domains, one by one."""
        return frozenset(self.domain.split())

    @property
    def members(self) -> dict[str, tuple[str, ...]]:
        """The numbers of each group, by its own."""
        return {
            number: tuple(member.strip() for member in members.split(",") if member.strip())
            for number, members in self.groups
        }

    @property
    def listens_on(self) -> tuple[str, int]:
        return self.local_host, self.local_port


@instance("pbx", title="PBX", icon="server", group="instance", face="{mode}")
class PbxInstance(Instance[PbxParams]):
    """A PBX in the scenario: instances register with it and call through it. It needs no steps."""

    is_pbx: ClassVar[bool] = True

    def check(self, around: Surroundings) -> Iterator[Problem]:
        params = self.params
        if params.min_expires_s > params.max_expires_s:
            yield Problem.error("minExpiresSeconds", "pbx-expires-crossed", longest=params.max_expires_s)
        if not around.is_needed and not params.local_port:
            yield Problem.warning("", "pbx-for-nobody")
