"""What is asked of a sweep or an experiment in words of its own, beside those of the scenario."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple, Self

from pydantic import Field, ValidationError

from ...scenarios.compose import parsed
from ...scenarios.errors import BadInput, keys, nearest, refusal, unknown_key
from ...scenarios.parameter import Frozen
from ...scenarios.scenario import Scenario

HOURS = 24.0
"""What a job may take, unless more is allowed."""


class Where(NamedTuple):
    """On what a job runs, and how many hours it may take, as estimated.

    `scheduler`: the address of one of Dask's; without one, `workers` processes of this machine, 0
    for one per core.
    """

    scheduler: str = ""
    workers: int = 0
    hours: float = HOURS


class Cluster(Frozen):
    """On what it runs."""

    scheduler: str = Field("", description="address of a Dask scheduler that runs already")
    workers: int = Field(0, ge=0, le=1000, description="processes here, 0: one per core")
    hours: float = Field(HOURS, gt=0.0, le=1e4, description="what it may take, as estimated")


class Request(Frozen):
    """Words that sweeps and experiments have; each adds its own."""

    out: str = Field(min_length=1, description="folder for results")
    cluster: Cluster = Cluster()

    @property
    def where(self) -> Where:
        """On what it runs."""
        return Where(**dict(self.cluster))

    @classmethod
    def read(cls, words: Sequence[str]) -> tuple[Self, list[str]]:
        """The request in these words, and the words that are not of it. Raises BadInput."""
        tree: dict[str, Any] = {}
        known = {*cls.model_fields} - {"cluster"}
        known |= {f"cluster.{name}" for name in Cluster.model_fields}
        rest = []
        for word in words:
            key, equals, _ = word.partition("=")
            if not equals or (key not in known and not key.startswith("cluster.")):
                if key not in Scenario.model_fields and nearest(key, known) and "." not in key:
                    raise unknown_key(key, known)
                rest.append(word)
                continue
            override = parsed(word)
            if override.is_sweep_override():
                raise BadInput(f"{word}: got several values, allowed is one")
            group, _, leaf = key.rpartition(".")
            (tree.setdefault(group, {}) if group else tree)[leaf] = override.value()
        try:
            return cls.model_validate(tree), rest
        except ValidationError as error:
            model = keys(cls.model_construct(out="").model_dump())
            raise refusal(error, cls, list(model)) from None


class SweepRequest(Request):
    """Words of a sweep."""

    out: str = Field("sweep", min_length=1, description="folder for results")
    shard: str = Field("", description="this part only, i/n")
    retry: Literal["failed"] | None = Field(None, description="failed: run again what failed")
