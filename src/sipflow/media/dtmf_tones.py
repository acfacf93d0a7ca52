"""The tones of DTMF. Source: ITU-T Q.23 §2."""

from typing import Final

ROWS_HZ: Final = (697, 770, 852, 941)
COLUMNS_HZ: Final = (1209, 1336, 1477, 1633)
KEYS: Final = "123A456B789C*0#D"
"""Row by row."""

DTMF_HZ: Final = {key: (ROWS_HZ[i // 4], COLUMNS_HZ[i % 4]) for i, key in enumerate(KEYS)}
