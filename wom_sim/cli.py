"""The door: the command line. It loads the rooms that a command needs, and no others."""

from __future__ import annotations

import argparse
import importlib
import os
import re
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from difflib import get_close_matches
from pathlib import Path
from typing import NoReturn

from wom_sim import __version__
from wom_sim.commands.stopping import Stopped, stopping
from wom_sim.commands.telling import OK, STOPPED, USAGE, note, tell_faults

COMMANDS = {
    "run": "run a scenario and write its results",
    "sweep": "run a scenario at every point of its sweep, and compare the points",
    "sensitivity": "tell which assumed numbers of a scenario move its answer, and how much",
    "fit": "move assumed numbers until the simulated business agrees with what was observed",
    "explore": "open a page whose sliders simulate live, or write one that needs no server",
    "check": "tell whether scenarios are valid, what their arms differ in, and what they cost",
    "explain": "explain the parameters, or a scenario's week in plain English",
    "new": "write a commented scenario to start from",
    "list": "list the scenarios that ship with wom_sim",
    "patterns": "show which published patterns the simulated worlds show",
    "claims": "put what the articles claim to the test in both presets",
    "draw": "draw the figures of a folder of results again, for slides or for print",
    "report": "write the page of a folder of results once more",
    "verify": "run a folder of results again and tell whether every byte agrees",
    "bench": "measure how fast this machine simulates, beside yardsticks of its own",
    "schema": "print the format as a JSON Schema, for editors",
    "completion": "print what makes a shell complete the command wom-sim",
}

LONGEST = 18
"""Digits of a whole number that an option takes."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command.

    Returns 0 done, 1 failed, 2 wrong input, 3 disk, 4 some work lost its worker every time, and
    128 and the signal's number if stopped (130 for Ctrl-C).
    """
    given = list(sys.argv[1:] if argv is None else argv)
    if given and given[0] not in COMMANDS and not given[0].startswith("-"):
        meant = _command_like(given[0])
        if meant:
            note(f"no file or command {given[0]!r}; did you mean {meant!r}?")
            return USAGE
        given.insert(0, "run")
    parser = _parser()
    arguments, unknown = parser.parse_known_args(given)
    if unknown:
        note(_unexpected(unknown, given, arguments.usage()))
        return USAGE
    if arguments.command is None:
        parser.print_help()
        return OK
    from wom_sim.scenario.faults import ScenarioError

    _print_anything()
    # Looking for plugins of Pydantic, of which there are none here, takes 30 ms.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    try:
        command = importlib.import_module(f"wom_sim.commands.{arguments.command}")
        with stopping():
            code: int = command.main(arguments)
        return code
    except ScenarioError as error:
        tell_faults(error, arguments.plain)
        return USAGE
    except Stopped as stop:
        # Where the terminal has gone nobody is told.
        with suppress(OSError):
            note(str(stop))
        return 128 + stop.number
    except KeyboardInterrupt:
        note(str(Stopped()))
        return STOPPED
    except BrokenPipeError:
        # The reader of our output has gone; what was asked for is on disk.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK


def _command_like(word: str, cutoff: float = 0.75) -> str:
    """The command that a word with a slip of the pen means, or nothing."""
    if Path(word).suffix or Path(word).exists():
        return ""
    return next(iter(get_close_matches(word, COMMANDS, n=1, cutoff=cutoff)), "")


def _unexpected(unknown: Sequence[str], given: Sequence[str], usage: str) -> str:
    """What is wrong with arguments that a command does not know, and what may be meant."""
    wrong = next((one.split("=")[0] for one in unknown if one.startswith("-")), "")
    near = get_close_matches(wrong, re.findall(r"(?<![\w-])--[a-z-]+", usage), n=1)
    if near:
        return f"unknown option {wrong}; did you mean {near[0]}?"
    if wrong:
        return f"unknown option {wrong}; see {_helped(given)}"
    # Two words of which the first is no file: of a command, rather than two files.
    meant = _command_like(given[1], 0.6) if given[0] == "run" else ""
    if meant:
        return f"no file or command {given[1]!r}; did you mean {meant!r}?"
    return f"unexpected argument {unknown[0]!r}; see {_helped(given)}"


def _helped(given: Sequence[str]) -> str:
    """What prints the help on the command that was given, if any."""
    return f"wom_sim {given[0]} --help" if given[0] in COMMANDS else "wom_sim --help"


def _print_anything() -> None:
    """Have characters that the terminal does not know shown as escapes."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


class _Parser(argparse.ArgumentParser):
    """One that tells of a mistake in one line."""

    def error(self, message: str) -> NoReturn:
        note(f"{message.removeprefix('argument ')}; see {self.prog} --help")
        raise SystemExit(USAGE)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="wom_sim",
        description="Simulate word of mouth against referral partners, under a YAML scenario.",
        epilog="'wom_sim FILE' is short for 'wom_sim run FILE'.",
    )
    parser.add_argument("--version", action="version", version=f"wom_sim {__version__}")
    parser.set_defaults(usage=parser.format_usage)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    for name, options in _OPTIONS.items():
        one = commands.add_parser(name, help=COMMANDS[name], description=_sentence(COMMANDS[name]))
        options(one)
        one.set_defaults(usage=one.format_usage)
    commands.choices["completion"].set_defaults(parser=parser)
    return parser


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _reading(parser: argparse.ArgumentParser) -> None:
    """Options of every command that reads a scenario."""
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", dest="settings",
        help="set a parameter by its dotted name, such as talk.negativity_ratio=5; repeatable",
    )
    parser.add_argument("--replications", type=_whole, metavar="N", help="independent worlds")
    parser.add_argument("--seed", type=_whole, metavar="N", help="root of all random numbers")
    parser.add_argument("--plain", action="store_true",
                        help="one line for each fault, also on a terminal")
    parser.add_argument("--allow-files", action="store_true",
                        help="let the scenario name files outside its own folder")
    parser.add_argument("--allow-plugins", action="store_true",
                        help="let the scenario's plugins run; they are programs")


def _workers(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--workers", type=_positive, metavar="N", default=os.cpu_count() or 1,
                        help="processes (default: the cores)")


def _cluster(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--cluster", metavar="ADDRESS", default="",
                        help="work on a Dask scheduler, such as tcp://host:8786, not on processes"
                        " of this machine (needs wom-sim[cluster])")


def _out(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, default=Path("results"), metavar="DIR",
                        help="where results go (default: results)")


def _keeping(parser: argparse.ArgumentParser) -> None:
    """Options of what may take hours and keeps its worlds."""
    _cluster(parser)
    before = parser.add_mutually_exclusive_group()
    before.add_argument("--resume", action="store_true",
                        help="go on with a run that was stopped, or add worlds to a finished one")
    before.add_argument("--afresh", action="store_true",
                        help="drop the worlds of an unfinished run and begin again")


def _simulating(parser: argparse.ArgumentParser, scenario: str) -> None:
    """What commands share that take one scenario; `scenario` says what kind of it."""
    parser.add_argument("file", metavar="FILE",
                        help=f"{scenario}: a file, or the name of one that ships")
    _reading(parser)
    _workers(parser)
    _out(parser)
    _keeping(parser)
    parser.add_argument("--no-figures", action="store_true", help="write tables only")
    parser.add_argument("--quiet", action="store_true", help="print nothing but errors")


def _time_limit(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--time-limit", type=_whole, metavar="SECONDS",
                        help="most seconds for a block of worlds, 0 for no limit (default: 10"
                        " minutes and 100 times its estimate); not with --cluster")


def _sweep(parser: argparse.ArgumentParser) -> None:
    _simulating(parser, "scenario with a sweep")
    _time_limit(parser)
    parser.add_argument("--outcome", default="clients_won", metavar="NAME",
                        help="what the table and the figures show (default: clients_won)")
    parser.add_argument("--arm", default="", metavar="NAME",
                        help="the arm whose break-even is sought (default: the last)")
    parser.add_argument("--against", default="", metavar="OUTCOME",
                        help="an outcome of the same arm instead of the baseline's --outcome")


def _sensitivity(parser: argparse.ArgumentParser) -> None:
    _simulating(parser, "scenario")
    parser.add_argument("--method", choices=["morris", "sobol"], default="morris",
                        help="morris: screening of many (default); sobol: shares of variance")
    parser.add_argument("--outcome", default="clients_won", metavar="NAME",
                        help="what the answer is in (default: clients_won)")
    parser.add_argument("--arm", default="", metavar="NAME",
                        help="the arm held against the baseline (default: the last)")
    parser.add_argument("--names", default="", metavar="A.B,C.D",
                        help="what to vary (default: every number marked assumed that acts)")
    parser.add_argument("--points", type=_whole, metavar="N",
                        help="trajectories (default 4; 8 or more is better); for sobol base rows, a"
                        " power of 2 (default 64)")


def _fit(parser: argparse.ArgumentParser) -> None:
    _simulating(parser, "scenario with observed")
    parser.add_argument("--names", default="", metavar="A.B,C.D",
                        help="what to move (default: the 4 assumed numbers that matter most here)")
    parser.add_argument("--points", type=_whole, metavar="N",
                        help="points of each of two batches, a power of 2 (default 64)")


def _explore(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE",
                        help="scenario: a file, or the name of one that ships")
    _reading(parser)
    _workers(parser)
    parser.add_argument("--export", type=Path, metavar="PAGE.html",
                        help="write one file that works from the disk, its settings simulated"
                        " beforehand; takes up where it stopped")
    parser.add_argument("--minutes", type=_whole, metavar="N", default=30,
                        help="how long --export may take, about (default: 30)")
    parser.add_argument("--port", type=_whole, metavar="N",
                        help="first port to try (default: 8642)")
    parser.add_argument("--no-browser", action="store_true", help="only print the address")
    parser.add_argument("--expose", action="store_true",
                        help="let other machines in, if they have the address with its token")
    parser.add_argument("--quiet", action="store_true", help="print nothing but errors")


def _run(parser: argparse.ArgumentParser) -> None:
    _simulating(parser, "scenario")
    _time_limit(parser)
    parser.add_argument("--keep", choices=["weekly"], metavar="weekly",
                        help="also keep every replication's weeks (needs wom-sim[data])")


def _check(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", metavar="FILE", nargs="+", help="scenarios")
    _reading(parser)
    _workers(parser)
    parser.add_argument("--quiet", action="store_true", help="one line for each file")


def _explain(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "names", metavar="NAME", nargs="*",
        help="a parameter (talk.negativity_ratio), a section (talk), a plug (small_world), or a"
        " scenario; nothing for all parameters",
    )
    _reading(parser)


def _new(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="name of the scenario, or a path to write to")
    parser.add_argument("--from", metavar="SHIPPED", dest="source",
                        help="begin from a scenario that ships (see list), not from the starter")


def _patterns(parser: argparse.ArgumentParser) -> None:
    _reading(parser)
    _workers(parser)
    _out(parser)


def _claims(parser: argparse.ArgumentParser) -> None:
    _patterns(parser)
    _keeping(parser)
    parser.add_argument("--only", default="", metavar="NUMBERS",
                        help="claims to test, such as 3,6,7 (default: all)")
    parser.add_argument("--flips", action="store_true",
                        help="search for the nearest change that reverses each claim, in the preset"
                        " evidence; takes up where it stopped, unless --afresh is given")


def _draw(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="RESULTS", help="folder of results")
    parser.add_argument("--figure", action="append", default=[], metavar="NAME",
                        help="a figure, such as cumulative; repeatable (default: all there are)")
    parser.add_argument("--size", action="append", default=[], choices=["slide", "print"],
                        help="slide: 1920×1080 as PNG; print: 183 mm wide; repeatable (default:"
                        " slide for PNG, print for SVG and PDF)")
    parser.add_argument("--format", action="append", default=[], choices=["png", "svg", "pdf"],
                        help="png, svg or pdf, fonts embedded; repeatable (default: png and svg)")
    _workers(parser)
    _trusting(parser)
    parser.add_argument("--quiet", action="store_true", help="print nothing but errors")


def _trusting(parser: argparse.ArgumentParser) -> None:
    """Options of every command that reads the scenario of a folder of results."""
    parser.add_argument("--files", type=Path, metavar="DIR",
                        help="where the files lie that the scenario names (default: its folder)")
    parser.add_argument("--plain", action="store_true",
                        help="one line for each fault, also on a terminal")
    parser.add_argument("--allow-files", action="store_true",
                        help="let the scenario name files outside that folder")
    parser.add_argument("--allow-plugins", action="store_true",
                        help="let the scenario's plugins run; they are programs")


def _report(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="RESULTS", help="folder of results")
    _trusting(parser)


def _verify(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="DIR", help="folder of results")
    _workers(parser)
    _cluster(parser)
    parser.add_argument("--figures", action="store_true",
                        help="compare figures and page too; other versions of Matplotlib draw"
                        " others")
    _trusting(parser)
    parser.add_argument("--quiet", action="store_true", help="print nothing but differences")


def _bench(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--quick", action="store_true",
                        help="smaller sizes, once each: a minute, not five")
    _workers(parser)
    _out(parser)


def _completion(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("shell", choices=["bash", "zsh", "tcsh"], help="your shell")


def _nothing(parser: argparse.ArgumentParser) -> None:
    """The command takes no options."""


_OPTIONS: dict[str, Callable[[argparse.ArgumentParser], None]] = {
    "run": _run,
    "explore": _explore,
    "sweep": _sweep,
    "sensitivity": _sensitivity,
    "fit": _fit,
    "check": _check,
    "explain": _explain,
    "new": _new,
    "list": _nothing,
    "patterns": _patterns,
    "claims": _claims,
    "draw": _draw,
    "report": _report,
    "verify": _verify,
    "bench": _bench,
    "schema": _nothing,
    "completion": _completion,
}


def _whole(text: str, least: int = 0) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= LONGEST and int(text) >= least):
        told = f"expected a whole number from {least} on, got {text[:LONGEST]!r}"
        raise argparse.ArgumentTypeError(told)
    return int(text)


def _positive(text: str) -> int:
    return _whole(text, 1)
