"""Built-in sounds. Importing this package imports no numpy; `sipflow.media.sounds.sound` does."""

from sipflow.media.sounds.names import PREFIX, SOUND_NAMES, SoundName, parse_sound

__all__ = ["PREFIX", "SOUND_NAMES", "SoundName", "parse_sound"]
