"""What a number in a scenario may be: its unit, range, meaning and source, declared once.

Every parameter of the model is a pydantic field made by one of the functions below. The
reader, the documentation and the axis labels read unit, range, meaning and source from here.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple, get_args

from pydantic import BaseModel, ConfigDict, Field
from pydantic.fields import FieldInfo

ASSUMED = "assumed"
FILE = "file"
RULE = "half to double"
"""How a number that declares no plausible range is varied; see `Declaration.around`."""
HORIZON = 5200
"""Longest run in weeks (a century)."""


class Section(BaseModel):
    """A frozen group of parameters; unknown keys are errors, numbers are never guessed."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class Declaration(NamedTuple):
    """What is known about one parameter, as `declarations` yields it.

    `default` is its value in the preset `evidence`, `articles` its value in `articles`.
    `low` and `high` are inclusive and None where there is no bound. `plausible` is the range that
    it is varied over where it is unknown, None where none is declared; see `around`.
    """

    name: str
    unit: str
    default: Any
    articles: Any
    low: float | None
    high: float | None
    meaning: str
    source: str
    articles_source: str
    plausible: tuple[float, float] | None = None

    @property
    def is_number(self) -> bool:
        """Whether its value is a number, alone or one for each trade."""
        return isinstance(self.default, (int, float)) and not isinstance(self.default, bool)

    def assumed(self, preset: str) -> bool:
        """Whether the source of its value in a preset says that the number is assumed."""
        return ASSUMED in (self.articles_source if preset == "articles" else self.source)

    def around(self, value: float) -> tuple[float, float] | None:
        """The range that the parameter is varied over where `value` is a guess.

        What is declared as plausible, if the value lies in it. Otherwise half to double the
        value, for a share or a chance half to double its odds p / (1 - p), so that 0.5 becomes
        0.33 to 0.67 and 0.99 becomes 0.980 to 0.995; whole numbers are rounded, and the legal range
        is kept. None where that is no range, as for 0.
        """
        if self.plausible and self.plausible[0] <= value <= self.plausible[1]:
            return self.plausible
        if self.unit in ("share", "chance"):
            low, high = value / (2 - value), 2 * value / (1 + value)
        else:
            low, high = sorted((value / 2, value * 2))
        if isinstance(self.default, int):
            low, high = float(math.floor(low)), float(math.ceil(high))
        low = low if self.low is None else max(low, self.low)
        high = high if self.high is None else min(high, self.high)
        return (low, high) if low < high else None

    def logarithmic(self, low: float) -> bool:
        """Whether it is varied evenly in logarithm: amounts and numbers above 0, no shares."""
        return self.unit not in ("share", "chance") and self.plausible is None and low > 0


def quantity(
    default: Any,
    unit: str,
    meaning: str,
    source: str = ASSUMED,
    *,
    low: float | None = None,
    high: float | None = None,
    articles: Any = None,
    articles_source: str = "",
    plausible: tuple[float, float] | None = None,
) -> Any:
    """Declare a parameter; `articles` is its value in that preset where it differs.

    `plausible` is the range that `sensitivity` varies it over, where half to double the value
    (`Declaration.around`) would not be a fair one.
    """
    extra: dict[str, Any] = {
        "unit": unit,
        "source": source,
        "articles": (None if default is ... else default) if articles is None else articles,
        "articles_source": articles_source or source,
        **({"plausible": plausible} if plausible else {}),
    }
    return Field(default, ge=low, le=high, description=meaning, json_schema_extra=extra)


def share(default: float, meaning: str, source: str = ASSUMED, **more: Any) -> Any:
    """A share or a chance in [0, 1]."""
    return quantity(default, "share", meaning, source, low=0.0, high=1.0, **more)


def chance(default: float, meaning: str, source: str = ASSUMED, **more: Any) -> Any:
    """The chance, below 1, that a message would convince on its own.

    Below 1 because its hazard is -ln(1 - q).
    """
    return quantity(default, "chance", meaning, source, low=0.0, high=0.99, **more)


def amount(default: float, unit: str, meaning: str, source: str = ASSUMED, **more: Any) -> Any:
    """A number of `unit` that is at least 0, or at least `low` where that is given."""
    bounds = {"low": 0.0, **more}
    return quantity(default, unit, meaning, source, **bounds)


def hours(default: float, meaning: str, source: str = ASSUMED, **more: Any) -> Any:
    """Hours, 0 to 168 (a week)."""
    return amount(default, "hours", meaning, source, **{"high": 168.0, **more})


def weeks(default: float, meaning: str, source: str = ASSUMED, **more: Any) -> Any:
    """A span in weeks, such as a half-life; more than 0."""
    return amount(default, "weeks", meaning, source, **{"low": 0.01, "high": HORIZON, **more})


def count(default: Any, unit: str, meaning: str, source: str = ASSUMED, **more: Any) -> Any:
    """A whole number of `unit`, at least 0 or at least `low`."""
    return quantity(default, unit, meaning, source, **{"low": 0, **more})


def choice(default: Any, meaning: str, source: str = ASSUMED, **more: Any) -> Any:
    """One of a few words, or yes or no; the words stand in the field's annotation."""
    return quantity(default, "choice", meaning, source, **more)


def file_name(meaning: str) -> Any:
    """The name of a file, relative to the file that writes it."""
    about: dict[str, Any] = {"unit": FILE, "source": "", "articles": "", "articles_source": ""}
    return Field(description=meaning, json_schema_extra=about)


def files(section: type[BaseModel]) -> Iterator[str]:
    """Yield the parameters of a section that name files."""
    for key, field in section.model_fields.items():
        extra = field.json_schema_extra
        if isinstance(extra, dict) and extra.get("unit") == FILE:
            yield key


def bounds(field: FieldInfo) -> tuple[float | None, float | None]:
    """The inclusive range of a field, or of its numbers; None where it has no bound."""
    # A field `Rate | list[Rate]` carries its range on the alternatives.
    inner = [item for kind in get_args(field.annotation) for item in get_args(kind)[1:]]
    deeper = [item for info in inner for item in getattr(info, "metadata", ())]
    found = {type(item).__name__: item for item in (*deeper, *field.metadata)}
    low = getattr(found.get("Ge"), "ge", None)
    high = getattr(found.get("Le"), "le", None)
    return low, high


def declarations(section: type[BaseModel], prefix: str = "") -> Iterator[Declaration]:
    """Yield the declaration of every parameter below `section`, dotted names in file order."""
    for key, field in section.model_fields.items():
        name = f"{prefix}{key}"
        extra = field.json_schema_extra
        if isinstance(extra, dict) and "unit" in extra:
            low, high = bounds(field)
            yield Declaration(
                name=name,
                unit=str(extra["unit"]),
                default=field.get_default(call_default_factory=True),
                articles=extra["articles"],
                low=low,
                high=high,
                meaning=field.description or "",
                source=str(extra["source"]),
                articles_source=str(extra["articles_source"]),
                plausible=_pair(extra.get("plausible")),
            )
        elif isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from declarations(field.annotation, f"{name}.")


def _pair(declared: Any) -> tuple[float, float] | None:
    return tuple(declared) if declared else None
