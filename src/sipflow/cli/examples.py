"""`sipflow examples`: the scenarios that come with SIPFLOW."""

from __future__ import annotations

from pathlib import Path

from sipflow.cli.exit_codes import ExitCode
from sipflow.cli.output import say
from sipflow.scenario import Document
from sipflow.scenario.document import INSTANCE_TYPE
from sipflow.scenario.examples import example_files


def list_examples() -> int:
    """Write a line for each example: its name and its instances, in order."""
    paths = example_files()
    width = max(map(len, paths), default=0)
    for name, path in paths.items():
        document = Document.parse(path.read_bytes())
        instances = [node.label or node.id for node in document.nodes if node.type == INSTANCE_TYPE]
        print(f"{name:{width}}  {', '.join(instances)}")
    say("", "sipflow examples copy NAME copies one; sipflow run FILE runs it")
    return ExitCode.PASSED


def copy_example(name: str, destination: Path) -> int:
    """Copy an example to a file or into a folder; a file that exists is left alone, with code 2."""
    source = example_files().get(name.removesuffix(".json"))
    if source is None:
        say(f"sipflow: no example {name!r}; sipflow examples lists them")
        return ExitCode.INVALID
    target = destination / source.name if destination.is_dir() else destination
    try:
        with target.open("xb") as file:
            file.write(source.read_bytes())
    except FileExistsError:
        say(f"sipflow: {target} exists already")
        return ExitCode.INVALID
    except OSError as error:
        say(f"sipflow: cannot write {target}: {error.strerror or error}")
        return ExitCode.INVALID
    print(target)
    return ExitCode.PASSED
