"""The fields of node types: base class of their models, field kinds and the types that fields share."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Final, LiteralString, Self, cast

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
)
from pydantic.alias_generators import to_camel
from pydantic.fields import ComputedFieldInfo, FieldInfo
from pydantic_core import ErrorDetails, PydanticCustomError

from sipflow.base.errors import LocalProtocolError, SipParseError
from sipflow.base.sayings import Saying, Value, load_texts
from sipflow.scenario.expressions import ExpressionError, check_expression
from sipflow.scenario.status_pattern import is_status_pattern
from sipflow.scenario.template import is_variable_name
from sipflow.sip.grammar import is_token
from sipflow.sip.headers import name_key
from sipflow.sip.methods import KNOWN_METHODS
from sipflow.sip.outgoing import WRITTEN_BY_THE_STACK
from sipflow.sip.transports import transport_of
from sipflow.sip.uri import Uri

DEFAULT_CALL_ID: Final = "call-1"
MAX_TEXT_CHARS: Final = 10_000
MAX_LINES_CHARS: Final = 65_000
MAX_WAIT_MS: Final = 24 * 60 * 60 * 1000  # a day: longer is a slip of the keyboard
MAX_HEADERS: Final = 100
MAX_DIGITS: Final = 200
DIGITS: Final = "0123456789*#ABCD"
"""What can be dialled."""


class Kind(StrEnum):
    """What a field holds, for whoever shows or edits it. The editor has one widget for each."""

    TEXT = "text"
    SIP_URI = "sip-uri"
    """A SIP URI, or the dn of an instance."""
    DN = "dn"
    CALL_ID = "call-id"
    MILLISECONDS = "milliseconds"
    SECONDS = "seconds"
    STATUS_CODE = "status-code"
    CHOICE = "choice"
    HEADERS = "headers"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    HOST = "host"
    PORT = "port"
    PASSWORD = "password"
    CODECS = "codecs"
    COLOUR = "colour"
    METHOD = "method"
    """A request method."""
    STATUS_PATTERN = "status-pattern"
    """`200`, `4xx`, or several with commas."""
    LINES = "lines"
    """Text of several lines."""
    EXPRESSION = "expression"
    """A condition or value in CEL. Not a text with templates in it."""
    VARIABLE = "variable"
    """The name of a variable that the node sets."""
    VARIABLES = "variables"
    """Names and values of variables that the node sets."""
    GROUPS = "groups"
    """Numbers, each with the numbers that it stands for."""
    CHECKS = "checks"
    """Header fields to check and to capture."""
    NODE = "node"
    """The id of another node."""
    PBX = "pbx"
    """The name of a PBX of the scenario, or a host."""
    AUDIO = "audio"
    """The name of an audio file, or of a built-in sound."""
    FAULTS = "faults"
    """Faults to play: rows of a method, which of its requests are meant, and what happens to them."""

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> dict[str, Any]:
        """Put the kind into the field's JSON Schema, as `x-kind`."""
        json_schema: dict[str, Any] = handler(schema)
        json_schema["x-kind"] = self.value
        return json_schema


_NUMBERS: Final = frozenset({Kind.MILLISECONDS, Kind.SECONDS, Kind.STATUS_CODE, Kind.INTEGER, Kind.PORT})
_TEXTS: Final = frozenset(
    {
        *(Kind.TEXT, Kind.SIP_URI, Kind.DN, Kind.CALL_ID, Kind.HOST, Kind.PBX, Kind.AUDIO, Kind.PASSWORD, Kind.COLOUR),
        *(Kind.METHOD, Kind.STATUS_PATTERN, Kind.LINES, Kind.EXPRESSION, Kind.VARIABLE, Kind.NODE),
    }
)


def _title(name: str, _: FieldInfo | ComputedFieldInfo) -> str:
    words = re.sub(r"_(ms|s)$", "", name).split("_")
    spelled = [{"uri": "URI", "dn": "DN", "id": "ID", "pbx": "PBX", "srtp": "SRTP"}.get(word, word) for word in words]
    return " ".join([spelled[0][0].upper() + spelled[0][1:], *spelled[1:]])


class Params(BaseModel):
    """Settings of a node type: the keys of a node's `data`, checked and typed.

    JSON names are camelCase, attributes snake_case with their unit. A key that is missing, null or blank
    takes its default; one that no field names is ignored here and kept in the document.
    """

    model_config = ConfigDict(
        alias_generator=to_camel,
        field_title_generator=_title,
        populate_by_name=True,
        use_attribute_docstrings=True,
        str_strip_whitespace=True,
        validate_assignment=True,
        extra="ignore",
        defer_build=True,
    )

    @classmethod
    def json_name(cls, name: str) -> str:
        """The document's name of an attribute."""
        return cls.model_fields[name].alias or name

    @classmethod
    def kind(cls, name: str) -> Kind:
        """The kind of an attribute."""
        return next(item for item in cls.model_fields[name].metadata if isinstance(item, Kind))

    @classmethod
    def given(cls, data: Mapping[str, Any]) -> dict[str, Any]:
        """What the document sets, by attribute name: a null, a blank text or an empty list sets nothing."""
        items = ((name, data.get(cls.json_name(name))) for name in cls.model_fields)
        return {name: value for name, value in items if not _is_blank(value)}

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> tuple[Self, dict[str, Saying]]:
        """The settings in a node's `data`, and by JSON name what is wrong with each bad one.

        A bad or missing field stands at its default, or at the empty text where it has none, so that
        every other rule can be checked all the same. Only settings without a problem may be run.
        """
        given = cls.given(data)
        required = [name for name, info in cls.model_fields.items() if info.is_required()]
        params = cast(Self, cls.model_construct(None, **dict.fromkeys(required, "")))
        problems = {cls.json_name(name): Saying.of("missing") for name in required if name not in given}
        for name, value in given.items():
            kind = cls.kind(name)
            try:
                setattr(params, name, _tolerated(value, kind))
            except ValidationError as error:
                problems[cls.json_name(name)] = _fault(error, value, is_secret=kind is Kind.PASSWORD)
        return params, problems


def _is_blank(value: object) -> bool:
    return value is None or value == [] or (isinstance(value, str) and not value.strip())


def _tolerated(value: object, kind: Kind) -> object:
    """A number that stands where a text belongs is taken by its digits; true and false are no numbers."""
    if isinstance(value, bool):
        return str(value) if kind in _NUMBERS else value
    return _as_text(value) if kind in _TEXTS else value


def _fault(error: ValidationError, value: object, *, is_secret: bool) -> Saying:
    """The first thing that is wrong with a value, and the value itself unless it is secret, or rows of several."""
    fault = told_by_pydantic(error.errors(include_url=False)[0])
    if is_secret or (isinstance(value, list) and any(isinstance(row, dict) for row in value)):
        return fault
    shown = repr(value)
    return fault.with_got(shown if len(shown) <= 60 else shown[:57] + "...")


def told_by_pydantic(detail: ErrorDetails) -> Saying:
    """What pydantic has found, as a fault of our own."""
    if len(detail["loc"]) > 1 and detail["type"] in ("missing", "too_long", "tuple_type"):
        return Saying.of("header-pair")
    code = detail["type"].replace("_", "-")
    if code not in load_texts():
        return Saying.of("malformed", reason=detail["msg"])
    values = {name: value for name, value in detail.get("ctx", {}).items() if isinstance(value, Value)}
    if "expected" in values:  # an English list of quoted words
        values["expected"] = str(values["expected"]).replace("' or '", "', '")
    return Saying.of(code, **values)


def unfit(code: LiteralString, **values: Value) -> PydanticCustomError:
    """What a validator of a field raises, by the code of its fault."""
    return PydanticCustomError(code, code, values)


_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_DN: Final = re.compile(r"[^\s@:;<>\"\\?]+\Z")
_OWN_HEADERS: Final = WRITTEN_BY_THE_STACK | {"content-type"}


def _as_text(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    return str(int(value)) if value == value // 1 else str(value)


def _one_line(value: str) -> str:
    if _CONTROL.search(value):
        raise unfit("one-line")
    return value


def _target(value: str) -> str:
    if ":" not in value and _DN.match(value):
        return value
    try:
        uri = Uri.parse(value)
    except SipParseError as error:
        raise unfit("target") from error
    if not uri.is_sip:
        raise unfit("target")
    if uri.headers:
        raise unfit("target-headers")
    try:
        transport_of(uri, "UDP")
    except LocalProtocolError as error:
        raise unfit("target-transport") from error
    return value


def _dn(value: str) -> str:
    if not _DN.match(value):
        raise unfit("dn")
    return value


def _digits(value: str) -> str:
    if not set(value.upper()) <= set(DIGITS):
        raise unfit("digits")
    return value.upper()


def _wave_name(value: str) -> str:
    if not value.lower().endswith(".wav") or value[-5:-4] in ("", "/"):
        raise unfit("wave-name")
    return value


def _method(value: str) -> str:
    if value and not is_token(value):
        raise unfit("method")
    return value.upper() if value.upper() in KNOWN_METHODS else value


def _status_pattern(value: str) -> str:
    if value and not is_status_pattern(value):
        raise unfit("status-pattern")
    return value


def _variable(value: str) -> str:
    if value and not is_variable_name(value):
        raise unfit("variable-name", name=value)
    return value


def _expression(value: str) -> str:
    if value:
        try:
            check_expression(value)
        except ExpressionError as error:
            raise unfit("expression", reason=error.said) from error
    return value


def _encodable(value: str) -> str:
    if "\0" in value:
        raise unfit("no-nul")
    return value


def as_pairs(value: object) -> object:
    """Headers come as pairs, as objects with name and value, as one object, or as lines of text."""
    if isinstance(value, str):
        return [tuple(part.strip() for part in line.partition(":")[::2]) for line in value.splitlines() if line]
    if isinstance(value, dict):
        return [(name, _as_text(text)) for name, text in value.items()]
    if isinstance(value, list):
        return [
            (item.get("name"), _as_text(item.get("value", ""))) if isinstance(item, dict) else item for item in value
        ]
    return value


def _check_header_names(value: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    for name, _ in value:
        if not is_token(name):
            raise unfit("header-name", name=name)
    return value


def _check_named(value: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    for name, _ in value:
        if not name:
            raise unfit("variable-name", name=name)
    return value


def _without_own_headers(value: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    for name, _ in value:
        if name_key(name) in _OWN_HEADERS:
            raise unfit("header-of-the-stack", name=name)
    return value


Text = Annotated[str, Field(max_length=MAX_TEXT_CHARS), AfterValidator(_one_line)]
"""One line of text."""

CallIdField = Annotated[Text, Kind.CALL_ID]
TargetField = Annotated[Text, AfterValidator(_target), Kind.SIP_URI]
DnField = Annotated[Text, AfterValidator(_dn), Kind.DN]
WaitMs = Annotated[int, Field(alias="timeout", ge=0, le=MAX_WAIT_MS), Kind.MILLISECONDS]
"""How long a node waits, in milliseconds; `timeout` in the document."""
DigitsField = Annotated[str, Field(min_length=1, max_length=MAX_DIGITS), AfterValidator(_digits), Kind.TEXT]
"""DTMF digits, letters in capitals."""
DigitField = Annotated[str, Field(max_length=1), AfterValidator(_digits), Kind.TEXT]
"""One DTMF digit, or none."""
WaveName = Annotated[Text, AfterValidator(_wave_name)]
"""The name of a WAV file."""
MethodField = Annotated[Text, AfterValidator(_method), Kind.METHOD]
"""A request method; the known ones in upper case."""
StatusPattern = Annotated[Text, AfterValidator(_status_pattern), Kind.STATUS_PATTERN]
"""Which status codes are meant: `200`, `2xx`, several with commas; empty where any is."""
VariableName = Annotated[Text, AfterValidator(_variable), Kind.VARIABLE]
Expression = Annotated[Text, AfterValidator(_expression), Kind.EXPRESSION]
Lines = Annotated[
    str,
    StringConstraints(strip_whitespace=False, max_length=MAX_LINES_CHARS),
    AfterValidator(_encodable),
    Kind.LINES,
]
"""Text of several lines, kept as it is: spaces and line breaks at its ends too."""
HeaderPairs = Annotated[
    tuple[tuple[Text, Text], ...],
    Field(max_length=MAX_HEADERS),
    AfterValidator(_check_header_names),
    BeforeValidator(as_pairs),
    Kind.HEADERS,
]
"""Header fields as pairs of name and value, in order."""
VariableRows = Annotated[
    tuple[tuple[VariableName, Text], ...],
    Field(max_length=MAX_HEADERS),
    AfterValidator(_check_named),
    BeforeValidator(as_pairs),
    Kind.VARIABLES,
]
"""Variables and their values as pairs, in order."""
NumberGroups = Annotated[
    tuple[tuple[DnField, Text], ...],
    Field(max_length=MAX_HEADERS),
    BeforeValidator(as_pairs),
    Kind.GROUPS,
]
"""Numbers, each with those that it stands for, with commas between."""
ExtraHeaders = Annotated[HeaderPairs, AfterValidator(_without_own_headers)]
"""Header fields to write into a message, beside those that every message has."""


class CallParams(Params):
    """Settings of a node that concerns a call."""

    call_id: CallIdField = DEFAULT_CALL_ID
    """Which of the instance's calls is meant, by the scenario's own name for it."""


class ModifyMethod(StrEnum):
    """By which request a session is changed."""

    INVITE = "INVITE"
    UPDATE = "UPDATE"


class ModifyParams(CallParams):
    """Settings of a node that changes the session of a call."""

    method: Annotated[ModifyMethod, Kind.CHOICE] = ModifyMethod.INVITE
    """Request that asks for the change: a re-INVITE or an UPDATE."""
    timeout_ms: WaitMs = 30_000
    """How long to wait for the final response before the node fails, in milliseconds."""


class EventParams(CallParams):
    """Settings of a node that waits."""

    timeout_ms: WaitMs = 10_000
    """How long to wait before the node fails, in milliseconds."""
