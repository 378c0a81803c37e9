"""How a number of the model is declared: meaning, symbol, unit, default, range, source, confidence.

A parameter's range is what the evidence leaves open. Outside of it a scenario is refused, and an
uncertain number is drawn from it, world by world. What is to have no effect at all is switched off
(`mechanisms.py`). Prices alone may be set wider, to `limits`, since no literature fixes them.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from typing import Annotated, Any, Literal, NamedTuple, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError

Confidence = Literal["V", "V2", "C", "M", "J"]
"""V read in the source, V2 in a secondary one, C computed from data, M memory, J judgement."""


class Unit(NamedTuple):
    """What a plain setting is counted in; it stands in the annotation of its field."""

    name: str


Months = Annotated[int, Unit("months")]
Monthly = Annotated[float, Unit("1/month")]
Currency = Annotated[float, Unit("currency")]
Ratio = Annotated[float, Unit("ratio")]
Part = Annotated[float, Unit("share")]
"""A share whose bounds its field gives."""

Share = Annotated[float, Field(ge=0.0, le=1.0), Unit("share")]
Level = Annotated[float, Field(ge=0.0, le=1.0), Unit("0 to 1")]
"""A place on a scale that has no unit of its own."""


class Frozen(BaseModel):
    """A part of a scenario: immutable, complete, and closed to unknown keys and to nan."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, strict=False, validate_default=False
    )

    @field_validator("*", mode="before")
    @classmethod
    def _numbers_only(cls, value: object, info: ValidationInfo) -> object:
        """No text and no truth value where a number is due: pydantic would take "3" and true.

        A whole float stays welcome for an integer, since people write `population.size=1e5`.
        """
        field = cls.model_fields[info.field_name or ""]
        if isinstance(value, (str, bool)) and _is_number(field.annotation):
            raise PydanticCustomError("number_type", "Input should be a number")
        return value


def _is_number(annotation: Any) -> bool:
    """Whether an annotation is int or float, perhaps constrained, perhaps optional."""
    return annotation in (int, float) or any(map(_is_number, get_args(annotation)[:1]))


class Evidence(NamedTuple):
    """What is known of one number beside its default."""

    symbol: str
    unit: str
    low: float
    high: float
    source: str
    confidence: Confidence
    switch: str = ""
    """The mechanism that the number belongs to; none where it is structure."""
    off: float | str | None = None
    """What stands for the mechanism's absence: a value, or the name of a number that it equals."""

    @property
    def uncertain(self) -> bool:
        """True where the number is memory or judgement, so that worlds draw it."""
        return self.confidence in ("M", "J") and self.high > self.low


def parameter(
    default: float,
    meaning: str,
    *,
    symbol: str,
    between: tuple[float, float],
    source: str,
    confidence: Confidence,
    unit: str = "1",
    switch: str = "",
    off: float | str | None = None,
    limits: tuple[float, float] | None = None,
) -> Any:
    """Declare a coefficient: `between` is the evidence's range, and what is allowed."""
    evidence = Evidence(symbol, unit, *between, source, confidence, switch, off)
    least, most = limits or between
    return Field(
        default,
        ge=least,
        le=most,
        description=meaning,
        json_schema_extra={"evidence": evidence._asdict()},
    )


def evidence_of(field: FieldInfo) -> Evidence | None:
    """The evidence a field was declared with, or None for a plain setting."""
    extra = field.json_schema_extra
    if isinstance(extra, dict) and "evidence" in extra:
        return Evidence(**extra["evidence"])  # type: ignore[arg-type]
    return None


def unit_of(field: FieldInfo) -> str:
    """What a field is counted in: its own unit or its evidence's, "" where it is no quantity."""
    evidence = evidence_of(field)
    if evidence is not None:
        return evidence.unit
    marks = [*field.metadata, *_marks(field.annotation)]
    return next((mark.name for mark in marks if isinstance(mark, Unit)), "")


def _marks(annotation: Any) -> Iterator[Any]:
    """All that is annotated inside of an annotation, as in `Share | None`."""
    for part in get_args(annotation):
        yield part
        yield from _marks(part)


def limits_of(field: FieldInfo) -> tuple[float, float]:
    """Least and greatest value that a number may have."""
    limits = {"ge": -math.inf, "gt": -math.inf, "le": math.inf, "lt": math.inf}
    marks = [*field.metadata, *_marks(field.annotation)]
    inner = [one.metadata if isinstance(one, FieldInfo) else [one] for one in marks]
    for limit in itertools.chain.from_iterable(inner):
        limits |= {name: getattr(limit, name) for name in limits if hasattr(limit, name)}
    return max(limits["ge"], limits["gt"]), min(limits["le"], limits["lt"])


def parameters(model: BaseModel, prefix: str = "") -> Iterator[tuple[str, FieldInfo, Any]]:
    """Walk all leaves of a model as (dotted key, declaration, value), in order of declaration."""
    for name, field in type(model).model_fields.items():
        value = getattr(model, name)
        if isinstance(value, BaseModel):
            yield from parameters(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", field, value
