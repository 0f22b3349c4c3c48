"""Where a parameter's value goes: through names, arguments and columns to where it is used.

A value is *used* where it is an operand, an argument of a library's function, a condition or a
result; handing it on under another name, or to another function of the market, only carries it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from typing import NamedTuple, TypeAlias

from wom_sim.guide.names import sections
from wom_sim.guide.rooms import Block, Definition, definition, docstring, is_model, rooms
from wom_sim.guide.syntax import functions, head, is_own, last_name, paired, plug_name

Source: TypeAlias = tuple[str, ...]
"""A section or parameter as a path of keys, or (mark, ...) for what a value passes through."""

ARGUMENT, COLUMN, OWN, PLUG = "?argument", "?column", "?self", "?plug"

# Kernels read the records of `book_of` and `firms_of` under these names, without a type.
RECORDS = ("rules", "book", "firms")
COLUMNS = "Columns"
CARRIERS = ("columns_of", "book_of", "firms_of", "per_trade", "known_to", "_rates", "_rates_of")
_SAME = ("int", "float", "bool", "list", "tuple", "asarray", "array", "ascontiguousarray")
_OF_ITSELF = ("copy", "max", "min", "any", "sum", "values", "items", "astype")


class Mention(NamedTuple):
    """The line that writes a value, and the name it has there."""

    line: int
    called: str


Sources: TypeAlias = dict[Source, Mention]


class Use(NamedTuple):
    """A value used in a function: which, where and under which name."""

    room: str
    function: str
    docstring: str
    mention: Mention


class Flows(NamedTuple):
    """Uses of each source, and the further sources that each is handed on to."""

    uses: dict[Source, list[Use]]
    onward: dict[Source, list[Source]]


class Tracer:
    """Follows values through functions of the market, each function at most once."""

    def __init__(self) -> None:
        self.rooms = rooms()
        self.sections = sections()
        self.paths = {kind.__name__: path for path, kind in self.sections.items()}
        self.flows = Flows({}, {})
        self.owned: dict[str, Sources] = {}
        self._traced: dict[tuple[str, str], _Function] = {}
        self._written = {name: dict(functions(room)) for name, room in self.rooms.items()}
        self._home = {n: room for room, names in self._written.items() for n in names}

    def trace(self) -> Flows:
        """Follow every parameter from where a function first holds it."""
        for name, room in self.rooms.items():
            words = (*RECORDS, COLUMNS, "register", *room.sections)
            for block in room.blocks.values():
                if any(word in block.text for word in words):
                    self._begin(name, block)
        self._follow()
        return self.flows

    def _begin(self, room: str, block: Block) -> None:
        if block.text.startswith("class"):
            node = definition(block)
            methods = getattr(node, "body", [])
            if block.name == COLUMNS:
                self._columns(last_name(m.target) for m in methods if isinstance(m, ast.AnnAssign))
            for method in methods:
                if isinstance(method, ast.FunctionDef):
                    _Function(self, room, method, block.name, block.line - 1).trace()
        else:
            self.function(room, block.name)

    def _columns(self, fields: Iterable[str]) -> None:
        """Tie each column to the parameters that `columns_of` puts into it."""
        fields = list(fields)
        carrier = self.function("state", "columns_of")
        for node in ast.walk(carrier.node):
            if isinstance(node, ast.Tuple) and len(node.elts) == len(fields):
                for field, element in zip(fields, node.elts, strict=True):
                    for source in carrier.value(element):
                        self.hand_on(source, (COLUMN, field))

    def _follow(self) -> None:
        """Trace the functions that parameters are handed to, as far as they go."""
        known = {s for s in self.flows.onward if not s[0].startswith("?") or s[0] == PLUG}
        queue = list(known)
        while queue:
            for target in self.flows.onward.get(queue.pop(), ()):
                if target not in known:
                    known.add(target)
                    queue.append(target)
                    if target[0] == ARGUMENT and "." not in target[2]:
                        self.function(target[1], target[2])

    def function(self, room: str, name: str) -> _Function:
        """The traced function `name`, as written, of a room."""
        key = (room, name)
        if key not in self._traced:
            block = self.rooms[room].blocks[name]
            node = definition(block)
            assert isinstance(node, ast.FunctionDef)
            self._traced[key] = traced = _Function(self, room, node, "", block.line - 1)
            traced.trace()
        return self._traced[key]

    def target(self, room: str, called: ast.expr) -> tuple[str, str] | None:
        """Room and name, as written, of the market's function that a call means."""
        if isinstance(called, ast.Name):
            name = called.id
            home = room if name in self._written[room] else self._home.get(name, "")
        elif isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name):
            home, name = called.value.id, called.attr
        else:
            return None
        kernel = self._written.get(home, {}).get(name)
        return (home, kernel) if kernel else None

    def hand_on(self, source: Source, to: Source) -> None:
        """Note that the value of `source` goes on as `to`; whole sections are not followed."""
        if source not in self.sections and source != (COLUMN,):
            self.flows.onward.setdefault(source, []).append(to)


class _Function:
    """One function being traced: what its names hold.

    `owner` is its class, '' without one; `above` the number of lines before its block.
    """

    def __init__(self, tracer: Tracer, room: str, node: Definition, owner: str, above: int) -> None:
        self.tracer, self.room, self.node, self.owner = tracer, room, node, owner
        self.above = above
        self.names: dict[str, Sources] = {}
        self.returned: Sources = {}
        self.carries = node.name in CARRIERS or not is_model(tracer.rooms[room])
        bound = tracer.rooms[room].bound
        self.shown = bound.get(node.name, node.name)
        self.docstring = docstring(node)
        self._bind_arguments(node)

    def trace(self) -> None:
        """Go through the function's lines in order."""
        self._lines(self.node.body)

    def arguments(self) -> list[str]:
        """Names of the arguments, in order, without `self`."""
        given = [*self.node.args.posonlyargs, *self.node.args.args, *self.node.args.kwonlyargs]
        return [a.arg for a in given if a.arg != "self"]

    def _bind_arguments(self, node: Definition) -> None:
        plug = plug_name(node)
        for argument in (*node.args.posonlyargs, *node.args.args):
            self.names[argument.arg] = {self._held(argument): Mention(0, argument.arg)}
        for argument in node.args.kwonlyargs:
            source = (PLUG, plug, argument.arg) if plug else self._held(argument)
            self.tracer.flows.onward.setdefault(source, [])
            self.names[argument.arg] = {source: Mention(0, argument.arg)}

    def _held(self, argument: ast.arg) -> Source:
        kind = last_name(argument.annotation) if argument.annotation else ""
        known = self.tracer.rooms[self.room].sections
        if kind == COLUMNS:
            return (COLUMN,)
        if kind in known and known[kind] in self.tracer.paths:
            return self.tracer.paths[known[kind]]
        if argument.arg in RECORDS:
            return ()
        name = f"{self.owner}.{self.node.name}" if self.owner else self.node.name
        return (ARGUMENT, self.room, name, argument.arg)

    def _lines(self, lines: Iterable[ast.stmt]) -> None:
        for line in lines:
            self._line(line)

    def _line(self, line: ast.stmt) -> None:
        if isinstance(line, ast.Assign):
            for target in line.targets:
                self._assign(target, line.value)
        elif isinstance(line, ast.AnnAssign) and line.value:
            self._assign(line.target, line.value)
        elif isinstance(line, ast.AugAssign):
            self.use(line.target)
            self.use(line.value)
        elif isinstance(line, ast.Return) and line.value:
            self.returned |= self.value(line.value)
            self.use(line.value)
        elif isinstance(line, ast.Expr):
            self.value(line.value)
        elif isinstance(line, ast.If | ast.While):
            self._branch(line)
        elif isinstance(line, ast.For):
            self._loop(line.target, line.iter)
            self._lines(line.body)
        elif isinstance(line, ast.With):
            self._lines(line.body)
        elif isinstance(line, ast.FunctionDef):
            self._bind_arguments(line)
            self._lines(line.body)

    def _branch(self, line: ast.If | ast.While) -> None:
        # A test that only guards an error checks a value; it does not act.
        if not all(isinstance(below, ast.Raise) for below in line.body):
            self.use(line.test)
        before = dict(self.names)
        self._lines(line.body)
        after, self.names = self.names, before
        self._lines(line.orelse)
        self.names = {
            name: {**after.get(name, {}), **self.names.get(name, {})}
            for name in (*after, *self.names)
        }

    def _assign(self, target: ast.expr, given: ast.expr) -> None:
        if isinstance(target, ast.Tuple) and isinstance(given, ast.Tuple):
            for part, value in zip(target.elts, given.elts, strict=True):
                self._assign(part, value)
        elif is_own(target):
            self._keep(last_name(target), self.value(given))
        elif isinstance(target, ast.Subscript) and self.carries:
            self._bind(target.value, self.value(given))
        elif isinstance(target, ast.Subscript | ast.Attribute):
            self.value(target)
            self.use(given)
        else:
            self._bind(target, self.value(given), anew=True)

    def _keep(self, name: str, sources: Sources) -> None:
        """Note what `self.name` holds."""
        for source in sources:
            if source in self.tracer.sections or source == (COLUMN,):
                self.tracer.owned.setdefault(self.owner, {})[(OWN, name, *source)] = Mention(0, "")
            self.tracer.hand_on(source, (OWN, self.owner, name))

    def _bind(self, target: ast.expr, sources: Sources, anew: bool = False) -> None:
        if isinstance(target, ast.Name):
            kept = {} if anew else self.names.get(target.id, {})
            self.names[target.id] = {**kept, **sources}
        elif isinstance(target, ast.Tuple | ast.List):
            for part in target.elts:
                self._bind(part, sources, anew)

    def _loop(self, target: ast.expr, given: ast.expr) -> None:
        called = last_name(given.func) if isinstance(given, ast.Call) else ""
        parts = target.elts if isinstance(target, ast.Tuple) else []
        if isinstance(given, ast.Call) and called == "enumerate" and len(parts) == 2:
            self._loop(parts[1], given.args[0])
        elif isinstance(given, ast.Call) and called == "zip" and len(parts) == len(given.args):
            for part, argument in zip(parts, given.args, strict=True):
                self._loop(part, argument)
        elif isinstance(given, ast.Tuple) and parts:
            for row in given.elts:
                for part, value in zip(parts, getattr(row, "elts", []), strict=False):
                    self._bind(part, self.value(value))
        else:
            self._bind(target, self.value(given), anew=True)

    def use(self, node: ast.expr) -> None:
        """Note that what `node` holds is used here."""
        for source, mention in self.value(node).items():
            if source in self.tracer.sections or source == (COLUMN,) or self.carries:
                continue
            use = Use(self.room, self.shown, self.docstring, mention)
            known = self.tracer.flows.uses.setdefault(source, [])
            if use not in known:
                known.append(use)

    def value(self, node: ast.expr) -> Sources:
        """What `node` holds, if it only hands a value on; operands below it are used."""
        if isinstance(node, ast.Name):
            held = self.names.get(node.id, {})
            return {s: m if m.line else Mention(self._at(node), node.id) for s, m in held.items()}
        if isinstance(node, ast.Attribute):
            return self._part(node, node.attr)
        if isinstance(node, ast.Subscript):
            key = node.slice.value if isinstance(node.slice, ast.Constant) else None
            if isinstance(key, str):
                return self._part(node, key)
            self.use(node.slice)
            return self.value(node.value)
        if isinstance(node, ast.Call):
            return self._call(node)
        return self._whole(node)

    def _at(self, node: ast.expr) -> int:
        return self.above + (node.end_lineno or node.lineno)

    def _whole(self, node: ast.expr) -> Sources:
        if isinstance(node, ast.Tuple | ast.List):
            return self._union(node.elts)
        if isinstance(node, ast.Starred):
            return self.value(node.value)
        if isinstance(node, ast.Dict):
            return self._union(node.values)
        if isinstance(node, ast.GeneratorExp | ast.ListComp | ast.DictComp):
            for part in node.generators:
                self._loop(part.target, part.iter)
                for test in part.ifs:
                    self.use(test)
            return self.value(node.value if isinstance(node, ast.DictComp) else node.elt)
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.In | ast.Is | ast.IsNot):
            return {}
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr) and not isinstance(node, ast.JoinedStr):
                self.use(child)
        return {}

    def _union(self, nodes: Iterable[ast.expr]) -> Sources:
        return {s: mention for node in nodes for s, mention in self.value(node).items()}

    def _part(self, node: ast.Attribute | ast.Subscript, key: str) -> Sources:
        """What the part `key` of a section, of the columns or of `self` holds."""
        mention = Mention(self._at(node), key)
        if is_own(node):
            own = self.tracer.owned.get(self.owner, {})
            held: Mapping[Source, Mention] = {s[2:]: mention for s in own if s[1] == key}
            return dict(held) or {(OWN, self.owner, key): mention}
        found: Sources = {}
        for source, before in self.value(node.value).items():
            section = self.tracer.sections.get(source)
            if section is not None and key in section.model_fields:
                found[(*source, key)] = mention
            elif source == (COLUMN,):
                found[(COLUMN, key)] = mention
            elif section is None and isinstance(node, ast.Subscript):
                self.tracer.hand_on(source, (*source, key))
                found[(*source, key)] = before
            elif section is None and key == "T":
                found[source] = before
        return found

    def _call(self, node: ast.Call) -> Sources:
        called = last_name(node.func)
        given = [*node.args, *(keyword.value for keyword in node.keywords)]
        target = self.tracer.target(self.room, node.func)
        if is_own(node.func):
            return self._hand_over(f"{self.owner}.{called}", node, None)
        if target is not None:
            return self._hand_over(target[1], node, target)
        if isinstance(node.func, ast.Attribute) and called in _OF_ITSELF:
            held = self.value(node.func.value)
            if held:
                return held
        if called == "len":
            return {}
        if called in _SAME and given:
            return self.value(given[0])
        if self.carries:
            return self._union(given[1:] if called in ("full", "where") else given[:1])
        if isinstance(node.func, ast.Attribute):
            self.use(node.func.value)
        for argument in given:
            self.use(argument)
        return {}

    def _hand_over(self, name: str, node: ast.Call, target: tuple[str, str] | None) -> Sources:
        """Hand arguments to a function of the market; what a carrier returns comes back."""
        if target is None:
            self._union(node.args)
            return {}
        block = self.tracer.rooms[target[0]].blocks[target[1]]
        if name in CARRIERS:
            return self._through(self.tracer.function(*target), node)
        for argument, value in paired(head(block), node):
            for source in self.value(value):
                self.tracer.hand_on(source, (ARGUMENT, target[0], name, argument))
        return {}

    def _through(self, carrier: _Function, node: ast.Call) -> Sources:
        """What a carrier returns for these arguments."""
        if carrier.node.returns is not None and last_name(carrier.node.returns) == COLUMNS:
            self._union(node.args)
            return {(COLUMN,): Mention(0, "")}
        if carrier.node.name in ("book_of", "firms_of"):
            return {(): Mention(0, "")}
        given = {name: self.value(value) for name, value in paired(carrier.arguments(), node)}
        found: Sources = {}
        for source, mention in carrier.returned.items():
            passed = source[0] == ARGUMENT and source[1] == carrier.room if source else False
            found |= given.get(source[3], {}) if passed else {source: mention}
        return found
