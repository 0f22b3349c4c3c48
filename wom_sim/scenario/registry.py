"""Named plugs: networks, strategies, judgements, outcomes, figures.

A plug is one decorated function. Its keyword-only annotated arguments are its parameters in
YAML; `Registry.parameters` turns them into a frozen section that validates like any other.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from types import SimpleNamespace
from typing import Any, NamedTuple, get_type_hints

from pydantic import Field, ValidationError, create_model

from wom_sim.scenario.quantities import Section


class Plug(NamedTuple):
    """A registered function: its name, the function, its parameters and further facts."""

    name: str
    function: Callable[..., Any]
    section: type[Section]
    facts: Mapping[str, Any]


class Registry:
    """The plugs of one kind by name, in order of registration."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._plugs: dict[str, Plug] = {}

    def register(
        self, name: str, **facts: Any
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Decorator that registers a function under `name`; a second one of that name fails."""

        def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
            known = self._plugs.get(name)
            if known is not None and known.function.__qualname__ != function.__qualname__:
                raise ValueError(f"{self.kind} {name!r} is registered twice")
            self._plugs[name] = Plug(name, function, _section(name, function), facts)
            return function

        return decorate

    def __getitem__(self, name: str) -> Plug:
        return self._plugs[name]

    def __contains__(self, name: object) -> bool:
        return name in self._plugs

    def __iter__(self) -> Iterator[str]:
        return iter(self._plugs)

    def resolve(self, kind: str, given: Mapping[str, Any]) -> dict[str, Any]:
        """Validated parameters of the plug `kind`, defaults filled in.

        Raises KeyError for an unknown kind and pydantic.ValidationError for wrong parameters.
        """
        return self._plugs[kind].section.model_validate(dict(given)).model_dump()

    def call(self, spec: Mapping[str, Any], *arguments: Any) -> Any:
        """Call the plug that `spec["kind"]` names with its other keys as parameters."""
        given = {key: value for key, value in spec.items() if key != "kind"}
        return self._plugs[spec["kind"]].function(*arguments, **given)


def _section(name: str, function: Callable[..., Any]) -> type[Section]:
    signature = inspect.signature(function).parameters
    settings = {k: a for k, a in signature.items() if a.kind is inspect.Parameter.KEYWORD_ONLY}
    # Only these are evaluated: other annotations may name libraries that load late.
    written = SimpleNamespace(__annotations__={k: a.annotation for k, a in settings.items()})
    hints = get_type_hints(written, getattr(function, "__globals__", {}), include_extras=True)
    fields: dict[str, Any] = {}
    for key, argument in settings.items():
        default = ... if argument.default is inspect.Parameter.empty else argument.default
        fields[key] = (hints[key], default if default is ... else Field(default))
    return create_model(f"{name}_parameters", __base__=Section, __doc__=function.__doc__, **fields)


networks = Registry("network")
strategies = Registry("strategy")
judgements = Registry("judgement")
outcomes = Registry("outcome")
figures = Registry("figure")

__all__ = [
    "Plug",
    "Registry",
    "ValidationError",
    "figures",
    "judgements",
    "networks",
    "outcomes",
    "strategies",
]
