"""`explore`: a page on this machine whose sliders simulate, or one file that needs no server."""

from __future__ import annotations

import argparse
import importlib.util
import socket
from typing import TYPE_CHECKING

from wom_sim.commands.attempt import attempt
from wom_sim.commands.exploring import objection, reader
from wom_sim.commands.stopping import Stopped
from wom_sim.commands.telling import OK, USAGE, note

if TYPE_CHECKING:
    from wom_sim.commands.exploring import Read
    from wom_sim.scenario.parameters import Scenario
    from wom_sim.scenario.parameters.explore import Explore
    from wom_sim.study.crew import Crew

NEEDED = ("plotly", "starlette", "uvicorn")
REMEMBERED = 6
"""Worlds whose history is run before the page opens."""


def main(arguments: argparse.Namespace) -> int:
    """Serve the page of the scenario `arguments.file`, or write it with `--export`."""
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        note(f"explore needs {', '.join(missing)}; run pip install 'wom-sim[explore]'")
        return USAGE
    from wom_sim.show.live.assets import NoPlotly, plotly

    try:
        plotly()
    except NoPlotly as error:
        note(f"{error}; run pip install --force-reinstall plotly")
        return USAGE
    if arguments.export is not None:
        from wom_sim.commands.exporting import export

        return attempt(lambda: export(arguments), arguments.file)
    return attempt(lambda: _serve(arguments), arguments.file)


def _serve(arguments: argparse.Namespace) -> int:
    from wom_sim.explore.serving import NoPort, listen
    from wom_sim.study.crew import workforce
    from wom_sim.study.ensemble import compile_first
    from wom_sim.study.live import remember

    scenario, page, read = reader(arguments)
    problem = objection(scenario, page)
    if problem:
        note(f"{arguments.file}: {problem}")
        return USAGE
    try:
        own = listen(arguments.port, exposed=arguments.expose)
    except NoPort as error:
        note(str(error))
        return USAGE
    try:
        with own:
            with workforce(None, 1) as alone:
                compile_first(alone, note)
            remember(read(()), REMEMBERED)
            with workforce(None, min(arguments.workers, 4)) as crew:
                # Processes begin with the first work; it must come before there are threads.
                compile_first(crew, note)
                _open(arguments, scenario, page, read, crew, own)
    except Stopped:
        pass
    note("the page is closed")
    return OK


def _open(
    arguments: argparse.Namespace, scenario: Scenario, page: Explore, read: Read, crew: Crew,
    own: socket.socket,
) -> None:
    from wom_sim.explore.app import guarded
    from wom_sim.explore.asked import Asked
    from wom_sim.explore.serving import serve
    from wom_sim.show.live.assets import served
    from wom_sim.show.live.telling import setup, stops
    from wom_sim.study.live import Live

    port = own.getsockname()[1]
    steps = stops(scenario, page)
    asked = Asked(read, page, steps, Live(crew))
    told = setup(asked.start, page, steps, scenario.base.population.size)
    guard = guarded(asked, told, served(), port, exposed=arguments.expose)
    address = f"http://127.0.0.1:{port}/?token={guard.token}"

    def ready() -> None:
        # What came while the crew held signals back.
        crew.signals.let()
        _tell(address, arguments)

    serve(guard, own, ready)


def _tell(address: str, arguments: argparse.Namespace) -> None:
    print(f"{address}\nOpen it in a browser on this machine; Ctrl-C ends it.", flush=True)
    if arguments.expose:
        note("other machines: the same with this machine's address for 127.0.0.1; whoever has it"
             " may use the page, and nothing is encrypted")
    if not arguments.no_browser:
        import webbrowser

        webbrowser.open(address)
