"""`sipflow validate`: every finding of every file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from sipflow.cli.exit_codes import ExitCode
from sipflow.cli.output import say, say_findings, say_unreadable
from sipflow.cli.settings import audio_folders, read_environment
from sipflow.media.playing import audio_faults
from sipflow.nodes import load_node_types
from sipflow.scenario import validate_scenario
from sipflow.scenario.document import read_file


def validate_files(files: Sequence[Path], variables: Mapping[str, str], allowed_folders: Sequence[Path] = ()) -> int:
    """Tell the findings of all files; the code is 2 where one has an error or cannot be read."""
    worst = ExitCode.PASSED
    node_types = load_node_types()
    for path in files:
        try:
            source = read_file(path)
        except OSError as error:
            say_unreadable(path, error)
            worst = ExitCode.INVALID
            continue
        environment = read_environment()
        findings = validate_scenario(
            source,
            node_types,
            variables=variables,
            environment=environment,
            audio_fault=audio_faults((*audio_folders(path, environment), *allowed_folders)),
        )
        say_findings(findings, str(path))
        if any(finding.is_error for finding in findings):
            worst = ExitCode.INVALID
        elif not findings:
            say(f"{path}: ok")
    return worst
