"""Codecs: samples to payloads and back. Importing this package imports no numpy; opening a codec does."""

from sipflow.media.codecs.codec import AudioCodec, CodecKind
from sipflow.media.codecs.registry import KINDS, find_kind

__all__ = ["KINDS", "AudioCodec", "CodecKind", "find_kind"]
