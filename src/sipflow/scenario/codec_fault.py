"""Whether this machine can use a codec that a scenario names."""

from __future__ import annotations

from typing import Final

_IN_THE_CORE: Final = ("PCMU", "PCMA")


def find_codec_fault(name: str) -> str:
    """Why a codec can't be used here; empty where it can. Media is imported only for codecs that may be missing."""
    if name in _IN_THE_CORE:
        return ""
    from sipflow.media.codecs import find_kind

    kind = find_kind(name)
    return "" if kind is None else kind.missing()
