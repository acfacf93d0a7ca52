"""The commands, their options, and what becomes of an error. Everything else is imported when it is needed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from errno import EDQUOT, ENOSPC
from pathlib import Path
from typing import Annotated

import typer

from sipflow import __version__
from sipflow.cli.exit_codes import ExitCode
from sipflow.cli.output import say, say_unwritten, settle_streams

app = typer.Typer(
    name="sipflow",
    help="Draw SIP call flows and run them as real calls between user agents. Without a command: opens the editor.",
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Files = Annotated[
    list[Path], typer.Argument(metavar="FILE", help="Scenario documents.", show_default=False, readable=False)
]
Variables = Annotated[
    list[str],
    typer.Option("--var", metavar="NAME=VALUE", help="Set a variable of the scenario; also SIPFLOW_VAR_NAME=VALUE."),
]
AllowedFolders = Annotated[
    list[Path],
    typer.Option("--allow-path", metavar="FOLDER", help="Let scenarios read and record here too; repeatable."),
]
Verbose = Annotated[bool, typer.Option("-v", "--verbose", help="Tell more: every message in full.")]


def _show_version(is_wanted: bool) -> None:
    if is_wanted:
        print(f"sipflow {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    pass


Host = Annotated[str, typer.Option("--host", metavar="ADDRESS", envvar="SIPFLOW_HOST", help="Address to serve on.")]
Port = Annotated[
    int | None,
    typer.Option(
        "--port",
        metavar="PORT",
        envvar="SIPFLOW_PORT",
        min=1,
        max=65_535,
        help="Default: 8620, or the next that is free.",
    ),
]
DataFolder = Annotated[
    Path | None,
    typer.Option(
        "--data-dir",
        metavar="FOLDER",
        envvar="SIPFLOW_DATA_DIR",
        help="Where scenarios, runs and audio files are kept.",
    ),
]
Database = Annotated[
    str | None,
    typer.Option(
        "--database-url", metavar="URL", envvar="SIPFLOW_DATABASE_URL", help="A PostgreSQL database for scenarios."
    ),
]
Token = Annotated[
    str | None,
    typer.Option(envvar="SIPFLOW_TOKEN", hidden=True, help="A token of your own; best given by the environment."),
]
AllowedHosts = Annotated[
    list[str], typer.Option("--allow-host", metavar="NAME", help="Another name of this server, such as a proxy's.")
]


@app.command("up")
def _up(
    host: Host = "127.0.0.1",
    port: Port = None,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Only print the address.")] = False,
    data_folder: DataFolder = None,
    database: Database = None,
    token: Token = None,
    allowed_hosts: AllowedHosts = [],  # noqa: B006 - typer copies it
    verbose: Verbose = False,
) -> None:
    """Open the editor, served until Ctrl-C. Its address is printed, with the token that opens it."""
    from sipflow.cli.up import UpOptions, serve_in_browser

    options = UpOptions(host, port, data_folder, database, token, tuple(allowed_hosts), verbose)
    raise typer.Exit(serve_in_browser(options, opens_browser=not no_browser))


@app.command("desktop")
def _desktop(
    port: Port = None, data_folder: DataFolder = None, database: Database = None, verbose: Verbose = False
) -> None:
    """Open the editor in a window of its own. Needs the extra `desktop`: pip install 'sipflow[desktop]'."""
    from sipflow.cli.desktop import serve_in_window
    from sipflow.cli.up import UpOptions

    raise typer.Exit(
        serve_in_window(UpOptions(port=port, data_folder=data_folder, database=database, is_verbose=verbose))
    )


@app.command("run")
def _run(
    files: Files,
    as_json: Annotated[bool, typer.Option("--json", help="Write every event as a line of JSON to stdout.")] = False,
    variables: Variables = [],  # noqa: B006 - typer copies it
    timeout_s: Annotated[
        float | None, typer.Option("--timeout", metavar="SECONDS", min=0, help="Stop a run after this time: it failed.")
    ] = None,
    output: Annotated[
        Path, typer.Option("--output", metavar="FOLDER", help="Where recordings go.", show_default="the current folder")
    ] = Path(),
    allowed_folders: AllowedFolders = [],  # noqa: B006 - typer copies it
    verbose: Verbose = False,
) -> None:
    """Run scenarios, one after another.

    Exit codes: 0 all passed, 1 a scenario failed, 2 wrong usage or invalid scenario, 3 nothing could be started,
    4 internal error or output that could not be written, 130 after SIGINT, 143 after SIGTERM, 129 after SIGHUP.
    """
    from sipflow.cli.run import RunOptions, run_files

    options = RunOptions(
        _read(variables),
        as_json=as_json,
        timeout_s=timeout_s,
        is_verbose=verbose,
        output=output,
        allowed_folders=tuple(allowed_folders),
    )
    raise typer.Exit(run_files(files, options))


@app.command("validate")
def _validate(
    files: Files,
    variables: Variables = [],  # noqa: B006 - typer copies it
    allowed_folders: AllowedFolders = [],  # noqa: B006 - typer copies it
) -> None:
    """Check scenarios and tell everything that is wrong or doubtful in them."""
    from sipflow.cli.validate import validate_files

    raise typer.Exit(validate_files(files, _read(variables), tuple(allowed_folders)))


@app.command("nodes")
def _nodes(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="Only this node type, with all its settings.", show_default=False)
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Write everything as JSON, schemas included.")] = False,
) -> None:
    """List the node types that a scenario may use."""
    from sipflow.cli.nodes import show_nodes

    raise typer.Exit(show_nodes(name, as_json=as_json))


examples_app = typer.Typer(help="List the examples, or copy one.", invoke_without_command=True, rich_markup_mode=None)
app.add_typer(examples_app, name="examples")


@examples_app.callback()
def _examples(context: typer.Context) -> None:
    from sipflow.cli.examples import list_examples

    if context.invoked_subcommand is None:
        raise typer.Exit(list_examples())


@examples_app.command("copy")
def _copy_example(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The example's name.", show_default=False)],
    destination: Annotated[Path, typer.Argument(metavar="DEST", help="A file or a folder.")] = Path(),
) -> None:
    """Copy an example, to change it. Never overwrites a file."""
    from sipflow.cli.examples import copy_example

    raise typer.Exit(copy_example(name, destination))


@app.command("doctor")
def _doctor() -> None:
    """Tell what this machine can do, and what is missing."""
    from sipflow.cli.doctor import examine

    raise typer.Exit(examine())


def _read(variables: Sequence[str]) -> dict[str, str]:
    from sipflow.cli.settings import BadVariable, read_environment, read_variables

    try:
        return read_variables(variables, read_environment())
    except BadVariable as error:
        raise typer.BadParameter(str(error)) from None


def run_app(arguments: Sequence[str], commands: Callable[..., object] = app) -> int:
    """Run one command, or open the editor where none is named, and return the exit code. No traceback gets out."""
    code = _run_command(list(arguments) or ["up"], commands)
    unwritten = settle_streams()
    if unwritten is None:
        return code
    say_unwritten(unwritten)
    return max(code, ExitCode.INTERNAL)


def _run_command(arguments: Sequence[str], commands: Callable[..., object]) -> int:
    try:
        commands(arguments, prog_name="sipflow")
    except SystemExit as end:
        if isinstance(end.__context__, BrokenPipeError):  # typer makes 1 of it, which is a scenario that failed
            return ExitCode.PASSED
        return end.code if isinstance(end.code, int) else int(ExitCode.PASSED)
    except BrokenPipeError:
        return ExitCode.PASSED
    except BaseException as error:
        if isinstance(error, OSError) and error.errno in (ENOSPC, EDQUOT):
            say_unwritten(error)
        else:
            _tell_defect(error, is_verbose=any(argument in ("-v", "--verbose") for argument in arguments))
        return ExitCode.INTERNAL
    return ExitCode.PASSED


def _tell_defect(error: BaseException, *, is_verbose: bool) -> None:
    import traceback

    say(f"sipflow: internal error: {type(error).__name__}: {error}")
    if is_verbose:
        say(*"".join(traceback.format_exception(error)).splitlines())
    else:
        say("sipflow: this is a defect of SIPFLOW; the same command with -v tells all of it")
