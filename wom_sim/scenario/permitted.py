"""`plugins:` which files of plugs a scenario names, read and made known."""

from __future__ import annotations

import re

from wom_sim.scenario import plugins
from wom_sim.scenario.checks import find, refuse, refuse_unknown, written
from wom_sim.scenario.faults import Fault, ScenarioError, quoted
from wom_sim.scenario.files import Surroundings, changed
from wom_sim.scenario.parameters import Plugin
from wom_sim.scenario.plugins import PluginError, fingerprint
from wom_sim.scenario.reader import MOST_BYTES, Node
from wom_sim.scenario.scalars import Refusal

MOST_PLUGINS = 20

_PRINT = re.compile("[0-9a-f]{64}")
_KEYS = ("path", "sha256")


def plugins_of(tree: Node, around: Surroundings, log: list[Fault]) -> tuple[Plugin, ...]:
    """The plugins that `tree` names, allowed, read and in use.

    Raises ScenarioError where one is at fault: without it, its names would be called unknown.
    """
    node = find(tree, ("plugins",))
    before = len(log)
    items = _items(node, log) if node is not None else []
    found = [plugin for item in items if (plugin := _plugin(item, around, log))]
    _refuse_twice(items, found, log)
    if len(log) > before or (node is not None and isinstance(node.value, Refusal)):
        raise ScenarioError(log)
    try:
        plugins.use(found)
    except PluginError as error:
        refuse(log, node or tree, str(error), "mend the plugin")
        raise ScenarioError(log) from None
    return tuple(found)


def _items(node: Node, log: list[Fault]) -> list[Node]:
    if isinstance(node.value, Refusal):
        return []
    if not isinstance(node.value, list):
        refuse(log, node, f"expected a list of files such as [my_rule.py], not {written(node)}")
        return []
    if len(node.value) > MOST_PLUGINS:
        refuse(log, node, f"{len(node.value)} plugins; at most {MOST_PLUGINS} are allowed")
        return []
    return node.value


def _plugin(item: Node, around: Surroundings, log: list[Fault]) -> Plugin | None:
    path, known = _written(item, log)
    if path is None:
        return None
    place = around.find(path, log, known)
    if place is None:
        return None
    if not place.path.endswith(".py"):
        refuse(log, path, f"{quoted(place.path)} is not a Python file (.py)")
        return None
    content = place.place.read_bytes()
    actual = fingerprint(content)
    problem, remedy = "", ""
    if len(content) > MOST_BYTES:
        problem, remedy = f"the plugin is {len(content)} bytes long", f"at most {MOST_BYTES}"
    elif known and known != actual:
        problem, remedy = changed(place.path, actual)
    elif not around.allowed.plugins(str(place.place)):
        problem = "a plugin is a program that may do anything on this machine"
        remedy = "read it, then allow it with --allow-plugins"
    if problem:
        refuse(log, path, problem, remedy)
        return None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        refuse(log, path, "the plugin is not UTF-8 text", "save the file as UTF-8")
        return None
    return Plugin(path=place.path, sha256=actual, text=text)


def _written(item: Node, log: list[Fault]) -> tuple[Node | None, str]:
    """The node with the path, and the fingerprint where one is written."""
    if isinstance(item.value, Refusal):
        return None, ""
    if not isinstance(item.value, dict):
        return item, ""
    for key, node in item.value.items():
        if key not in _KEYS:
            refuse_unknown(key, node, _KEYS, log)
    known = item.value.get("sha256")
    if known is not None and not (isinstance(known.value, str) and _PRINT.fullmatch(known.value)):
        refuse(log, known, f"expected a SHA-256, 64 hexadecimal digits, not {written(known)}")
    if "path" not in item.value:
        refuse(log, item, "the path of the plugin is missing", "write path: my_rule.py")
    sha256 = known.value if known is not None and isinstance(known.value, str) else ""
    return item.value.get("path"), sha256


def _refuse_twice(items: list[Node], found: list[Plugin], log: list[Fault]) -> None:
    paths = [plugin.path for plugin in found]
    for item, path in zip(items, paths, strict=False):
        if paths.count(path) > 1:
            refuse(log, item, f"{quoted(path)} is named twice", "remove one")
            return
