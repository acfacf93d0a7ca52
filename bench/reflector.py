"""The far side of media: `python -m bench.reflector [--echo]` takes every stream on one port, and may send it back.

The kernel stamps a packet on loopback within the sender's own call, so that when it was sent is known exactly however
late it is read here. Nothing but the head of a packet and its stamp is kept. `report FROM TO DUES` on stdin, when the
streams have ended, is answered by one JSON object: how late the packets between two moments of the wall's clock were.
"""

from __future__ import annotations

import argparse
import gc
import json
import select
import socket
import sys
import time
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bench.agent import HOST, say

SO_TIMESTAMPNS: Final = 35  # asm-generic/socket.h; its control message has the same number
BUFFER_BYTES: Final = 4 << 20
QUIET_S: Final = 0.2
"""After so long without a packet it looks at stdin."""
TICK_S: Final = 1 / 8_000
SHARES: Final = {"p50": 0.5, "p99": 0.99, "max": 1.0}
RECORD: Final = np.dtype(
    [("kind", ">u2"), ("sequence", ">u2"), ("timestamp", ">u4"), ("ssrc", ">u4"), ("s", "<i8"), ("ns", "<i8")]
)
"""The head of an RTP packet and a `struct timespec`."""

Dues = dict[str, tuple[int, float]]
"""By SSRC: a timestamp, and when it was due by the wall's clock."""


def reflect(own: socket.socket, *, echoes: bool) -> None:
    """Take packets, and answer what stdin asks when none come any more; until it says `quit` or ends.

    It never sleeps: waking it would be paid for by whoever sends.
    """
    taken = bytearray()
    receive = own.recvmsg
    quiet_since = time.monotonic()
    while True:
        try:
            while True:
                data, ancillary, _, source = receive(2_048, 64)
                taken += data[:12] + ancillary[0][2]
                if echoes:  # as another source, whose packets are counted like those of any other
                    own.sendto(data[:8] + bytes((data[8] ^ 0x80,)) + data[9:], source)
                quiet_since = 0.0
        except BlockingIOError:
            quiet_since = quiet_since or time.monotonic()
        if time.monotonic() < quiet_since + QUIET_S or not select.select([sys.stdin], [], [], QUIET_S)[0]:
            continue
        command = sys.stdin.readline().split(maxsplit=3)
        if not command or command[0] == "quit":
            return
        say(judged(bytes(taken), float(command[1]), float(command[2]), json.loads(command[3])))
        taken.clear()


def judged(taken: bytes, begin: float, end: float, dues: Dues) -> dict[str, Any]:
    """What came between two moments: how much, and how late, in ms."""
    records = np.frombuffer(taken, RECORD)
    times = records["s"] + records["ns"] / 1e9
    chosen = (times >= begin) & (times < end)
    records, times = records[chosen], times[chosen]
    by_due, by_beat, gaps, lost = [], [], [], 0
    ssrcs = np.unique(records["ssrc"])
    for ssrc in ssrcs:
        own = records["ssrc"] == ssrc
        sequence = np.unwrap(records["sequence"][own].astype(np.int64), period=1 << 16)
        media_s = np.unwrap(records["timestamp"][own].astype(np.int64), period=1 << 32) * TICK_S
        sent = times[own]
        lost += int(sequence.max() - sequence.min() + 1 - len(np.unique(sequence)))
        behind = sent - media_s
        by_beat.append(behind - behind.min())
        gaps.append(np.abs(np.diff(sent) - np.diff(media_s)))
        if (due := dues.get(str(ssrc))) is not None:
            ahead = (media_s[0] / TICK_S - due[0] + (1 << 31)) % (1 << 32) - (1 << 31)
            by_due.append(behind - behind[0] + sent[0] - due[1] - ahead * TICK_S)
    figures = {"by_due": by_due, "by_beat": by_beat, "gaps": gaps}
    return {"packets": len(records), "streams": len(ssrcs), "lost": lost} | {
        name: _spread_ms(np.concatenate(values)) for name, values in figures.items() if values
    }


def _spread_ms(seconds: NDArray[np.float64]) -> dict[str, float]:
    return {name: round(float(np.quantile(seconds, share)) * 1000, 3) for name, share in SHARES.items()}


def main() -> None:
    """Say where it listens, and reflect."""
    parser = argparse.ArgumentParser(prog="python -m bench.reflector", description=__doc__)
    parser.add_argument("--echo", action="store_true", help="send every packet back")
    options = parser.parse_args()
    gc.disable()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own:
        own.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
        own.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        own.bind((HOST, 0))
        own.setblocking(False)
        say({"port": own.getsockname()[1]})
        reflect(own, echoes=options.echo)


if __name__ == "__main__":
    main()
