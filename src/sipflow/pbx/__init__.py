"""The PBX: registrar, proxy and B2BUA in one, with faults to play. Source: RFC 3261 §10, §16.

All but `server` is sans-IO: it is handed messages and time, and sends by its transactions.
"""

from sipflow.base.pbx_choices import Effect, FaultRule, Forking, Guarded, Mode
from sipflow.pbx.gate import Gate
from sipflow.pbx.location import Binding, Location
from sipflow.pbx.server import PbxServer
from sipflow.pbx.settings import PbxSettings

__all__ = [
    "Binding",
    "Effect",
    "FaultRule",
    "Forking",
    "Gate",
    "Guarded",
    "Location",
    "Mode",
    "PbxServer",
    "PbxSettings",
]
