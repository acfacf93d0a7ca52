"""What an audio file may be. No numpy is imported here."""

from typing import Final

MAX_BYTES: Final = 50 * 1024 * 1024
MAX_DURATION_S: Final = 3_600
MAX_CHANNELS: Final = 8
MIN_RATE_HZ: Final = 1_000
MAX_RATE_HZ: Final = 192_000
FORMATS: Final = frozenset({"WAV", "WAVEX", "RF64", "FLAC", "OGG", "MP3", "AIFF", "AU"})
"""By the names of libsndfile."""
