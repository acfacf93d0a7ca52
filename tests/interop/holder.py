"""A program that starts peers and holds them until it is killed: `python -m tests.interop.holder FOLDER`."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

from tests.free_ports import FreePorts
from tests.interop.baresip.phone import Baresip
from tests.interop.kamailio.proxy import Kamailio
from tests.interop.linphone.phone import Linphone
from tests.interop.pjsua2.phone import Pjsua2
from tests.interop.rtpengine.relay import Rtpengine
from tests.interop.sipp_process import Sipp
from tests.peers import find_peer

PEERS = {"baresip": Baresip, "kamailio": Kamailio, "linphone": Linphone, "pjsua2": Pjsua2, "rtpengine": Rtpengine}


def hold(folder: Path) -> None:
    """Start one peer of each kind and tell the process id and a port of each."""
    free_port = FreePorts()
    for name, kind in PEERS.items():
        (folder / name).mkdir()
        peer = kind(folder / name, free_port)
        print(peer.child.pid, peer.port, flush=True)  # noqa: T201
    sipp = Sipp(find_peer("sipp"), folder / "sipp", free_port(), ["-sn", "uas"])
    print(sipp.pid, sipp.port, flush=True)  # noqa: T201
    signal.pause()


if __name__ == "__main__":
    hold(Path(sys.argv[1]))
