"""The floors of the house: who may import whom, where libraries live, what starts light."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "wom_sim"
ROOMS = sorted(PACKAGE.rglob("*.py"))
FLOORS = {"scenario": 1, "guide": 2, "market": 2, "study": 3, "show": 4, "explore": 5}
HOMES = {
    "yaml": {"scenario/reader.py", "scenario/scalars.py"},
    "networkx": {"market/graphs.py"},
    "simpy": {"market/calendar.py"},
    "numba": {"market/compiled.py"},
    "matplotlib": {"show/"},
    "scipy": {"study/statistics/", "study/varying/design.py", "study/fit/fitting.py"},
    "pandas": {"study/tables.py"},
    "pyarrow": {"study/parquet.py"},
    "distributed": {"study/cluster.py"},
    "shtab": {"commands/completion.py"},
    "jinja2": {"show/page/template.py"},
    "starlette": {"explore/"},
    "uvicorn": {"explore/serving.py"},
}
FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__"}
FORBIDDEN_MODULES = {"pickle", "shelve", "random", "uuid", "marshal"}


def name_of(room: Path) -> str:
    return room.relative_to(PACKAGE).as_posix()


def imports_of(room: Path, only_top: bool = False) -> set[str]:
    """Modules a room imports; type-checking-only imports do not count."""
    tree = ast.parse(room.read_text(encoding="utf-8"))
    nodes = tree.body if only_top else list(ast.walk(tree))
    typing_only = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for inner in ast.walk(node)
    }
    found: set[str] = set()
    for node in nodes:
        if id(node) in typing_only:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def floor_of(module: str) -> int:
    parts = module.split(".")
    return FLOORS.get(parts[1], 0) if parts[0] == "wom_sim" and len(parts) > 1 else 0


@pytest.mark.parametrize("room", ROOMS, ids=name_of)
def test_imports_run_downward_only(room: Path) -> None:
    own = FLOORS.get(name_of(room).split("/")[0], 6)
    for module in imports_of(room):
        assert floor_of(module) <= own, f"{name_of(room)} imports {module}"


@pytest.mark.parametrize("room", ROOMS, ids=name_of)
def test_guide_and_market_know_nothing_of_each_other(room: Path) -> None:
    wing = name_of(room).split("/")[0]
    strange = {"guide": "wom_sim.market", "market": "wom_sim.guide"}.get(wing, "nothing")
    assert not [module for module in imports_of(room) if module.startswith(strange)]


@pytest.mark.parametrize("room", ROOMS, ids=name_of)
def test_show_reads_results_and_nothing_of_the_model(room: Path) -> None:
    if not name_of(room).startswith("show/"):
        return
    for module in imports_of(room):
        assert not module.startswith("wom_sim.market"), module
        if floor_of(module) == FLOORS["study"]:
            assert module.startswith("wom_sim.study.results"), module


@pytest.mark.parametrize("room", ROOMS, ids=name_of)
def test_nobody_imports_the_door_or_the_face(room: Path) -> None:
    imported = imports_of(room)
    if name_of(room) != "__main__.py":
        assert "wom_sim.cli" not in imported
    if name_of(room) != "__init__.py" and not name_of(room).startswith("commands/"):
        assert "wom_sim.face" not in imported


def test_no_circles() -> None:
    """Depth-first search over the imports at the top of each room."""
    graph: dict[str, set[str]] = {}
    known = {
        "wom_sim." + name_of(room).removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        for room in ROOMS
    }
    for room in ROOMS:
        own = name_of(room).removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        graph[f"wom_sim.{own}"] = (imports_of(room, only_top=True) & known) - {f"wom_sim.{own}"}
    state: dict[str, int] = {}

    def visit(module: str, path: list[str]) -> None:
        assert state.get(module) != 1, " -> ".join([*path, module])
        if module in state:
            return
        state[module] = 1
        for below in graph[module]:
            visit(below, [*path, module])
        state[module] = 2

    for module in graph:
        visit(module, [])


@pytest.mark.parametrize("room", ROOMS, ids=name_of)
def test_each_library_has_one_home(room: Path) -> None:
    for module in imports_of(room):
        homes = HOMES.get(module.split(".")[0])
        if homes is not None:
            assert any(name_of(room).startswith(home) for home in homes), module


@pytest.mark.parametrize("room", ROOMS, ids=name_of)
def test_no_room_uses_hidden_chance_or_runs_code(room: Path) -> None:
    tree = ast.parse(room.read_text(encoding="utf-8"))
    assert not {module.split(".")[0] for module in imports_of(room)} & FORBIDDEN_MODULES
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in FORBIDDEN_CALLS, ast.unparse(node)
        if isinstance(node, ast.Attribute) and name_of(room).startswith("market/"):
            assert not ast.unparse(node).startswith(("np.random", "time.")), ast.unparse(node)


@pytest.mark.parametrize("room", ROOMS, ids=name_of)
def test_rooms_are_not_too_long(room: Path) -> None:
    assert len(room.read_text(encoding="utf-8").splitlines()) <= 400


def test_names_say_what_things_are() -> None:
    for room in ROOMS:
        for node in ast.walk(ast.parse(room.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef | ast.FunctionDef):
                assert not re.search(r"(Manager|Helper|Utils?|Base|Handler)$", node.name), node.name


def loaded_after(code: str) -> set[str]:
    check = f"{code}\nimport sys\nprint(' '.join(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", check], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return set(done.stdout.split())


@pytest.mark.parametrize(
    "code",
    [
        "import wom_sim",
        "import contextlib, wom_sim.cli\n"
        "with contextlib.suppress(SystemExit): wom_sim.cli.main(['--help'])",
    ],
    ids=["import", "help"],
)
def test_starting_is_light(code: str) -> None:
    heavy = {"numpy", "numba", "networkx", "simpy", "yaml", "matplotlib", "scipy", "pydantic",
             "jinja2", "starlette", "uvicorn"}
    assert not loaded_after(code) & heavy


def test_reading_a_scenario_loads_no_heavy_library() -> None:
    loaded = loaded_after("import wom_sim.scenario.resolve")
    assert not loaded & {"numpy", "numba", "networkx", "simpy", "matplotlib", "scipy"}


def test_the_top_of_the_house_is_as_agreed() -> None:
    done = subprocess.run(
        ["git", "ls-files"], capture_output=True, text=True, cwd=ROOT, check=False
    )
    top = {line.split("/")[0] for line in done.stdout.splitlines()}
    agreed = {"wom_sim", "scenarios", "tests", "results", "pyproject.toml", "README.md", "LICENSE"}
    assert {entry for entry in top if not entry.startswith(".")} <= agreed
