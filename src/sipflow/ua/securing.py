"""How the media of a new call is protected: fresh keys, or the certificate of this process."""

from __future__ import annotations

import secrets

from sipflow.sdp import PLAIN, Dtls, Sdes, Srtp, StreamSecurity


def new_security(srtp: Srtp) -> StreamSecurity:
    """For one call. Keys come of the system's entropy, not of `Ids`, which a seed may repeat."""
    match srtp:
        case Srtp.OFF:
            return PLAIN
        case Srtp.DTLS:
            from sipflow.media.identity import own_identity  # imports cryptography

            return Dtls(own_identity().fingerprint, secrets.token_hex(16))
        case _:
            return Sdes(secrets.token_bytes, is_optional=srtp is Srtp.SDES_OPTIONAL)
