"""The codecs by their names in SDP. A codec's own module is imported when the first stream opens it."""

from __future__ import annotations

import importlib.util
from typing import Final

from sipflow.media.codecs.codec import AudioCodec, CodecKind, nothing_missing


def _pcmu() -> AudioCodec:
    from sipflow.media.codecs.g711 import G711

    return G711.mu_law()


def _pcma() -> AudioCodec:
    from sipflow.media.codecs.g711 import G711

    return G711.a_law()


def _g722() -> AudioCodec:
    from sipflow.media.codecs.g722 import G722Codec

    return G722Codec()


def _opus() -> AudioCodec:
    from sipflow.media.codecs.opus import OpusCodec

    return OpusCodec()


def _g722_missing() -> str:
    if importlib.util.find_spec("G722"):
        return ""
    return "the Python package G722 is not installed: pip install 'sipflow[codecs]'"


def _opus_missing() -> str:
    from sipflow.media.codecs.libopus import find_libopus

    if find_libopus():
        return ""
    return "the library libopus is not installed: apt-get install libopus0 (Debian, Ubuntu), brew install opus (macOS)"


def _opus_silence(ptime_ms: int) -> bytes:
    """Frames of 10 or 20 ms without a coefficient: CELT over the full band, mono. Source: RFC 6716 §3.1 and §3.2.5."""
    toc, frame_ms = (0xF8, 20) if ptime_ms % 20 == 0 else (0xF0, 10)
    frames = max(ptime_ms // frame_ms, 1)
    empty = b"\xff\xfe"
    return bytes((toc,)) + empty if frames == 1 else bytes((toc | 3, frames)) + empty * frames


KINDS: Final[dict[str, CodecKind]] = {
    kind.name: kind
    for kind in (
        CodecKind("PCMU", 8_000, 8_000, lambda ms: b"\xff" * (8 * ms), nothing_missing, _pcmu, is_divisible=True),
        CodecKind("PCMA", 8_000, 8_000, lambda ms: b"\xd5" * (8 * ms), nothing_missing, _pcma, is_divisible=True),
        # Whatever came before, a decoder that gets nothing but 0xfc comes to rest below -55 dBFS within a few frames.
        CodecKind("G722", 8_000, 16_000, lambda ms: b"\xfc" * (8 * ms), _g722_missing, _g722, is_divisible=True),
        CodecKind("opus", 48_000, 48_000, _opus_silence, _opus_missing, _opus),
    )
}


def find_kind(name: str) -> CodecKind | None:
    """The codec of an encoding name, which is compared without regard to case; None for one that we do not speak."""
    return KINDS.get(name) or next((kind for kind in KINDS.values() if kind.name.lower() == name.lower()), None)
