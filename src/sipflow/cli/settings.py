"""The one place where the environment and `--var` are read."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

VARIABLE_PREFIX: Final = "SIPFLOW_VAR_"
VARIABLE_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class BadVariable(ValueError):
    """A `--var` that is not NAME=VALUE."""

    def __init__(self, text: str) -> None:
        super().__init__(
            f"--var takes NAME=VALUE, where NAME is letters, digits and underscores, such as target=sip:1002@192.0.2.1;"
            f" got {text!r}"
        )


def read_variables(options: Sequence[str], environment: Mapping[str, str]) -> dict[str, str]:
    """Return the scenario's variables: SIPFLOW_VAR_name from the environment, and `--var` over it.

    Raises BadVariable for an option that is not NAME=VALUE; an empty value is one.
    """
    variables = {
        name.removeprefix(VARIABLE_PREFIX): value
        for name, value in environment.items()
        if name.startswith(VARIABLE_PREFIX) and VARIABLE_NAME.fullmatch(name.removeprefix(VARIABLE_PREFIX))
    }
    for option in options:
        name, equals, value = option.partition("=")
        if not equals or not VARIABLE_NAME.fullmatch(name):
            raise BadVariable(option)
        variables[name] = value
    return variables


def key_log(environment: Mapping[str, str]) -> Path | None:
    """Where the secrets of TLS sessions go: SSLKEYLOGFILE, as with browsers and curl."""
    path = environment.get("SSLKEYLOGFILE", "")
    return Path(path) if path else None


def audio_folders(scenario: Path, environment: Mapping[str, str]) -> tuple[Path, ...]:
    """Where a scenario's audio is: beside its file, and in the audio library."""
    from platformdirs import user_data_path

    data_folder = environment.get("SIPFLOW_DATA_DIR", "")
    return scenario.absolute().parent, (Path(data_folder) if data_folder else user_data_path("sipflow")) / "audio"


def read_environment() -> Mapping[str, str]:
    """Return the process's environment."""
    return os.environ
