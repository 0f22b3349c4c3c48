"""Strict YAML: text -> a tree of values, each with its place; the only home of PyYAML.

PyYAML's own loaders follow aliases, run tags and guess types (`no` is false, `010` is 8,
`1:30` is 90), so only its events are used here, and plain scalars are read by `scalars`.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import yaml

from wom_sim.scenario.faults import Fault, ScenarioError, quoted, shortened
from wom_sim.scenario.scalars import Refusal, Scalar, plain

MOST_BYTES = 256 * 1024
# PyYAML reads some 20,000 values a second; a file is to be answered within one second.
MOST_NODES = 6_000
MOST_DEPTH = 20
LONGEST_LIST = 500
LONGEST_TEXT = 10_000


class Mark(NamedTuple):
    """A place: a file or an option, with line and column from 1 (0 for an option)."""

    file: str
    line: int = 0
    column: int = 0


class Node(NamedTuple):
    """A value and where it stands.

    `value` is a scalar, a mapping or a list of nodes, or a `Refusal` that is already reported.
    `key` is the place of its key (its own where it has none), `name` its dotted name as
    written, `text` a scalar as written.
    """

    value: Scalar | Refusal | dict[str, Node] | list[Node]
    mark: Mark
    key: Mark
    name: str
    text: str = ""


def parse(source: str | bytes, start: Mark, faults: list[Fault], name: str = "") -> Node | None:
    """The tree of one YAML document, None if there is none; faults are added to `faults`.

    With `name`, the text is the value of an option, and `start` the place of all that is in it.
    Raises ScenarioError where the text cannot be followed to its end.
    """
    return _Document(decoded(source, start), start, faults, name).tree()


class _Document:
    """One reading of one text, event by event."""

    def __init__(self, text: str, start: Mark, faults: list[Fault], name: str = "") -> None:
        self._text, self._start, self._faults, self._name = text, start, faults, name
        self._nodes = 0
        try:
            self._parser: Any = yaml.SafeLoader(text)
        except yaml.reader.ReaderError as error:
            code = ord(text[error.position])
            remedy = "remove it" if code or name else "remove it, or save the file as UTF-8"
            mark = start if name else _end_of(text[: error.position], start)
            raise self._end(mark, f"the character U+{code:04X} is not allowed", remedy) from None

    def tree(self) -> Node | None:
        """The value of the only document."""
        self._next()
        if isinstance(self._next(), yaml.StreamEndEvent):
            return None
        found = self._node(self._next(), self._name, None, 0)
        self._next()
        after = self._next()
        if not isinstance(after, yaml.StreamEndEvent):
            several = "more than one document ('---')"
            self._say(after, "", several, "put each scenario in its own file")
        return found

    def _next(self) -> yaml.Event:
        try:
            event: yaml.Event = self._parser.get_event()
            return event
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark or self._parser.get_mark()
            problem = error.problem or error.context or "not YAML"
            remedy = _syntax_remedy(problem, self._text)
            if remedy == CLOSE and error.context_mark:
                opened = self._place(error.context_mark)
                remedy = f"{CLOSE} that open at {opened.line}:{opened.column}"
            raise self._end(self._place(mark), problem, remedy) from None
        # The scanner meets `%YAML` and `\U` escapes with int() and chr(), unguarded.
        except (ValueError, OverflowError):
            mark = self._parser.get_mark()
            problem = "a number here is too large for YAML"
            raise self._end(self._place(mark), problem, "write less") from None

    def _node(self, event: yaml.Event, name: str, key: Mark | None, depth: int) -> Node:
        mark = self._place(event.start_mark)
        self._nodes += 1
        if depth > MOST_DEPTH:
            raise self._end(mark, f"nested more than {MOST_DEPTH} levels deep", "write it flatter")
        if self._nodes > MOST_NODES:
            raise self._end(mark, f"more than {MOST_NODES} values", "split the scenario")
        forbidden = self._forbidden(event, name)
        value = self._value(event, name, depth)
        text = event.value if isinstance(event, yaml.ScalarEvent) else ""
        return Node(REFUSED if forbidden else value, mark, key or mark, name, text)

    def _forbidden(self, event: yaml.Event, name: str) -> bool:
        tag, anchor = getattr(event, "tag", None), getattr(event, "anchor", None) or ""
        if isinstance(event, yaml.AliasEvent):
            problem = f"aliases (*{shortened(anchor)}) are not allowed"
        elif anchor:
            problem = f"anchors (&{shortened(anchor)}) are not allowed"
        elif tag is not None:
            problem = f"tags ({shortened(tag.replace(_STANDARD_TAG, '!!'))}) are not allowed"
        else:
            return False
        self._say(event, name, problem, "write the value out")
        return True

    def _value(
        self, event: yaml.Event, name: str, depth: int
    ) -> Scalar | Refusal | dict[str, Node] | list[Node]:
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(name, depth)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._list(name, depth)
        return self._scalar(event, name) if isinstance(event, yaml.ScalarEvent) else REFUSED

    def _list(self, name: str, depth: int) -> list[Node]:
        found: list[Node] = []
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            found.append(self._node(event, f"{name}[{len(found)}]", None, depth + 1))
            if len(found) > LONGEST_LIST:
                problem = f"a list of more than {LONGEST_LIST} values"
                raise self._end(self._place(event.start_mark), problem, "write fewer")
        return found

    def _mapping(self, name: str, depth: int) -> dict[str, Node]:
        found: dict[str, Node] = {}
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            before = len(self._faults)
            key = self._key(event, name, depth)
            said = len(self._faults)
            inside = name if key is None else _below(name, key)
            value = self._node(self._next(), inside, self._place(event.start_mark), depth + 1)
            if key is None:
                # What is below a key that cannot be used would only be said twice.
                del self._faults[said:]
            glued = _glued(event) if value.value is None else None
            if glued:
                del self._faults[before:]
                self._say(event, name, *glued)
            if key is None or glued:
                continue
            if key in found:
                first = found[key].key.line
                where = f" (first given on line {first})" if first else ""
                self._say(event, name, f"duplicate key {quoted(key)}{where}", "remove one")
                continue
            found[key] = value
        return found

    def _key(self, event: yaml.Event, name: str, depth: int) -> str | None:
        if not isinstance(event, yaml.ScalarEvent):
            self._node(event, name, None, depth + 1)
            self._say(event, name, "a key must be plain text, not a list or mapping")
            return None
        if self._forbidden(event, name):
            return None
        refusal = _key_refusal(event.value, event.style is None)
        if refusal:
            self._say(event, name, *refusal)
        return None if refusal else event.value

    def _scalar(self, event: yaml.ScalarEvent, name: str) -> Scalar | Refusal:
        text: str = event.value
        if len(text) > LONGEST_TEXT:
            value: Scalar | Refusal = Refusal(f"longer than {LONGEST_TEXT} characters", "")
        elif any("\ud800" <= c <= "\udfff" for c in text):
            half = "holds half of a Unicode pair (surrogate)"
            value = Refusal(half, "write the character itself")
        else:
            value = plain(text) if event.style is None and event.tag is None else text
        if isinstance(value, Refusal):
            self._say(event, name, *value)
        return value

    def _say(self, event: yaml.Event, name: str, problem: str, remedy: str = "") -> None:
        self._faults.append(Fault(*self._place(event.start_mark), name, problem, remedy))

    def _place(self, mark: Any) -> Mark:
        if self._name:
            return self._start
        return Mark(self._start.file, mark.line + 1, mark.column + 1)

    def _end(self, mark: Mark, problem: str, remedy: str) -> ScenarioError:
        return ScenarioError([*self._faults, Fault(*mark, self._name, problem, remedy)])


def decoded(source: str | bytes, start: Mark) -> str:
    """The text of a file; raises ScenarioError where it is too long or not UTF-8."""
    if len(source) > MOST_BYTES:
        problem = f"the file is {len(source)} bytes long"
        raise ScenarioError([Fault(*start, "", problem, f"at most {MOST_BYTES} are allowed")])
    if isinstance(source, str):
        return source.removeprefix("\ufeff")
    try:
        return source.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # The codec counts from behind a byte order mark.
        before = source.removeprefix(b"\xef\xbb\xbf")[: error.start]
        mark = _end_of(before.decode("utf-8"), start)
        problem = f"not UTF-8 text (byte {error.start})"
        raise ScenarioError([Fault(*mark, "", problem, "save the file as UTF-8")]) from None


def _end_of(before: str, start: Mark) -> Mark:
    lines = before.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return Mark(start.file, len(lines), len(lines[-1]) + 1)


def _below(name: str, key: str) -> str:
    return f"{name}.{shortened(key)}" if name else shortened(key)


def _glued(event: yaml.Event) -> Refusal | None:
    """What a key without a value may be besides: `weak:0.1`, or the end of `{size: 5,000}`."""
    text = event.value if isinstance(event, yaml.ScalarEvent) and event.style is None else ""
    before, colon, after = text.partition(":")
    if colon and before and after:
        said = f"write '{shortened(before)}: {shortened(after)}'"
        return Refusal(f"{quoted(text)} has no space after the colon", said)
    if text.isdecimal():
        problem = f"{shortened(text)} stands after a comma, as if it were a key"
        return Refusal(problem, "write numbers without a comma, or with a point")
    return None


def _key_refusal(text: str, unquoted: bool) -> Refusal | None:
    # Emoji of several parts are joined by an invisible character.
    odd = next((c for c in text if not c.isprintable() and c != _JOINER), None)
    if odd:
        problem = f"a key contains an invisible character U+{ord(odd):04X}"
        return Refusal(problem, "type the key again")
    if unquoted and text == "<<":
        return Refusal("merge keys (<<) are not allowed", "write the values out")
    if not text:
        return Refusal("a key is empty", "write 'name: value'")
    if unquoted and not isinstance(plain(text), (str, Refusal)):
        return Refusal(f"the key {shortened(text)} is not text", "put quotes around it")
    return None


def _syntax_remedy(problem: str, text: str) -> str:
    odd = re.search(r"[\u00a0\u2000-\u200b\u202f\u3000]", text)
    if odd:
        mark = _end_of(text[: odd.start()], Mark(""))
        return f"there is an odd space at {mark.line}:{mark.column}"
    return next((remedy for part, remedy in _SYNTAX_REMEDIES if part in problem), "")


CLOSE = "close the quotes"
_JOINER = "\u200d"
REFUSED = Refusal("refused")
_STANDARD_TAG = "tag:yaml.org,2002:"

_SYNTAX_REMEDIES = (
    (r"'\t'", "use spaces"),
    (r"'\\t'", "use spaces"),
    ("cannot start any token", "put quotes around the text"),
    (
        "mapping values are not allowed",
        "check the indentation, or put quotes around a text that holds ': '",
    ),
    ("unknown escape", "write \\\\ for a backslash, or use single quotes"),
    ("expected ',' or", "close the bracket"),
    ("unexpected end of stream", CLOSE),
    ("incompatible YAML", "remove the %YAML line"),
    ("expected <block end>, but found ','", "remove the comma, or check the quotes and brackets"),
    ("expected <block end>", "check the quotes here and the indentation of this line"),
    ("could not find expected ':'", "write 'name: value', with a space after the colon"),
    ("expected <document start>", "check the indentation, or remove what stands here"),
    ("block sequence entries are not allowed", "begin the list on a line of its own"),
    ("expected alphabetic or numeric character", "put quotes around the text"),
    ("expected chomping or indentation", "put quotes around the text"),
    ("expected the node content", "put quotes around the text, or remove the comma"),
    ("found undefined tag handle", "put quotes around the text"),
    ("expected a comment or a line break", "put quotes around the text"),
)
