"""The bench: for each treatment what the estimators say, beside the truth that twins give."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from ...agents.rules import Rules
from ...scenarios.levers import Strategy
from ...scenarios.market import Network
from ...scenarios.scenario import Scenario
from ..calibration import Neutral, calibrate
from ..course import Start, begin, revised, rules_of
from ..doubt import draw, lived_in
from ..generator import address, columns
from ..kernel import PERSON
from ..run import threads_of
from ..statistics import LEVEL, mean_interval
from .estimators import Estimate, did, matched_did, naive, randomised, ratio_interval, twins
from .panel import Mask, Matrix, Panel, lived, mixed, panel

BEFORE, AFTER = 12, 24
"""Months before a treatment begins, which are the same people's base line, and months after."""

LOOK = 6
"""Months after its beginning at which people are sorted by how much they took part."""

LEAST = 30
"""Treated and untreated people without whom a month is left out: one comparison with a handful,
weighed by thousands of treated, would drown all others."""

TRIAL = address("trial")
COLUMNS = (
    "treatment", "market", "outcome", "unit", "estimator", "estimate", "low", "high", "error",
    "truth", "truth_low", "truth_high", "ratio", "ratio_low", "ratio_high",
)  # fmt: skip


class Sample(NamedTuple):
    """Whom an analyst looks at, `people`, shape (people,), and two uniforms of each for drawing
    lots, `lots`, shape (2, people), which nothing else in the model uses."""

    people: Mask
    lots: Matrix


Outcome = Callable[[Panel], Matrix]
"""An outcome of the months AFTER, shape (AFTER, people)."""
Who = Callable[[Panel, Sample], Matrix]
"""Who is treated in each month AFTER, shape (AFTER, people): 1 treated, 0 not, nan left out."""


class Treatment(NamedTuple):
    """Levers that change in month BEFORE, and who is then called treated.

    If `targeted`, only those live under the new levers; else everybody does, and those are treated
    who make use of them. `always` are levers from month 0 on, with treatment and without. `field`
    of a person is needed: where the model has none of this name there is nothing to tell. `part`:
    only a part of those whom the same levers treat, so that nothing is assigned anew.
    """

    name: str
    levers: Mapping[str, Any]
    who: Who
    targeted: bool = False
    always: Mapping[str, Any] = MappingProxyType({})
    field: str = "id"
    part: bool = False

    def strategies(self) -> tuple[Strategy, Strategy]:
        """Life without the treatment, and with it."""
        schedule = [{"month": 0, "set": dict(self.always)}] if self.always else []
        change = {"month": BEFORE, "set": dict(self.levers)}
        return (
            Strategy.model_validate({"changes": schedule}),
            Strategy.model_validate({"changes": [*schedule, change]}),
        )


def having(name: str) -> Who:
    """Treated are those who have the 0/1 trait `name` when a month begins, and did not when the
    treatment began; those who had it by then are left out."""

    def who(seen: Panel, sample: Sample) -> Matrix:
        trait = seen.traits[name][BEFORE - 1 : -1]
        return np.where(trait[0] == 1, np.nan, trait)

    return who


def reached(seen: Panel, sample: Sample) -> Matrix:
    """Treated by messages are those who have not opted out when a month begins."""
    return np.asarray(1.0 - seen.traits["opted_out"][BEFORE - 1 : -1])


def targeted(seen: Panel, sample: Sample) -> Matrix:
    """Treated are those drawn with a chance that is their rank by spend before, in [0, 1]."""
    spend = seen.spend[:BEFORE].mean(axis=0)
    rank = np.zeros(len(spend))
    rank[sample.people] = stats.rankdata(spend[sample.people]) / max(1, sample.people.sum())
    return constant(sample.lots[1] < rank, 0)


def joiners(least: float, most: float) -> Who:
    """Joiners of the community, sorted by their ties LOOK months after it opened.

    Nobody joins or stays out here: everybody takes part to a degree. So the half with more ties
    than the median of those still on the books are called joiners; of them, those between the
    quantiles `least` and `most` of participation are treated, and the others left out.
    """

    def who(seen: Panel, sample: Sample) -> Matrix:
        look = BEFORE + LOOK - 1
        ties = seen.traits["ties"][look]
        there = sample.people & seen.listed[look]
        if not there.any():
            return constant(np.full(len(ties), np.nan), LOOK)
        joined = ties > np.median(ties[there])
        taking_part = participation(seen, look)
        among = there & joined if (there & joined).any() else there
        low, high = np.quantile(taking_part[among], [least, most])
        inside = (taking_part >= low) & (taking_part <= high)
        return constant(np.where(joined & ~inside, np.nan, joined), LOOK)

    return who


def participation(seen: Panel, month: int) -> Matrix:
    """How much everybody takes part in a community, up to its capacity, shape (people,)."""
    engagement = np.clip(0.4 + seen.traits["engagement"][month], 0.0, 1.0)
    return np.asarray(seen.traits["hedonic"][month] * engagement)


def constant(treated: Any, first: int) -> Matrix:
    """The same for all months AFTER, shape (AFTER, people); nobody before the `first` of them."""
    every = np.tile(np.asarray(treated, dtype=float), (AFTER, 1))
    every[:first] = np.nan
    return every


TREATMENTS = (
    Treatment("membership", {"points.earn": 0.01, "points.goal": 4.0}, having("member")),
    Treatment("community", {"community.capacity": 0.5}, joiners(0.0, 1.0)),
    Treatment("community, posters", {"community.capacity": 0.5}, joiners(0.5, 1.0), part=True),
    Treatment("community, lurkers", {"community.capacity": 0.5}, joiners(0.0, 0.5), part=True),
    Treatment(
        "second channel",
        {"marketing.channels": 2},
        having("multichannel"),
        always={"marketing.channels": 1, "marketing.aligned": 1.0},
        field="multichannel",
    ),
    Treatment("campaign, targeted", {"marketing.messages": 4.0}, targeted, targeted=True),
    Treatment("campaign, too much", {"marketing.messages": 12.0}, reached),
)
"""Points and community as in the presets; messages at their ideal, and at three times it."""


def bench(
    scenario: Scenario,
    worlds: int,
    *,
    market: str = "",
    progress: Callable[[int, int], None] | None = None,
) -> pd.DataFrame:
    """All treatments in one market, in `worlds` worlds, as a tidy frame of COLUMNS.

    One row per treatment, outcome and estimator: mean estimate over worlds with its 90 % interval,
    mean truth with its own, and their ratio with Fieller's; `error` is the standard error that one
    analysis in one world has. Of `spend`, in % of what those asked
    about spend in a month on the books without treatment; of `retention` (contracts only), in
    percentage points a year. Estimates are for a market without a network; the estimator `trial in
    the network` is for the scenario's own. `market` names the market in the frame.
    """
    if worlds < 1:
        raise ValueError(f"worlds: got {worlds}, allowed is at least 1")
    months = {"horizon": BEFORE + AFTER, "log": False, "map": False}
    apart = scenario.mechanisms.without("public_opinion")  # which reaches beyond the network
    alone = revised(scenario, network=Network(kind="none"), mechanisms=apart, **months)
    kinds = [alone]
    if scenario.network.kind != "none":
        kinds.append(revised(scenario, **months))
    rules = rules_of(None)
    shared: list[Neutral | None] = [_shared(kind, rules) for kind in kinds]

    def lived_world(world: int) -> pd.DataFrame:
        starts = [
            begin(kind, world, rules, neutral) for kind, neutral in zip(kinds, shared, strict=True)
        ]
        return estimates(starts[0], starts[1] if len(starts) > 1 else None, rules)

    frames = [lived_world(0)]  # compiles once, before fanning out
    if progress:
        progress(1, worlds)
    with ThreadPoolExecutor(threads_of(scenario)) as pool:
        for task in as_completed([pool.submit(lived_world, k) for k in range(1, worlds)]):
            frames.append(task.result())
            if progress:
                progress(len(frames), worlds)
    frames.sort(key=lambda frame: int(frame["world"].iloc[0]))  # whoever was done first
    return summary(pd.concat(frames), market or scenario.market.setting)


def _shared(scenario: Scenario, rules: Rules) -> Neutral | None:
    """The neutral market of all worlds, where it is one."""
    if scenario.uncertainty == "all":
        return None
    numbers = draw(scenario, 0)
    return calibrate(lived_in(scenario, numbers), numbers, rules)


def estimates(alone: Start, connected: Start | None, rules: Rules) -> pd.DataFrame:
    """All estimates of one world: treatment, outcome, estimator, world, estimate, error, truth.

    `alone` is its market without a network, `connected` with one.
    """
    rows = []
    lives, heard = Lives(alone, rules), Lives(connected, rules) if connected else None
    for treatment in TREATMENTS:
        if treatment.field not in (PERSON.names or ()):
            continue
        found = from_panels(lives, treatment)
        if heard and not treatment.part:
            found |= from_network(heard, treatment)
        for (outcome, estimator), (estimate, truth, scale) in found.items():
            rows.append(
                {
                    "treatment": treatment.name, "outcome": outcome, "estimator": estimator,
                    "world": alone.world, "estimate": estimate.effect * scale,
                    "error": estimate.error * scale, "truth": truth.effect * scale,
                }
            )  # fmt: skip
    return pd.DataFrame(rows)


NOTHING_DONE = Estimate(0.0, 0.0)
Found = dict[tuple[str, str], tuple[Estimate, Estimate, float]]


def sample_of(start: Start, seen: Panel) -> Sample:
    """Customers of the start who were on the books in all months before the treatment."""
    stayed = (start.people["listed"] == 1) & seen.listed[:BEFORE].all(axis=0)
    lots = columns(start.key, np.arange(len(stayed)), TRIAL, 1, 0)[:2]
    return Sample(stayed & (start.people["base"] == 1), lots)


class Lives:
    """The panels of one world by strategy, each lived once."""

    def __init__(self, start: Start, rules: Rules) -> None:
        self.start = start
        self.rules = rules
        self._lived: dict[str, Panel] = {}

    def under(self, strategy: Strategy) -> Panel:
        """Everybody's months under a strategy."""
        name = strategy.model_dump_json()
        if name not in self._lived:
            self._lived[name] = panel(self.start, strategy, self.rules, BEFORE + AFTER)
        return self._lived[name]

    def trial(self, strategies: tuple[Strategy, Strategy], arm: Mask) -> Panel:
        """A trial in this market: those in the `arm`, shape (people,), under the second one."""
        return lived(self.start, strategies, arm.astype(int), self.rules, BEFORE + AFTER, BEFORE)


def from_panels(lives: Lives, treatment: Treatment) -> Found:
    """Estimate, truth and scale by outcome and estimator, in a market without a network.

    Each estimator has the truth that it aims at: the effect on the treated, or, where lots were
    drawn about living under the levers, on everybody.
    """
    control, levers = treatment.strategies()
    without, under = lives.under(control), lives.under(levers)
    sample = sample_of(lives.start, without)
    status = treatment.who(under, sample)
    status = np.where(sample.people, status, np.nan)
    treated = status == 1
    observed = mixed(under, without, treated.any(axis=0)) if treatment.targeted else under
    before = without.spend[:BEFORE].mean(axis=0)
    known = on_books(observed) & ~np.isnan(status)
    both_sides = [(known & side).sum(axis=1) >= LEAST for side in (treated, ~treated)]
    known &= np.all(both_sides, axis=0)[:, None]
    both = on_books(under) & on_books(without)

    found: Found = {}
    for outcome, of in _outcomes(lives.start).items():
        y, y_under, y_without = (of(one) for one in (observed, under, without))
        if outcome == "spend":
            scale = _percent_of(y_without[both & treated & known])
            scale_all = _percent_of(y_without[both & sample.people])
        else:
            scale = scale_all = 1200.0
        truth = twins(y_under, y_without, both & treated & known)
        found[outcome, "naive"] = naive(y, treated, known), truth, scale
        if outcome == "spend":  # nobody left before, so retention has no before
            found[outcome, "DiD"] = did(y, before, treated, known), truth, scale
            matching = matched_did(y, before, treated, known)
            found[outcome, "matched DiD"] = matching, truth, scale
            found[outcome, "placebo DiD"] = placebo(without, treated, known), NOTHING_DONE, scale
        if not treatment.part:
            asked = trials(under, without, sample, of)
            everybody = twins(y_under, y_without, both & sample.people)
            found[outcome, "randomised"] = asked, everybody, scale_all
    return found


def trials(under: Panel, without: Panel, sample: Sample, of: Outcome) -> Estimate:
    """What a trial says that draws lots about living under the levers, without a network.

    The mean of a trial and its mirror image, in which lots fell the other way: so most of the luck
    of the draw is out, and a bias would be seen. The error is that of one trial.
    """
    before = without.spend[:BEFORE].mean(axis=0)
    found = []
    for lot in (sample.lots[0] < 0.5, sample.lots[0] >= 0.5):
        drawn = mixed(under, without, lot)
        found.append(randomised(of(drawn), before, lot, on_books(drawn) & sample.people))
    return Estimate(
        sum(one.effect for one in found) / 2.0,
        math.sqrt(sum(one.error**2 for one in found) / 2.0),
    )


def placebo(without: Panel, treated: Mask, known: Mask) -> Estimate:
    """What an analyst can check: the same estimate half a year too early, when there was nothing
    to find. Of those treated sooner or later against the others, months 7 to 12 against 1 to 6."""
    half = BEFORE // 2
    group = np.tile(treated.any(axis=0), (half, 1))
    counted = np.tile(known.any(axis=0), (half, 1))
    return did(without.spend[half:BEFORE], without.spend[:half].mean(axis=0), group, counted)


def from_network(lives: Lives, treatment: Treatment) -> Found:
    """What a trial says in one market where people hear each other, and the truth there: everybody
    under the levers against nobody.

    The mean of a trial and its mirror image, as in `trials`, person by person: what differs from
    the truth is what went from one arm to the other.
    """
    control, levers = treatment.strategies()
    without, under = lives.under(control), lives.under(levers)
    sample = sample_of(lives.start, without)
    lot = sample.lots[0] < 0.5
    trial, mirror = (lives.trial((control, levers), arm) for arm in (lot, ~lot))
    one, other = mixed(trial, mirror, lot), mixed(mirror, trial, lot)
    found: Found = {}
    for outcome, of in _outcomes(lives.start).items():
        both, both_twins = (
            on_books(a) & on_books(b) & sample.people for a, b in ((one, other), (under, without))
        )
        scale = _percent_of(of(without)[both_twins]) if outcome == "spend" else 1200.0
        found[outcome, "trial in the network"] = (
            twins(of(one), of(other), both), twins(of(under), of(without), both_twins), scale,
        )  # fmt: skip
    return found


def _percent_of(spend: Matrix) -> float:
    """What turns currency into % of the mean of some spend; nan where there is none."""
    return 100.0 / float(spend.mean()) if spend.any() else math.nan


def on_books(seen: Panel) -> Mask:
    """Who is on the books when each month AFTER begins, shape (AFTER, people), without a break.

    Who left and came back has a new relation: no member yet, and with a year of contract ahead.
    """
    listed = seen.listed[BEFORE - 1 : -1]
    return np.asarray(np.logical_and.accumulate(listed, axis=0))


def _outcomes(start: Start) -> dict[str, Outcome]:
    """Outcomes of the months AFTER, shape (AFTER, people), by name."""
    found: dict[str, Outcome] = {"spend": lambda seen: seen.spend[BEFORE:]}
    if start.scenario.market.setting == "contractual":
        found["retention"] = lambda seen: seen.alive[BEFORE:].astype(float)
    return found


def summary(by_world: pd.DataFrame, market: str) -> pd.DataFrame:
    """Estimates by world, summed up over worlds: a frame of COLUMNS."""
    rows = []
    keys = ["treatment", "outcome", "estimator"]
    for names, part in by_world.dropna(subset=["estimate", "truth"]).groupby(keys, sort=False):
        e, t = part["estimate"].to_numpy(float), part["truth"].to_numpy(float)
        student = float(stats.t.ppf(0.5 + LEVEL / 2.0, max(1, len(e) - 1)))
        unit = "%" if names[1] == "spend" else "pp a year"
        error = math.sqrt(float((part["error"] ** 2).mean()))
        rows.append(
            (names[0], market, names[1], unit, names[2], *mean_interval(e), error,
             *mean_interval(t), *ratio_interval(e, t, student))
        )  # fmt: skip
    return pd.DataFrame(rows, columns=list(COLUMNS))
