"""A search for the best setting: places in ranges, asked for in batches, by Optuna's TPE.

The tree-structured Parzen estimator (Bergstra et al. 2011) asks where settings that were good so
far lie denser than the others, of all levers together; under limits, and for two goals, as Watanabe
& Hutter (2023) and Ozaki et al. (2022) have it. A batch has the same size whoever works on it and
is answered as a whole, so the way of a search depends on nothing but the answers.
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from ...scenarios.ranging import Range

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

BATCH = 8
"""Settings asked for at once: more share the start of a world, fewer learn sooner."""

CANDIDATES = 64
"""Places of which TPE takes the most promising one: 24 is its default, for fewer dimensions."""

Setting = Mapping[str, float]
"""Values by key."""


class Judged(NamedTuple):
    """What a setting came to: its goals, of which more is better, and by how much it is beyond each
    limit, in shares of the limit; 0 and below is within."""

    goals: tuple[float, ...]
    beyond: tuple[float, ...] = ()

    @property
    def within(self) -> bool:
        """Whether it keeps all limits."""
        return all(by <= 0.0 for by in self.beyond)


Judge = Callable[[Sequence[Setting]], Sequence[Judged | None]]
"""Judges a batch of settings; None stands for one that failed."""


def search(
    ranges: Sequence[Range],
    starts: Sequence[Setting],
    judge: Judge,
    trials: int,
    seed: int,
    goals: int = 1,
    then: Callable[[], Sequence[Setting]] = tuple,
) -> None:
    """Have so many settings judged: first the `starts`, then what `then` makes of their answers and
    a batch at random, then where the answers promise most. Whoever judges keeps them."""
    import optuna

    with _quiet():
        study = optuna.create_study(
            directions=["maximize"] * goals,
            sampler=optuna.samplers.TPESampler(
                n_startup_trials=len(starts) + goals + BATCH,
                n_ei_candidates=CANDIDATES,
                multivariate=True,
                constant_liar=True,
                seed=seed,
            ),
        )
        space = {one.key: _distribution(one) for one in ranges}
        for start in starts:
            study.enqueue_trial(dict(start))
        done, guessed = 0, False
        while done < trials:
            if done >= len(starts) and not guessed:
                guessed = True
                for guess in then():
                    study.enqueue_trial(dict(guess))
            left = trials - done if guessed else len(starts) - done
            asked = [study.ask(space) for _ in range(min(BATCH, left))]
            done += len(asked)
            for trial, judged in zip(asked, judge([one.params for one in asked]), strict=True):
                if judged is None:
                    study.tell(trial, state=optuna.trial.TrialState.FAIL)
                    continue
                for number, by in enumerate(judged.beyond):
                    trial.set_constraint(str(number), by)
                study.tell(trial, judged.goals)


def _distribution(one: Range) -> BaseDistribution:
    from optuna.distributions import FloatDistribution, IntDistribution

    if one.whole:
        return IntDistribution(int(one.low), int(one.high))
    return FloatDistribution(one.low, one.high)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Optuna says nothing: neither what it does, nor that some of it is new."""
    from optuna import logging
    from optuna.exceptions import ExperimentalWarning

    level = logging.get_verbosity()
    logging.set_verbosity(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ExperimentalWarning)
            yield
    finally:
        logging.set_verbosity(level)


def frontier(goals: Sequence[Sequence[float]]) -> list[int]:
    """Places of those that no other one is better than in one goal and as good in all (Pareto), by
    the first goal; of those that are the same in all goals, the first."""
    kept = [
        at
        for at, one in enumerate(goals)
        if not any(
            all(b >= a for a, b in zip(one, other, strict=True))
            and (tuple(other) != tuple(one) or before < at)
            for before, other in enumerate(goals)
            if before != at
        )
    ]
    return sorted(kept, key=lambda at: tuple(goals[at]))
