"""The flywheel's loop (2H): what one more unit spent on experience brings back, and if it turns.

All is measured between twins, with the same people and the same luck:

- *cut*: the strategy with its spending frozen at its first value, before any margin is put back;
- *closed*: the strategy as it is;
- *more*: cut, and a little more spent, split as the strategy splits what it reinvests. B is the
  money more, M the contribution more before it, discounted, up to month H. The gain is
  G(H) = rho * M / B, with rho the share of the extra margin that is reinvested.

The loop turns where closed earns more than cut over the horizon, after its spending, in at least
nine of ten worlds. The same measurement of one aspect alone, and of all but one, says which spoke
carries; along the chain from money over level, feeling and acts to margin, it says where it stops.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..agents.experience import ASPECTS
from ..agents.rules import Rules
from ..scenarios.errors import BadInput
from ..scenarios.levers import Levers, Strategy
from ..scenarios.scenario import Scenario
from .calibration import calibrate
from .course import Course, Start, begin, chosen_strategy, margin_of, neutral_margin, rules_of
from .doubt import draw, lived_in
from .kernel import CompiledPeople
from .ledger import MICRO
from .metrics import invested_of
from .run import threads_of
from .statistics import mean_interval, wilson

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TURNS = 0.9
"""Share of worlds in which a loop that turns earns more closed than cut."""

MARKS = (12, 36, 60)
"""Months at which the gain is told."""

CHAIN = {
    "level": ("level",),
    "feeling": ("satisfaction", "trust", "engagement"),
    "acts": ("staying", "buying", "winning"),
    "margin": ("margin",),
}
"""From money to margin: each link by what it is seen in."""

Amounts = NDArray[np.int64]


class Lived(NamedTuple):
    """What a twin came to: contribution before spending on experience, and that spending, by month
    in millionths of the currency; and what the links of the chain are seen in."""

    margin: Amounts
    spent: Amounts
    reinvested: Amounts
    seen: dict[str, float]


@dataclass(frozen=True)
class Loop:
    """What was measured of a loop. Frames are tidy; money is discounted and of all people.

    gains: by world and month H: `spent` B, `margin` M, `back` M / B, `gain` G. courses: by world,
    month and `run` (closed, cut), to date: `spent`, `reinvested`, `profit` after spending.
    spokes: by aspect its share, what comes back of its own money (`alone`, with the 90 % interval
    over worlds), the margin `missed` when it is left out, and the link it `stops_at` ("money":
    all links hold, but less comes back than is spent; "": it pays). links: by aspect and link the
    change of what it is seen in, with interval, and whether it `moves`.
    summary: turns, the share `p` of worlds with its interval, gain at 12, 36 and 60 months and at
    the horizon, amplification 1 / (1 - G) (None from G = 1 on), a warning, and a sentence.
    """

    scenario: Scenario
    strategy: str
    gains: pd.DataFrame
    courses: pd.DataFrame
    spokes: pd.DataFrame
    links: pd.DataFrame
    summary: dict[str, Any]

    def figures(self) -> dict[str, Figure]:
        """The pictures, by name: `loop`, and `spokes` where they were measured."""
        from .drawing import styled
        from .loop_picture import loop_figure, spokes_figure

        with styled():
            made = {"loop": loop_figure(self.summary, self.gains, self.courses)}
            if len(self.spokes):
                made["spokes"] = spokes_figure(self.strategy, self.summary, self.spokes, self.links)
        return made


def loop(
    scenario: Scenario,
    strategy: str,
    *,
    worlds: int | None = None,
    probe: float = 0.03,
    spokes: bool = True,
    progress: Callable[[int, int], None] | None = None,
    rules: Mapping[str, Callable[..., Any]] | None = None,
) -> Loop:
    """Measure the loop of a strategy of the scenario, or of any preset.

    `worlds` defaults to the scenario's. `probe` is the spending more, a share of monthly revenue in
    (0, 0.5]. `spokes` also measures each aspect alone and left out, two more lives each.
    `progress(done, total)` is told of finished worlds; `rules` replaces behavioural rules by name.
    Raises BadInput where the strategy does not say into what it would put margin.
    """
    tried, chosen = chosen_strategy(scenario, strategy), rules_of(rules)
    count = scenario.worlds if worlds is None else worlds
    if not 0.0 < probe <= 0.5:
        raise BadInput(f"probe: got {probe:g}, allowed above 0 to 0.5")
    if count < 1:
        raise BadInput(f"worlds: got {count}, allowed whole numbers from 1")
    if not any(shares_of(levers) for _, levers in tried.schedule()):
        raise BadInput(
            f"strategy {strategy!r}: flywheel puts nothing into any aspect, allowed are shares "
            f"of {', '.join(ASPECTS)} that sum to 1"
        )
    numbers = draw(scenario, 0)
    same = scenario.uncertainty != "all"
    shared = calibrate(lived_in(scenario, numbers), numbers, chosen) if same else None
    found = []
    with ThreadPoolExecutor(threads_of(scenario)) as pool:
        tasks = pool.map(
            lambda world: measured(
                begin(scenario, world, chosen, shared), tried, probe, chosen, spokes
            ),
            range(count),
        )
        for one in tasks:
            found.append(one)
            if progress:
                progress(len(found), count)
    return _loop(scenario, strategy, tried, found)


class Measured(NamedTuple):
    """The twins of one world; of spokes, by aspect."""

    closed: Lived
    cut: Lived
    more: Lived
    alone: dict[str, Lived]
    without: dict[str, Lived]


def measured(
    start: Start, tried: Strategy, probe: float, rules: Rules, spokes: bool = True
) -> Measured:
    """Live all twins of one world."""
    usual = neutral_margin(start, rules)
    used = [a for a in ASPECTS if any(a in shares_of(levers) for _, levers in tried.schedule())]

    def live(strategy: Strategy) -> Lived:
        return lived(start, strategy, rules, usual)

    def more(aspects: Sequence[str]) -> Lived:
        return live(altered(tried, lambda levers: spending_more(levers, probe, aspects)))

    return Measured(
        closed=live(tried),
        cut=live(altered(tried, cut)),
        more=more(used),
        alone={a: more([a]) for a in used} if spokes else {},
        without={a: more([b for b in used if b != a]) for a in used} if spokes else {},
    )


def lived(
    start: Start, strategy: Strategy, rules: Rules, usual: Sequence[int] | None = None
) -> Lived:
    """Live the horizon under a strategy, noting money and the links of the chain."""
    engine = CompiledPeople(start.people.copy(), start.ties, start.key, start.neutral.world, rules)
    course = Course(start, "tried", strategy, engine, rules, usual)
    months = [course.step() for _ in range(start.scenario.horizon)]
    totals = [month.totals for month in months]
    alive = max(1, sum(t.alive for t in totals))
    seen = {state: sum(getattr(t, state) for t in totals) / alive for state in CHAIN["feeling"]}
    seen["staying"] = -sum(t.left for t in totals) / alive
    seen["buying"] = sum(t.revenue for t in totals) / MICRO / alive
    seen["winning"] = float(sum(t.joined for t in totals))
    levels = course.company.levels or {}
    return Lived(
        np.array([margin_of(month) for month in months]),
        np.array([invested_of(month) for month in months]),
        np.array(
            [t.served * month.offer.reinvested for t, month in zip(totals, months, strict=True)]
        ),
        seen | {f"level of {aspect}": level for aspect, level in levels.items()},
    )


# Twins of a strategy.


def shares_of(levers: Levers) -> dict[str, float]:
    """The aspects that margin is put into, each with its share, which is above 0."""
    return {a: share for a in ASPECTS if (share := getattr(levers.flywheel, a)) > 0.0}


def cut(levers: Levers) -> Levers:
    """Nothing is put back: spending stays as it is planned."""
    flywheel = levers.flywheel.model_copy(update={"reinvested": 0.0})
    return levers.model_copy(update={"flywheel": flywheel})


def spending_more(levers: Levers, more: float, aspects: Sequence[str]) -> Levers:
    """Cut, with `more` of monthly revenue spent on all aspects by their shares; only on these."""
    raised = {
        aspect: min(1.0, getattr(levers.invest, aspect) + more * share)
        for aspect, share in shares_of(levers).items()
        if aspect in aspects
    }
    return cut(levers).model_copy(update={"invest": levers.invest.model_copy(update=raised)})


def altered(strategy: Strategy, change: Callable[[Levers], Levers]) -> Strategy:
    """The strategy with its spending and its flywheel changed, at the start and in each change."""
    (_, first), *later = strategy.schedule()
    in_order = sorted(strategy.changes, key=lambda one: one.month)
    changes = []
    for one, (_, levers) in zip(in_order, later, strict=True):
        tree = change(levers)
        own = {f"invest.{k}": v for k, v in tree.invest}
        own |= {f"flywheel.{k}": v for k, v in tree.flywheel}
        changes.append(one.model_copy(update={"set": {**one.set, **own}}))
    begun = change(first)
    update = {"invest": begun.invest, "flywheel": begun.flywheel, "changes": tuple(changes)}
    return strategy.model_copy(update=update)


# What they say.


def back(more: Lived, less: Lived, discount: NDArray[np.float64]) -> tuple[Any, Any]:
    """Discounted spending B and margin M by which one twin exceeds another, up to each month."""
    spent = np.cumsum((more.spent - less.spent) * discount) / MICRO
    margin = np.cumsum((more.margin - less.margin) * discount) / MICRO
    return spent, margin


def _loop(scenario: Scenario, name: str, tried: Strategy, found: Sequence[Measured]) -> Loop:
    horizon = scenario.horizon
    discount = np.power(1.0 + scenario.discount_rate, -(np.arange(horizon) + 1.0))
    reinvested = rates_of(tried, horizon)
    gains, courses = [], []
    for world, one in enumerate(found):
        spent, margin = back(one.more, one.cut, discount)
        ratio = margin / spent
        names = {"world": world, "month": np.arange(1, horizon + 1)}
        gains.append(
            pd.DataFrame(
                {**names, "spent": spent, "margin": margin, "back": ratio,
                 "gain": reinvested * ratio}
            )
        )  # fmt: skip
        for run, life in (("closed", one.closed), ("cut", one.cut)):
            paid = np.cumsum(life.spent * discount) / MICRO
            put_back = np.cumsum(life.reinvested * discount) / MICRO
            profit = np.cumsum((life.margin - life.spent) * discount) / MICRO
            courses.append(
                pd.DataFrame(
                    {"run": run, **names, "spent": paid, "reinvested": put_back, "profit": profit}
                )
            )
    gain = pd.concat(gains, ignore_index=True)
    course = pd.concat(courses, ignore_index=True)
    links = links_of(found, discount)
    spokes = spokes_of(found, discount, links, shares_of(tried.schedule()[0][1]))
    summary = summary_of(gain, course, spokes, name, horizon)
    return Loop(scenario, name, gain, course, spokes, links, summary)


def rates_of(tried: Strategy, horizon: int) -> NDArray[np.float64]:
    """rho: the share of the extra margin reinvested in each month."""
    rates = np.zeros(horizon)
    for first, levers in tried.schedule():
        rates[first:] = levers.flywheel.reinvested
    return rates


def links_of(found: Sequence[Measured], discount: NDArray[np.float64]) -> pd.DataFrame:
    """The chain of each aspect alone: what changes at each link."""
    rows = []
    for aspect in found[0].alone:
        for link, quantities in CHAIN.items():
            for quantity in quantities:
                changes = [
                    _change(one.alone[aspect], one.cut, quantity, aspect, discount) for one in found
                ]
                mean, low, high = mean_interval(changes)
                moves = mean != 0.0 if len(changes) == 1 else low > 0.0 or high < 0.0
                rows.append(
                    {"aspect": aspect, "link": link, "quantity": quantity, "change": mean,
                     "low": low, "high": high, "moves": moves}
                )  # fmt: skip
    columns = ["aspect", "link", "quantity", "change", "low", "high", "moves"]
    return pd.DataFrame(rows, columns=columns)


def _change(
    more: Lived, less: Lived, quantity: str, aspect: str, discount: NDArray[np.float64]
) -> float:
    if quantity == "margin":
        return float(back(more, less, discount)[1][-1])
    key = f"level of {aspect}" if quantity == "level" else quantity
    return more.seen[key] - less.seen[key]


def spokes_of(
    found: Sequence[Measured],
    discount: NDArray[np.float64],
    links: pd.DataFrame,
    shares: Mapping[str, float],
) -> pd.DataFrame:
    """Each aspect alone and left out, over the horizon."""
    rows = []
    for aspect in found[0].alone:
        ratios, missed = [], []
        for one in found:
            spent, margin = back(one.alone[aspect], one.cut, discount)
            ratios.append(margin[-1] / spent[-1])
            missed.append(back(one.more, one.without[aspect], discount)[1][-1])
        mean, low, high = mean_interval(ratios)
        lost, lost_low, lost_high = mean_interval(missed)
        rows.append(
            {"aspect": aspect, "share": shares.get(aspect, 0.0), "alone": mean, "alone_low": low,
             "alone_high": high, "missed": lost, "missed_low": lost_low, "missed_high": lost_high,
             "stops_at": _stop(links[links["aspect"] == aspect], mean)}
        )  # fmt: skip
    columns = ["aspect", "share", "alone", "alone_low", "alone_high", "missed", "missed_low",
               "missed_high", "stops_at"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def _stop(links: pd.DataFrame, ratio: float) -> str:
    for link in CHAIN:
        if not links.loc[links["link"] == link, "moves"].any():
            return link
    return "money" if ratio < 1.0 else ""


def summary_of(
    gains: pd.DataFrame, courses: pd.DataFrame, spokes: pd.DataFrame, name: str, horizon: int
) -> dict[str, Any]:
    """Whether the loop turns, how strongly, and what carries it."""
    last = courses[courses["month"] == horizon].set_index("world")
    closed, alone = (last[last["run"] == run]["profit"] for run in ("closed", "cut"))
    wins = int((closed > alone).sum())
    share = wins / len(closed)
    low, high = wilson(wins, len(closed))
    told = {}
    for month in sorted({*(m for m in MARKS if m < horizon), horizon}):
        at = gains[gains["month"] == month]
        told[month] = {
            "back": float(at["back"].mean()),
            "gain": float(at["gain"].mean()),
            "gain_low": float(at["gain"].quantile(0.05)),
            "gain_high": float(at["gain"].quantile(0.95)),
        }
    gain = told[horizon]["gain"]
    turns = share >= TURNS
    verb = "turns" if turns else "does not turn"
    sentence = (
        f"The loop of {name} {verb}: over {horizon} months it earns more closed than cut in "
        f"{100.0 * share:.0f} % of {len(closed)} worlds (90 % are needed); its gain is {gain:.2f}."
    )
    warning = ""
    if gain >= 1.0:
        warning = (
            f"A gain of {gain:.2f}: what is put back brings more than itself, so that only "
            "saturation ends the growth."
        )
    carrying = spokes["aspect"].iloc[int(spokes["missed"].argmax())] if len(spokes) else None
    return {
        "strategy": name, "worlds": len(closed), "horizon": horizon, "turns": turns, "p": share,
        "p_low": low, "p_high": high, "earned": float((closed - alone).mean()), "gain": told,
        "amplification": 1.0 / (1.0 - gain) if gain < 1.0 else None, "carries": carrying,
        "warning": warning, "sentence": sentence,
    }  # fmt: skip
