"""A customer as a Mesa agent: the same fields as a record, read and stepped one by one."""

from __future__ import annotations

from typing import Any

import mesa
import numpy as np

from .state import Person, fields

FIELDS = fields(Person)


class Customer(mesa.Agent, Person):
    """One person of a market, with the fields of `Person` as attributes.

    `id` is the person's number, from 0; `unique_id` is Mesa's own.
    """

    def __init__(self, model: mesa.Model, record: np.void) -> None:
        super().__init__(model)
        for name in FIELDS:
            value = record[name]
            setattr(self, name, value.tolist())

    def record(self) -> tuple[Any, ...]:
        """All fields in order, as a record takes them.

        Raises TypeError where a rule has put a number of another type into a field: a float in a
        whole-number field would be kept here and cut off by the compiled engine.
        """
        values = []
        for name, (kind, _) in FIELDS.items():
            value = getattr(self, name)
            whole = kind in (int, list[int])
            for number in value if isinstance(value, list) else (value,):
                if type(number) is not (int if whole else float):
                    raise TypeError(f"{name} holds {number!r}, a {type(number).__name__}")
            values.append(tuple(value) if isinstance(value, list) else value)
        return tuple(values)
