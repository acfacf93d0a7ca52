"""The fields of node types: base class of their models, field kinds and the types that fields share."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Final, Self, cast

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel
from pydantic.fields import ComputedFieldInfo, FieldInfo

from sipflow.base.errors import SipParseError
from sipflow.sip.grammar import is_token
from sipflow.sip.headers import name_key
from sipflow.sip.outgoing import WRITTEN_BY_THE_STACK
from sipflow.sip.uri import Uri

DEFAULT_CALL_ID: Final = "call-1"
MAX_TEXT_CHARS: Final = 10_000
MAX_WAIT_MS: Final = 24 * 60 * 60 * 1000  # a day: longer is a slip of the keyboard
MAX_HEADERS: Final = 100


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

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> dict[str, Any]:
        """Put the kind into the field's JSON Schema, as `x-kind`."""
        json_schema: dict[str, Any] = handler(schema)
        json_schema["x-kind"] = self.value
        return json_schema


_NUMBERS: Final = frozenset({Kind.MILLISECONDS, Kind.SECONDS, Kind.STATUS_CODE, Kind.INTEGER, Kind.PORT})
_TEXTS: Final = frozenset({Kind.TEXT, Kind.SIP_URI, Kind.DN, Kind.CALL_ID, Kind.HOST, Kind.PASSWORD, Kind.COLOUR})


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
    def read(cls, data: Mapping[str, Any]) -> tuple[Self, dict[str, str]]:
        """The settings in a node's `data`, and by JSON name what is wrong with each bad one.

        A bad or missing field stands at its default, or at the empty text where it has none, so that
        every other rule can be checked all the same. Only settings without a problem may be run.
        """
        given = cls.given(data)
        required = [name for name, info in cls.model_fields.items() if info.is_required()]
        params = cast(Self, cls.model_construct(None, **dict.fromkeys(required, "")))
        problems = {cls.json_name(name): "is missing" for name in required if name not in given}
        for name, value in given.items():
            kind = cls.kind(name)
            try:
                setattr(params, name, _tolerated(value, kind))
            except ValidationError as error:
                problems[cls.json_name(name)] = _problem(error, value, secret=kind is Kind.PASSWORD)
        return params, problems


def _is_blank(value: object) -> bool:
    return value is None or value == [] or (isinstance(value, str) and not value.strip())


def _tolerated(value: object, kind: Kind) -> object:
    """A number that stands where a text belongs is taken by its digits; true and false are no numbers."""
    if isinstance(value, bool):
        return str(value) if kind in _NUMBERS else value
    return _as_text(value) if kind in _TEXTS else value


def _problem(error: ValidationError, value: object, *, secret: bool) -> str:
    """What is wrong, in words that follow the field's name."""
    texts = []
    for detail in error.errors(include_url=False, include_context=False):
        text = detail["msg"].removeprefix("Value error, ").removeprefix("Input ").removeprefix("String ")
        texts.append(text[:1].lower() + text[1:])
    what = "; ".join(dict.fromkeys(texts))
    if secret:
        return what
    shown = repr(value)
    return f"{what}, got {shown if len(shown) <= 60 else shown[:57] + '...'}"


_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_DN: Final = re.compile(r"[^\s@:;<>\"\\?]+\Z")
_OWN_HEADERS: Final = WRITTEN_BY_THE_STACK | {"content-type"}


def _as_text(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    return str(int(value)) if value == value // 1 else str(value)


def _one_line(value: str) -> str:
    if _CONTROL.search(value):
        raise ValueError("should be one line without control characters")
    return value


def _target(value: str) -> str:
    expected = "should be a SIP URI such as sip:1002@127.0.0.1:5062, or the dn of an instance"
    if ":" not in value and _DN.match(value):
        return value
    try:
        uri = Uri.parse(value)
    except SipParseError as error:
        raise ValueError(expected) from error
    if not uri.is_sip:
        raise ValueError(expected)
    if uri.headers:
        raise ValueError("should have no header fields after `?`: write them into headers")
    return value


def _dn(value: str) -> str:
    if not _DN.match(value):
        raise ValueError('should be a number or name without spaces and without any of @ : ; < > " \\ ?')
    return value


def _as_header_pairs(value: object) -> object:
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
            raise ValueError(f"{name!r} is no header name")
    return value


def _without_own_headers(value: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    for name, _ in value:
        if name_key(name) in _OWN_HEADERS:
            raise ValueError(f"{name} is written by the stack itself")
    return value


Text = Annotated[str, Field(max_length=MAX_TEXT_CHARS), AfterValidator(_one_line)]
"""One line of text."""

CallIdField = Annotated[Text, Kind.CALL_ID]
TargetField = Annotated[Text, AfterValidator(_target), Kind.SIP_URI]
DnField = Annotated[Text, AfterValidator(_dn), Kind.DN]
WaitMs = Annotated[int, Field(alias="timeout", ge=0, le=MAX_WAIT_MS), Kind.MILLISECONDS]
"""How long a node waits, in milliseconds; `timeout` in the document."""
HeaderPairs = Annotated[
    tuple[tuple[Text, Text], ...],
    Field(max_length=MAX_HEADERS),
    AfterValidator(_check_header_names),
    BeforeValidator(_as_header_pairs),
    Kind.HEADERS,
]
"""Header fields as pairs of name and value, in order."""
ExtraHeaders = Annotated[HeaderPairs, AfterValidator(_without_own_headers)]
"""Header fields to write into a message, beside those that every message has."""


class CallParams(Params):
    """Settings of a node that concerns a call."""

    call_id: CallIdField = DEFAULT_CALL_ID
    """Which of the instance's calls is meant, by the scenario's own name for it."""


class EventParams(CallParams):
    """Settings of a node that waits."""

    timeout_ms: WaitMs = 10_000
    """How long to wait before the node fails, in milliseconds."""
