"""Named plugs: networks, strategies, judgements, outcomes, figures.

A plug is one decorated function. Its keyword-only annotated arguments are its parameters in
YAML; they become a frozen section that validates like any other.
"""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable, Iterator, Mapping
from operator import attrgetter
from types import SimpleNamespace
from typing import Any, NamedTuple, get_type_hints

from pydantic import Field, create_model

from wom_sim.scenario.faults import visible
from wom_sim.scenario.quantities import Section


class PlugFailed(Exception):
    """A user's own plug raised or answered nonsense; the message is one line for its author."""


class Plug(NamedTuple):
    """A registered function: its name, the function, its parameters and further facts.

    `file` is the plugin file it comes from, empty for those of the package. Calling a plug
    calls the function; what a plugin raises becomes PlugFailed.
    """

    name: str
    function: Callable[..., Any]
    section: type[Section]
    facts: Mapping[str, Any]
    kind: str
    file: str = ""

    def __call__(self, *arguments: Any, **settings: Any) -> Any:
        try:
            return self.function(*arguments, **settings)
        # Whoever leaves by sys.exit() must not end the program without a word.
        except (Exception, SystemExit) as error:
            if not self.file:
                raise
            raise PlugFailed(f"{self.kind} {self.name!r}: {raised_in(self.file, error)}") from None

    def refuse(self, problem: str) -> PlugFailed:
        """What to raise where the plug's answer cannot be used."""
        return PlugFailed(f"{self.kind} {self.name!r} {problem}")

    @property
    def meaning(self) -> str:
        """The first line of the docstring, or the name."""
        return next(iter((self.function.__doc__ or "").strip().splitlines()), self.name)


class Registry:
    """The plugs of one kind by name, in order of registration.

    `given` are the arguments that each is called with, in order; `required` are facts that each
    must have; with `optional` every parameter needs a default, because scenarios need not name a
    plug for it to be used.
    """

    def __init__(
        self,
        kind: str,
        given: tuple[str, ...] | None = None,
        required: tuple[str, ...] = (),
        optional: bool = False,
    ) -> None:
        self.kind, self.given = kind, given
        self._required, self._optional = required, optional
        self._plugs: dict[str, Plug] = {}
        self._rest: Callable[[], object] | None = None
        self._filling, self._in_turn = threading.RLock(), False
        self._file = ""

    def register(
        self, name: str = "", **facts: Any
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Decorator that registers a function under `name`; a second one of that name fails.

        Raises ValueError, also for arguments that do not fit the kind of plug.
        """
        if not isinstance(name, str) or not name.strip():
            raise ValueError(f'a {self.kind} needs a name: @wom_sim.{self.kind}("my_{self.kind}")')

        def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
            known = self._plugs.get(name)
            if known is not None and _home(known.function) != _home(function):
                raise ValueError(f"{self.kind} {name!r} is registered already")
            self._refuse_arguments(name, function)
            lacking = next((fact for fact in self._required if fact not in facts), None)
            if lacking:
                raise ValueError(f"{self.kind} {name!r} needs {lacking}=...")
            section = _section(f"{self.kind} {name!r}", function, self._optional)
            self._plugs[name] = Plug(name, function, section, facts, self.kind, self._file)
            return function

        return decorate

    def _refuse_arguments(self, name: str, function: Callable[..., Any]) -> None:
        taken = inspect.signature(function).parameters.values()
        plain = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
        names = tuple(argument.name for argument in taken if argument.kind in plain)
        # The names must be these, too: arrays of one shape are easily taken in another order.
        if self.given is not None and names != self.given:
            wanted, found = ", ".join(self.given), ", ".join(names)
            raise ValueError(f"{self.kind} {name!r} must take ({wanted}, *, ...), not ({found})")

    def later(self, fill: Callable[[], object]) -> None:
        """Have `fill` register more plugs, when one is first looked for."""
        self._rest = fill

    def fill(self) -> None:
        """Register what was put off; who comes meanwhile in another thread waits for it."""
        if self._rest is None:
            return
        with self._filling:
            rest = self._rest
            # What is registered may look here itself, before all of it is.
            if rest is None or self._in_turn:
                return
            self._in_turn = True
            try:
                rest()
                self._rest = None
            finally:
                self._in_turn = False

    def settable(self) -> Iterator[Plug]:
        """Plugs at hand that take parameters; nothing is registered for this."""
        return (plug for plug in self._plugs.values() if plug.section.model_fields)

    def opened_for(self, file: str) -> None:
        """From now on plugs are those of the plugin `file`, or of the package if it is empty."""
        if file:
            self.fill()
        self._file = file

    def of(self, file: str) -> list[Plug]:
        """The plugs of one plugin file."""
        return [plug for plug in self._plugs.values() if plug.file == file]

    def keep_own(self) -> None:
        """Forget the plugs of all plugin files."""
        self._plugs = {name: plug for name, plug in self._plugs.items() if not plug.file}

    def put_back(self, plug: Plug) -> None:
        """Register a plug of a plugin again; ValueError where its name is taken."""
        self.fill()
        if plug.name in self._plugs:
            raise ValueError(f"{self.kind} {plug.name!r} is registered already")
        self._plugs[plug.name] = plug

    def __getitem__(self, name: str) -> Plug:
        self.fill()
        return self._plugs[name]

    def __contains__(self, name: object) -> bool:
        self.fill()
        return name in self._plugs

    def __iter__(self) -> Iterator[str]:
        self.fill()
        return iter(self._plugs)

    def resolve(self, kind: str, given: Mapping[str, Any]) -> dict[str, Any]:
        """Validated parameters of the plug `kind`, defaults filled in.

        Raises KeyError for an unknown kind and pydantic.ValidationError for wrong parameters.
        """
        return self[kind].section.model_validate(dict(given)).model_dump()

    def call(self, spec: Mapping[str, Any], *arguments: Any) -> Any:
        """Call the plug that `spec["kind"]` names with its other keys as parameters."""
        given = {key: value for key, value in spec.items() if key != "kind"}
        return self[spec["kind"]](*arguments, **given)


def raised_in(file: str, error: BaseException) -> str:
    """An exception in one line, with the deepest line of `file` that it came through."""
    line, trace = getattr(error, "lineno", None), error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == file:
            line = trace.tb_lineno
        trace = trace.tb_next
    place = f"{file}:{line}" if line else file
    said = " ".join(str(getattr(error, "msg", error)).split())
    return visible(f"{place}: {type(error).__name__}" + (f": {said}" if said else ""))


def _home(function: Callable[..., Any]) -> tuple[str, str]:
    return function.__module__, function.__qualname__


def _section(plug: str, function: Callable[..., Any], optional: bool) -> type[Section]:
    signature = inspect.signature(function).parameters
    settings = {k: a for k, a in signature.items() if a.kind is inspect.Parameter.KEYWORD_ONLY}
    # Only these are evaluated: other annotations may name libraries that load late.
    annotations = {k: a.annotation for k, a in settings.items()}
    hints = get_type_hints(
        SimpleNamespace(__annotations__=annotations), function.__globals__, include_extras=True
    )
    fields: dict[str, Any] = {}
    for key, argument in settings.items():
        required = argument.default is inspect.Parameter.empty
        if argument.annotation is inspect.Parameter.empty:
            raise ValueError(f"{plug}: argument {key!r} needs an annotation, such as {key}: float")
        if required and optional:
            raise ValueError(f"{plug}: argument {key!r} needs a default")
        fields[key] = (hints[key], ... if required else Field(argument.default))
    name = f"{function.__name__}_parameters"
    return create_model(name, __base__=Section, __doc__=function.__doc__, **fields)


networks = Registry("network", ("size", "seed"))
strategies = Registry("strategy", ("received", "given", "score"))
judgements = Registry("judgement", ("quality", "expectation"))
outcomes = Registry("outcome", ("weekly",), required=("unit",), optional=True)
measures = Registry("measure", ("seen",), required=("unit",), optional=True)
"""What tests of claims measure in one arm of one world; not for plugins."""
figures = Registry("figure", ("results",), optional=True)

network, strategy, judgement = networks.register, strategies.register, judgements.register
outcome, figure = outcomes.register, figures.register
"""The decorators, under the names that `wom_sim` offers them by."""

ALL = (networks, strategies, judgements, outcomes, figures)

SIZE = "{size}"
"""Stands for the name of a place's size in what a network says of its settings."""


class Place(NamedTuple):
    """A parameter whose value is a plug chosen by its `kind`: section, key, what it may name.

    `size` is the parameter that says how many a network ties, empty for other plugs.
    """

    section: str
    key: str
    plugs: Registry
    size: str = ""

    @property
    def name(self) -> str:
        """Its dotted name."""
        return f"{self.section}.{self.key}"

    def of(self, parameters: Any) -> dict[str, Any]:
        """The plug in `parameters`: its kind and settings."""
        found: dict[str, Any] = getattr(getattr(parameters, self.section), self.key)
        return found

    def number(self, parameters: Any) -> int:
        """How many the network ties under `parameters`."""
        return int(attrgetter(self.size)(parameters))

    def worded(self, problem: str) -> str:
        """A network's words about itself, with the name of the size at this place."""
        return problem.replace(SIZE, self.size)


PEOPLE = Place("population", "network", networks, "population.size")
PROFESSIONALS = Place("population", "professionals", networks, "trades.count")
PLACES = (PEOPLE, PROFESSIONALS, Place("judgement", "rule", judgements))
NETWORKS = (PEOPLE, PROFESSIONALS)

__all__ = [
    "ALL",
    "NETWORKS",
    "PEOPLE",
    "PLACES",
    "PROFESSIONALS",
    "SIZE",
    "Place",
    "Plug",
    "PlugFailed",
    "Registry",
    "figure",
    "figures",
    "judgement",
    "judgements",
    "measures",
    "network",
    "networks",
    "outcome",
    "outcomes",
    "raised_in",
    "strategies",
    "strategy",
]
