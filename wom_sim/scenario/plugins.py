"""A user's own plugs: Python files that a scenario names, run only with permission.

The text of each file travels with the scenario, so that worker processes, on whatever machine,
run exactly what was read.
"""

from __future__ import annotations

import hashlib
import importlib.abc
import importlib.util
import sys
from collections.abc import Sequence
from types import CodeType
from typing import NamedTuple

from pydantic import Field

from wom_sim.scenario.quantities import Section
from wom_sim.scenario.registry import ALL, Plug, Registry, raised_in


class Plugin(Section):
    """One file of plugs: its path from the scenario's folder on, its fingerprint, its text."""

    path: str
    sha256: str
    text: str = Field("", repr=False)


class PluginError(Exception):
    """A plugin that cannot be loaded; the message is one line with file and line."""


class _Loaded(NamedTuple):
    plugs: tuple[tuple[Registry, Plug], ...]


_loaded: dict[tuple[str, str], _Loaded] = {}
_in_use: list[tuple[str, str]] = []


def use(plugins: Sequence[Plugin]) -> None:
    """Make the plugs of exactly these plugins known, besides those of the package.

    Raises PluginError where one cannot be loaded, or names what is registered already.
    """
    wanted = [(plugin.path, plugin.sha256) for plugin in plugins]
    if wanted == _in_use:
        return
    _forget()
    try:
        for plugin in plugins:
            _register(plugin)
    except PluginError:
        _forget()
        raise
    _in_use[:] = wanted


def _forget() -> None:
    _in_use.clear()
    for registry in ALL:
        registry.keep_own()


def _register(plugin: Plugin) -> None:
    known = _loaded.get((plugin.path, plugin.sha256))
    if known is None:
        _loaded[plugin.path, plugin.sha256] = _Loaded(tuple(_run(plugin)))
        return
    for registry, plug in known.plugs:
        try:
            registry.put_back(plug)
        except ValueError as error:
            raise PluginError(f"{plugin.path}: {error}") from None


def _run(plugin: Plugin) -> list[tuple[Registry, Plug]]:
    """Run the file; the plugs it registers."""
    spec = importlib.util.spec_from_loader(f"wom_sim_plugin_{plugin.sha256}", _Text(plugin))
    if spec is None or spec.loader is None:
        raise PluginError(f"{plugin.path}: cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    for registry in ALL:
        registry.opened_for(plugin.path)
    try:
        spec.loader.exec_module(module)
    # A plugin may leave by sys.exit(); that must not end the program without a word.
    except (Exception, SystemExit) as error:
        del sys.modules[spec.name]
        raise PluginError(raised_in(plugin.path, error)) from None
    finally:
        for registry in ALL:
            registry.opened_for("")
    found = [(registry, plug) for registry in ALL for plug in registry.of(plugin.path)]
    if not found:
        raise PluginError(f"{plugin.path}: registers nothing")
    return found


class _Text(importlib.abc.InspectLoader):
    """Loads a module from the text that was read, and leaves no compiled file beside it."""

    def __init__(self, plugin: Plugin) -> None:
        self._plugin = plugin

    def get_source(self, fullname: str) -> str:
        return self._plugin.text

    def get_code(self, fullname: str) -> CodeType:
        return self.source_to_code(self._plugin.text, self._plugin.path)


def fingerprint(content: bytes) -> str:
    """SHA-256 as 64 hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()
