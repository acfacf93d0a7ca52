"""The torture messages of RFC 4475 and RFC 5118, and the verdict of each (`expected.json`)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class TortureCase:
    """One message, byte for byte, with what its RFC says of it."""

    name: str
    section: str
    is_request: bool
    validity: str
    """`valid`, `invalid`, or `semantic`: well formed, but with something to answer in a special way."""
    data: bytes


def _load() -> dict[str, TortureCase]:
    expected = json.loads((FOLDER / "expected.json").read_text(encoding="utf-8"))
    return {
        case["name"]: TortureCase(
            case["name"],
            f"{rfc} {case['section']}",
            case["type"] == "req",
            case["class"],
            (FOLDER / rfc / f"{case['name']}.dat").read_bytes(),
        )
        for rfc in ("rfc4475", "rfc5118")
        for case in expected[rfc]
    }


TORTURE = _load()
