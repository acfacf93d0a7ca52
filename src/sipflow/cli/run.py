"""`sipflow run`: scenarios, one after another, each with its readers."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

from sipflow.base.errors import (
    AddressUnavailable,
    InstanceStartFailed,
    NoRunningScenario,
    ScenarioError,
    ScenarioInvalid,
    SipflowError,
)
from sipflow.base.events import EventEmitter, EventKind, RunEvent
from sipflow.base.sayings import Saying, Told
from sipflow.cli.exit_codes import ExitCode, signal_code
from sipflow.cli.interruption import Interruption
from sipflow.cli.output import (
    is_live_terminal,
    say,
    say_findings,
    say_unreadable,
    say_unwritten,
    set_up_logging,
    terminal_width,
)
from sipflow.cli.settings import audio_folders, key_log, read_environment
from sipflow.report import Background, FailureReport, JsonLines, Names, PlainConsole, Reader, Readers
from sipflow.report.hints import hint_for
from sipflow.scenario import ExecutionGraph, parse_scenario
from sipflow.scenario.document import read_file

SHOW_CURSOR = "\x1b[?25h"


@dataclass(frozen=True, slots=True)
class RunOptions:
    """How scenarios are to be run and shown."""

    variables: Mapping[str, str]
    as_json: bool = False
    timeout_s: float | None = None
    is_verbose: bool = False
    output: Path = Path()
    """Where recordings go."""
    allowed_folders: Sequence[Path] = ()
    """Where else files may be read and recordings may go."""


class Runner(Protocol):
    """What `sipflow run` needs of an engine."""

    async def start_scenario(self, scenario_id: str, variables: Mapping[str, str]) -> str: ...

    async def stop_scenario(self, error: Told | None = None) -> None: ...

    async def wait_ended(self) -> RunEvent: ...


MakeRunner = Callable[[Path, bytes, EventEmitter], Runner]
"""Makes an engine whose repository holds one file, under its path as id, with what was read of it."""


def make_engine(
    path: Path, source: bytes, emitter: EventEmitter, output: Path = Path(), allowed_folders: Sequence[Path] = ()
) -> Runner:
    """Build the real engine, on this machine's network; it records in `output`.

    Files may be read, and recordings be named, in `allowed_folders` as well.
    """
    from sipflow.base.clock import SystemClock
    from sipflow.base.ids import RandomIds
    from sipflow.engine import Engine
    from sipflow.media import UdpMediaPorts
    from sipflow.net.network import AsyncioNetwork
    from sipflow.nodes import load_node_types
    from sipflow.scenario.repository import FileRepository

    return Engine(
        FileRepository(path, source),
        emitter,
        node_types=load_node_types(),
        network=AsyncioNetwork(key_log=key_log(read_environment())),
        media_ports=UdpMediaPorts(),
        clock=SystemClock(),
        ids=RandomIds(),
        environment=read_environment(),
        certificates=path.parent,
        audio_folders=audio_folders(path, read_environment()),
        recordings=lambda _run_id: output,
        allowed_folders=allowed_folders,
    )


def run_files(files: Sequence[Path], options: RunOptions, make_runner: MakeRunner | None = None) -> int:
    """Run every file and return the worst code; a signal ends the run it meets, and none follows."""
    make_runner = make_runner or partial(make_engine, output=options.output, allowed_folders=options.allowed_folders)
    set_up_logging(is_verbose=options.is_verbose)
    verdicts: list[tuple[Path, int]] = []
    for path in files:
        code = run_file(path, options, make_runner)
        verdicts.append((path, code))
        if code > max(ExitCode):
            break
    if len(files) > 1:
        say("", *(f"{_word(code):12} {path}" for path, code in verdicts))
    return max(code for _, code in verdicts)


def run_file(path: Path, options: RunOptions, make_runner: MakeRunner) -> int:
    """Run one file, from reading it to the last word on its failure."""
    try:
        source = read_file(path)
        graph = read_graph(path, source, options.variables, options.allowed_folders)
    except ScenarioInvalid as error:
        say_findings(error.findings, str(path))
        return ExitCode.INVALID
    except OSError as error:
        say_unreadable(path, error)
        return ExitCode.INVALID
    names = Names(
        {instance.instance_id: instance.label for instance in graph.instances.values()},
        {node.id: node.name for node in graph.nodes.values()},
    )
    failure = FailureReport(names)
    lines = JsonLines(sys.stdout.buffer) if options.as_json else None
    shown = [Background(reader) for reader in (*([lines] if lines else []), make_console(names, options))]
    readers = Readers([failure, *shown])
    problem: SipflowError | None = None
    try:
        code = asyncio.run(play(path, source, options, make_runner, readers))
    except (InstanceStartFailed, AddressUnavailable) as error:
        code, problem = ExitCode.NOT_STARTED, error
    except ScenarioError as error:
        code, problem = ExitCode.INVALID, error
    finally:
        readers.close()
    if problem is not None:
        say(f"sipflow: {path}: {problem}", *advice(problem))
    say(*failure.lines(terminal_width()))
    if lines is not None and lines.fault is not None and not isinstance(lines.fault, BrokenPipeError):
        say_unwritten(lines.fault)
        return max(code, ExitCode.INTERNAL)
    return code


def advice(error: SipflowError) -> list[str]:
    """What may be tried where a run could not begin."""
    hint = hint_for((), error.said.to_json(str)) if isinstance(error.said, Saying) else None
    return [] if hint is None else [f"  try: {hint.texts['en']}"]


def read_graph(
    path: Path, source: bytes, variables: Mapping[str, str], allowed_folders: Sequence[Path] = ()
) -> ExecutionGraph:
    """Parse what a file holds. Raises ScenarioInvalid with every finding."""
    from sipflow.media.playing import audio_faults
    from sipflow.nodes import load_node_types

    environment = read_environment()
    return parse_scenario(
        source,
        load_node_types(),
        variables=variables,
        environment=environment,
        audio_fault=audio_faults((*audio_folders(path, environment), *allowed_folders)),
        scenario_id=str(path),
    )


def make_console(names: Names, options: RunOptions) -> Reader:
    """Choose who shows the run to people: a ladder on a terminal, else plain lines."""
    # JSON on the same terminal would run through the ladder's status line.
    if is_live_terminal() and not (options.as_json and sys.stdout.isatty()):
        from rich.console import Console

        from sipflow.report.ladder import LiveLadder

        return LiveLadder(Console(stderr=True), names, is_verbose=options.is_verbose)
    return PlainConsole(sys.stderr, names, is_verbose=options.is_verbose)


async def play(path: Path, source: bytes, options: RunOptions, make_runner: MakeRunner, emitter: EventEmitter) -> int:
    """Start the scenario, wait for its end, or bring it about: at the first signal and when its time is over.

    Errors of the start are passed on.
    """
    interruption = Interruption(_leave_terminal)
    with interruption.watching():
        runner = make_runner(path, source, emitter)
        stopper = asyncio.create_task(_stop_when_due(runner, interruption, options.timeout_s))
        try:
            await runner.start_scenario(str(path), options.variables)
            end = await runner.wait_ended()
            if interruption.signal is not None:
                await stopper
        finally:
            stopper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await stopper
    if interruption.signal is not None:
        return signal_code(interruption.signal)
    return ExitCode.PASSED if end.kind is EventKind.COMPLETED else ExitCode.FAILED


async def _stop_when_due(runner: Runner, interruption: Interruption, timeout_s: float | None) -> None:
    error = None
    try:
        async with asyncio.timeout(timeout_s):
            await interruption.wait()
    except TimeoutError:
        error = Saying.of("run-too-long", seconds=f"{timeout_s:g}")
    with contextlib.suppress(NoRunningScenario):
        await runner.stop_scenario(error)


def _leave_terminal() -> None:
    if is_live_terminal():
        with contextlib.suppress(OSError):
            sys.stderr.write(SHOW_CURSOR + "\n")
            sys.stderr.flush()


def _word(code: int) -> str:
    words: dict[int, str] = {
        ExitCode.PASSED: "passed",
        ExitCode.FAILED: "failed",
        ExitCode.INVALID: "invalid",
        ExitCode.NOT_STARTED: "not started",
    }
    return words.get(code, "stopped")
