"""Opus at 48,000 samples a second, mono, by the system's libopus. Source: RFC 7587.

In SDP it is always `opus/48000/2`, whatever is sent (§7); a decoder takes mono and stereo alike (§3.4).
"""

from __future__ import annotations

import ctypes
import weakref
from typing import Final

import numpy as np

from sipflow.base.errors import CodecUnavailable, LocalProtocolError, PayloadUnreadable
from sipflow.base.sayings import Saying
from sipflow.media.codecs import libopus
from sipflow.media.samples import Samples

SAMPLE_RATE_HZ: Final = 48_000
BIT_RATE: Final = 32_000  # RFC 7587 §3.1.1: 28 to 40 kbit/s for speech over the full band
COMPLEXITY: Final = 5
"""Of 0 to 10: half the CPU time of the highest."""
EXPECTED_LOSS_PERCENT: Final = 10
"""How much of each packet goes into repairing the one before it."""

_MAX_PAYLOAD_BYTES: Final = 1_275 * 48  # RFC 6716 §3.4: frames of up to 1,275 bytes, at most 48 of them
_MAX_SAMPLES: Final = 5_760  # 120 ms, RFC 6716 §3.2.5
_FRAME_SAMPLES: Final = frozenset({120, 240, 480, 960, 1_920, 2_880})  # 2.5 to 60 ms, RFC 6716 §2.1.4
_ROOM_BYTES: Final = 1_500


class OpusCodec:
    """One direction or both of an Opus stream. Coder and decoder are made when first used."""

    def __init__(self) -> None:
        library = libopus.find_libopus()
        if library is None:
            raise CodecUnavailable("opus", Saying.of("libopus-missing"))
        self._library = library
        self._coder: int | None = None
        self._decoder: int | None = None
        self._room = ctypes.create_string_buffer(_ROOM_BYTES)
        self._samples = np.empty(_MAX_SAMPLES, np.int16)

    def encode(self, samples: Samples) -> bytes:
        """A frame of 2.5, 5, 10, 20, 40 or 60 ms."""
        if len(samples) not in _FRAME_SAMPLES:
            raise LocalProtocolError(Saying.of("opus-frame", count=len(samples)))
        frame = np.ascontiguousarray(samples, np.int16)
        size = self._library.opus_encode(
            self._coder or self._make_coder(), frame.ctypes.data, len(frame), self._room, _ROOM_BYTES
        )
        if size < 0:
            raise LocalProtocolError(Saying.of("finding-at", place="opus", fault=self._reason(size)))
        return self._room.raw[:size]

    def decode(self, payload: bytes) -> Samples:
        if not payload or len(payload) > _MAX_PAYLOAD_BYTES:
            raise PayloadUnreadable("opus", len(payload), Saying.of("opus-payload", limit=_MAX_PAYLOAD_BYTES))
        decoder = self._decoder or self._make_decoder()
        count = self._library.opus_decode(decoder, payload, len(payload), self._samples.ctypes.data, _MAX_SAMPLES, 0)
        if count < 0:
            raise PayloadUnreadable("opus", len(payload), self._reason(count))
        return self._samples[:count].copy()

    def _make_coder(self) -> int:
        error = ctypes.c_int()
        made = self._library.opus_encoder_create(SAMPLE_RATE_HZ, 1, libopus.APPLICATION_VOIP, ctypes.byref(error))
        self._coder = self._kept(made, error, self._library.opus_encoder_destroy)
        for request, value in (
            (libopus.SET_BITRATE, BIT_RATE),
            (libopus.SET_COMPLEXITY, COMPLEXITY),
            (libopus.SET_INBAND_FEC, 1),
            (libopus.SET_PACKET_LOSS_PERCENT, EXPECTED_LOSS_PERCENT),
        ):
            self._library.opus_encoder_ctl(ctypes.c_void_p(self._coder), request, ctypes.c_int32(value))
        return self._coder

    def _make_decoder(self) -> int:
        error = ctypes.c_int()
        made = self._library.opus_decoder_create(SAMPLE_RATE_HZ, 1, ctypes.byref(error))
        self._decoder = self._kept(made, error, self._library.opus_decoder_destroy)
        return self._decoder

    def _kept(self, made: int | None, error: ctypes.c_int, destroy: object) -> int:
        """What libopus has made, destroyed together with this codec."""
        if not made:
            raise CodecUnavailable("opus", self._reason(error.value))
        weakref.finalize(self, destroy, made)  # type: ignore[arg-type]
        return made

    def _reason(self, code: int) -> str:
        return str(self._library.opus_strerror(code).decode("ascii", "replace"))
