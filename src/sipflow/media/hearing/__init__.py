"""Detectors: what is in the sound that was received. All of this is numpy; import it only where sound is."""

from sipflow.media.hearing.dtmf import DtmfDetector
from sipflow.media.hearing.fingerprint import FingerprintDetector
from sipflow.media.hearing.holding import Holding, any_sound, silence, tone
from sipflow.media.hearing.level import level_dbfs

__all__ = ["DtmfDetector", "FingerprintDetector", "Holding", "any_sound", "level_dbfs", "silence", "tone"]
