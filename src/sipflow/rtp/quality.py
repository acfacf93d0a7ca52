"""How a call would be rated by people, computed from loss, delay and codec: the E-model, simplified.

R = 93.2 - Idd - Ie,eff: the transmission rating of ITU-T G.107 with all its default values, so without echo, noise or
loudness of its own; only delay, codec and loss differ. MOS follows from R by G.107 Annex B. It is an estimate of
conversational quality on the narrowband scale, whose best is 4.4; it has heard no audio. G.107 vouches for the burst
ratio up to 2, or beyond that where less than 2 % are lost.

The texts of G.107 and G.113 were not at hand. The formulas (G.107 §7.4, eq. 7-29, Annex B), 93.2, and the values of
G.711 (G.113 Appendix I: Ie 0, Bpl 25.1, and 4.3 without concealment) are those on which other implementations and the
literature agree; what differs among them is how delay is taken in: here by Idd alone, since there is no echo.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

DEFAULT_R: Final = 93.2  # ITU-T G.107, default values: Ro - Is with neither delay nor loss
WORST: Final = 95.0  # ITU-T G.107: what Ie,eff tends to where all is lost
DELAY_FREE_S: Final = 0.1  # ITU-T G.107: Idd is 0 up to here


class Impairment(NamedTuple):
    """What a codec costs. Source: ITU-T G.113 Appendix I."""

    ie: float
    """Equipment impairment without loss."""
    bpl: float
    """Robustness to loss, with the concealment of the receiver."""


G711_UNCONCEALED: Final = Impairment(0.0, 4.3)
"""Lost packets are heard as silence."""
G711: Final = Impairment(0.0, 25.1)
"""With the concealment of G.711 Appendix I, as phones have it."""
IMPAIRMENTS: Final = {
    "PCMU": G711,
    "PCMA": G711,
    # G.113 has no values on the narrowband scale for these two. On it nothing is better than G.711, and both conceal
    # losses at least as well: so they are taken as G.711 with concealment, which can be too low, hardly too high.
    "G722": G711,
    "OPUS": G711,
}
"""By encoding name in capitals."""


class Quality(NamedTuple):
    """What the E-model says."""

    r: float
    """0 to 93.2; below 50 G.107 recommends no connection, above 80 users are satisfied."""
    mos: float
    """1.0 to 4.4, estimated conversational MOS."""


def rate(codec: Impairment, *, lost: int = 0, expected: int = 0, loss_runs: int = 0, delay_s: float = 0.0) -> Quality:
    """Rate a stream by its packets and its delay from mouth to ear, one way, playout included.

    `loss_runs` is in how many runs the lost packets fall; what came too late to be heard counts as lost.
    """
    share = min(max(lost / expected, 0.0), 1.0) if expected > 0 else 0.0
    r = DEFAULT_R - _delay_impairment(delay_s) - _loss_impairment(codec, share, lost / loss_runs if loss_runs else 1.0)
    r = max(r, 0.0)
    return Quality(r, mos_of(r))


def mos_of(r: float) -> float:
    """The mean opinion score of a transmission rating. Source: ITU-T G.107 Annex B."""
    if r <= 0.0:
        return 1.0
    if r >= 100.0:
        return 4.5
    return max(1.0 + 0.035 * r + r * (r - 60.0) * (100.0 - r) * 7e-6, 1.0)


def _delay_impairment(delay_s: float) -> float:
    """Idd, the impairment of too long a delay. Source: ITU-T G.107 §7.4."""
    if delay_s <= DELAY_FREE_S:
        return 0.0
    x = math.log2(delay_s / DELAY_FREE_S)
    return 25.0 * (math.pow(1.0 + x**6, 1 / 6) - 3.0 * math.pow(1.0 + (x / 3.0) ** 6, 1 / 6) + 2.0)


def _loss_impairment(codec: Impairment, share: float, run: float) -> float:
    """Ie,eff. `run` is how many packets are lost together; by chance it would be 1 / (1 - share).

    Source: ITU-T G.107 §7.5.
    """
    burst_ratio = max(run * (1.0 - share), 1.0)
    percent = 100.0 * share
    return codec.ie + (WORST - codec.ie) * percent / (percent / burst_ratio + codec.bpl)
