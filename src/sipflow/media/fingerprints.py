"""The sounds by which up to sixteen senders are told apart: three tones each, and no tone twice.

The frequencies are whole numbers, so that a second is a period; they lie 40 Hz and more apart between 330 and 3,330 Hz,
off the harmonics of mains, off call progress tones, no two of one sound in a simple ratio or both near tones of DTMF.
They were searched for so that what clipping makes of one sound, to the fifth order, never meets two tones of another.
"""

from __future__ import annotations

from typing import Final

FINGERPRINTS_HZ: Final = (
    (365, 1993, 2873),
    (857, 2123, 3169),
    (610, 1809, 2369),
    (1113, 1370, 2558),
    (493, 1491, 2796),
    (985, 1434, 3296),
    (734, 1613, 2977),
    (1232, 1928, 3235),
    (415, 2168, 2479),
    (927, 2236, 2609),
    (667, 1545, 3112),
    (1181, 2056, 2680),
    (545, 1747, 2933),
    (1040, 2292, 2739),
    (792, 1872, 2419),
    (1292, 1677, 3047),
)
TREMOLO_HZ: Final = 4
"""The sound swells as often, so that nobody on the way takes it for noise in the background."""
TREMOLO_DEPTH: Final = 0.8
