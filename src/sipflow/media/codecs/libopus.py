"""A small binding of libopus (BSD licence), which is found on the system: no wheel of a known maker carries it.

Source: the API of libopus 1.1 and later, `opus.h` and `opus_defines.h`.
"""

from __future__ import annotations

import ctypes
from functools import cache
from typing import Final

_NAMES: Final = (
    "libopus.so.0",
    "libopus.0.dylib",
    "/opt/homebrew/lib/libopus.0.dylib",
    "/usr/local/lib/libopus.0.dylib",
    "libopus-0.dll",
    "opus.dll",
)

APPLICATION_VOIP: Final = 2048
SET_BITRATE: Final = 4002
SET_COMPLEXITY: Final = 4010
SET_INBAND_FEC: Final = 4012
SET_PACKET_LOSS_PERCENT: Final = 4014

_POINTER: Final = ctypes.c_void_p
_INT: Final = ctypes.c_int
_INT32: Final = ctypes.c_int32
_FUNCTIONS: Final = {
    "opus_encoder_create": (_POINTER, (_INT32, _INT, _INT, ctypes.POINTER(_INT))),
    "opus_encoder_destroy": (None, (_POINTER,)),
    "opus_encode": (_INT32, (_POINTER, _POINTER, _INT, _POINTER, _INT32)),
    "opus_decoder_create": (_POINTER, (_INT32, _INT, ctypes.POINTER(_INT))),
    "opus_decoder_destroy": (None, (_POINTER,)),
    "opus_decode": (_INT, (_POINTER, ctypes.c_char_p, _INT32, _POINTER, _INT, _INT)),
    "opus_strerror": (ctypes.c_char_p, (_INT,)),
    "opus_get_version_string": (ctypes.c_char_p, ()),
}


@cache
def find_libopus() -> ctypes.CDLL | None:
    """The library, with its functions declared; None where it is not installed."""
    for name in _NAMES:
        try:
            library = ctypes.CDLL(name)
        except OSError:
            continue
        for function, (result, arguments) in _FUNCTIONS.items():
            declared = getattr(library, function)
            declared.restype, declared.argtypes = result, arguments
        library.opus_encoder_ctl.restype = _INT  # it takes a variable list, so that its arguments can't be declared
        return library
    return None
