"""Estimators against hand-computed tables, planted effects, and the twins of the model itself."""

import math
from typing import Any, NamedTuple

import numpy as np
import pytest

from engagesim.agents.rules import Rules
from engagesim.scenarios.market import Network
from engagesim.scenarios.mechanisms import Mechanisms
from engagesim.sim.course import begin, revised
from engagesim.sim.estimation.estimators import (
    did,
    groups,
    matched_did,
    naive,
    randomised,
    ratio_interval,
    twins,
)
from engagesim.sim.estimation.panel import Panel, lived, mixed, panel
from engagesim.sim.estimation.picture import picture
from engagesim.sim.estimation.trial import (
    AFTER,
    BEFORE,
    COLUMNS,
    TREATMENTS,
    Lives,
    Sample,
    Treatment,
    bench,
    from_network,
    from_panels,
    having,
    joiners,
    on_books,
    placebo,
    sample_of,
)
from engagesim.sim.run import run

from .published import MARKETS, TELECOM, base, scenario_of

ALL = np.ones((1, 4), dtype=bool)


def test_did__by_hand():
    """Card and Krueger's table in small: (20 - 12) - (9 - 7) = 6."""
    before = np.array([10.0, 14.0, 6.0, 8.0])
    after = np.array([[17.0, 23.0, 8.0, 10.0]])
    treated = np.array([[True, True, False, False]])
    assert naive(after, treated, ALL).effect == pytest.approx(20.0 - 9.0)
    found = did(after, before, treated, ALL)
    assert found.effect == pytest.approx(6.0)
    # Changes are 7, 9 and 2, 2: Welch's error of two means, of variances 2 and 0.
    assert found.error == pytest.approx(math.sqrt(2.0 / 2.0 + 0.0 / 2.0))


def test_did__weighs_months_by_the_treated_and_leaves_out_who_is_not_counted():
    outcome = np.array([[5.0, 1.0, 1.0, 99.0], [9.0, 7.0, 2.0, 2.0]])
    treated = np.array([[True, False, False, True], [True, True, False, False]])
    counted = np.array([[True, True, True, False], [True, True, True, True]])
    # Month 0: 5 - 1 = 4, one treated; month 1: 8 - 2 = 6, two treated.
    found = naive(outcome, treated, counted)
    assert found.effect == pytest.approx((4.0 + 2.0 * 6.0) / 3.0)
    assert did(outcome, np.zeros(4), treated, counted) == found


def test_matched_did__by_hand():
    """Within halves of spend before: 2 - 1 = 1 and 30 - 10 = 20, one treated each."""
    before = np.array([1.0, 1.0, 50.0, 50.0])
    after = before + np.array([[2.0, 1.0, 30.0, 10.0]])
    treated = np.array([[True, False, True, False]])
    assert matched_did(after, before, treated, ALL, 2).effect == pytest.approx(10.5)
    treated = np.array([[True, False, True, True]])  # nobody to compare the second half with
    assert matched_did(after, before, treated, ALL, 2).effect == pytest.approx(1.0)


def test_estimators__without_anybody_to_compare_say_nothing():
    outcome, nobody = np.ones((1, 4)), np.zeros((1, 4), dtype=bool)
    assert math.isnan(naive(outcome, ALL, ALL).effect)
    assert math.isnan(naive(outcome, nobody, ALL).effect)
    assert math.isnan(naive(outcome, ALL, nobody).effect)
    assert math.isnan(twins(outcome, outcome, nobody).effect)
    assert math.isnan(randomised(outcome, outcome[0], nobody[0], ALL).effect)


def test_groups__are_quantiles():
    assert groups(np.array([3.0, 1.0, 2.0, 4.0]), 2).tolist() == [1, 0, 0, 1]
    assert groups(np.array([0.0, 0.0, 0.0, 5.0]), 10)[:3].tolist() == [6, 6, 6]


class Planted(NamedTuple):
    """A panel in which all is known: 1.5 is the effect on the treated."""

    before: Any
    outcome: Any
    untreated: Any
    treated: Any
    counted: Any


EFFECT, MONTHS = 1.5, 6


def planted(seed: int, *, selection: float = 0.0, trend: float = 0.0, regress: float = 0.0) -> Any:
    """400 people of lasting level; the chance of treatment rises with it by `selection`; in treated
    people spend grows by `trend` anyway; those of a high level lose `regress` of it, all alike.
    """
    luck = np.random.default_rng(seed)
    level = luck.gamma(2.0, 5.0, 400)
    treated = luck.random(400) < 1.0 / (1.0 + np.exp(-selection * (level - 10.0)))
    before = level + luck.normal(0.0, 2.0, (12, 400)).mean(axis=0)
    lasting = luck.normal(0.0, 1.0, 400)  # shocks of a person last: months are no fresh evidence
    untreated = level * (1.0 - regress) + lasting + luck.normal(0.0, 2.0, (MONTHS, 400)) - 1.0
    untreated += trend * treated
    begins = luck.integers(0, MONTHS // 2, 400)  # treatment is staggered
    status = treated & (np.arange(MONTHS)[:, None] >= begins)
    counted = luck.random((MONTHS, 400)) < 0.9
    return Planted(before, untreated + EFFECT * status, untreated, status, counted)


SEEDS = range(120)


def found_in(estimator: str, strata: int = 10, **settings: float) -> Any:
    """Effects and errors of an estimator over planted panels, shape (seeds, 2)."""
    rows = []
    for seed in SEEDS:
        p = planted(seed, **settings)
        match estimator:
            case "naive":
                found = naive(p.outcome, p.treated, p.counted)
            case "did":
                found = did(p.outcome, p.before, p.treated, p.counted)
            case "matched":
                found = matched_did(p.outcome, p.before, p.treated, p.counted, strata)
            case _:
                lot = np.random.default_rng([1, seed]).random(400) < 0.5
                outcome = p.untreated + EFFECT * lot
                found = randomised(outcome, p.before, lot, p.counted)
        rows.append(found)
    return np.array(rows)


def bias(found: Any) -> tuple[float, float]:
    """Mean error of the effects, and how well it is known."""
    return found[:, 0].mean() - EFFECT, found[:, 0].std(ddof=1) / math.sqrt(len(found))


# Power: over 120 panels a bias is known to about .02, of an effect of 1.5.
@pytest.mark.parametrize("estimator", ["did", "matched", "randomised"])
def test_planted_selection__leaves_these_unbiased(estimator):
    found = found_in(estimator, selection=0.3)
    gap, error = bias(found)
    assert abs(gap) < 4.0 * error
    assert error < 0.05


def test_planted_selection__breaks_the_naive_estimate():
    gap, error = bias(found_in("naive", selection=0.3))
    assert gap > 3.0 * EFFECT
    unselected, error = bias(found_in("naive"))
    assert abs(unselected) < 4.0 * error


def test_planted_trend__breaks_did_by_just_that():
    for estimator in ("did", "matched"):
        gap, error = bias(found_in(estimator, selection=0.3, trend=0.8))
        assert gap == pytest.approx(0.8, abs=4.0 * error)
    gap, error = bias(found_in("randomised", selection=0.3, trend=0.8))
    assert abs(gap) < 4.0 * error


def test_planted_regression__breaks_did_and_matching_mends_most_of_it():
    """Where heavy buyers lose most anyway, the treated are to be compared with heavy buyers."""
    plain, _ = bias(found_in("did", selection=0.3, regress=0.3))
    matched, _ = bias(found_in("matched", selection=0.3, regress=0.3))
    assert plain < -1.0
    assert abs(matched) < 0.2 * abs(plain)


@pytest.mark.parametrize("estimator", ["did", "matched", "randomised"])
def test_errors__are_those_over_panels(estimator):
    """Clustered by person: errors that took months as independent would be less than half."""
    found = found_in(estimator, strata=3, selection=0.3)  # so that no cell is left with one person
    assert found[:, 1].mean() == pytest.approx(found[:, 0].std(ddof=1), rel=0.25)


def test_twins__are_the_truth():
    p = planted(0, selection=0.3, trend=0.8)
    found = twins(p.outcome, p.untreated, p.treated & p.counted)
    assert found.effect == pytest.approx(EFFECT)
    assert found.error == pytest.approx(0.0, abs=1e-12)


def test_ratio__interval_holds_the_ratio():
    """Fieller's interval covers a ratio of 3 in 90 % of cases, and is unbounded without a truth."""
    luck = np.random.default_rng(1)
    inside = 0
    for _ in range(400):
        truths = luck.normal(1.0, 0.8, 20)
        estimates = 2.0 * truths + luck.normal(1.0, 1.0, 20)
        _, low, high = ratio_interval(estimates, truths, 1.729)
        inside += low <= 3.0 <= high
    assert 0.86 < inside / 400 < 0.94
    assert ratio_interval(np.ones(3), np.array([-1.0, 1.0, 0.1]), 2.92)[1:] == (-math.inf, math.inf)
    assert ratio_interval(np.array([3.0]), np.array([1.5]), 1.0)[0] == 2.0


def with_traits(**traits: Any) -> Panel:
    """A panel of nothing but traits, shape (BEFORE + AFTER, people)."""
    shape = next(iter(traits.values())).shape
    nothing, there = np.zeros(shape), np.ones(shape, dtype=bool)
    return Panel(nothing, nothing, there, there, traits)


def test_having__starts_after_adoption_and_leaves_out_earlier_adopters():
    """A second channel adopted in month BEFORE + 1 counts from the next month on."""
    trait = np.zeros((BEFORE + AFTER, 3))
    trait[BEFORE + 1 :, 0] = 1.0
    trait[:, 1] = 1.0
    everybody = Sample(np.ones(3, dtype=bool), np.zeros((2, 3)))
    status = having("multichannel")(with_traits(multichannel=trait), everybody)
    assert status.shape == (AFTER, 3)
    assert status[:3, 0].tolist() == [0.0, 0.0, 1.0]
    assert np.isnan(status[:, 1]).all()
    assert (status[:, 2] == 0.0).all()


def test_second_channel__planted_adoption_by_heavy_buyers():
    """Heavier buyers adopt a second channel sooner: naive misleads, DiD finds the planted 5 %."""
    luck = np.random.default_rng(5)
    size = 4000
    level = luck.gamma(1.0, 10.0, size)
    months = BEFORE + AFTER
    adopts = luck.random((months, size)) < 0.01 * level / 10.0
    adopts[:BEFORE] = False
    trait = np.maximum.accumulate(adopts, axis=0).astype(float)
    seen = with_traits(multichannel=trait)
    spend = level + luck.normal(0.0, 1.0, (months, size))
    effect = np.zeros((months, size))
    effect[1:] = 0.05 * level * trait[:-1]
    status = having("multichannel")(seen, Sample(np.ones(size, dtype=bool), np.zeros((2, size))))
    treated, counted = status == 1, ~np.isnan(status)
    outcome, before = (spend + effect)[BEFORE:], spend[:BEFORE].mean(axis=0)
    truth = twins(outcome, spend[BEFORE:], treated & counted)
    assert naive(outcome, treated, counted).effect > 3.0 * truth.effect
    assert did(outcome, before, treated, counted).effect == pytest.approx(truth.effect, rel=0.1)


def test_placebo__finds_a_trend_that_was_there_before():
    """Spend of the treated grows by 1 a month, and did so before: 6 in half a year."""
    spend = np.zeros((BEFORE + AFTER, 6))
    spend[:, :3] = np.arange(BEFORE + AFTER)[:, None]
    seen = with_traits(ties=spend)
    panel_of_growth = Panel(spend, spend, seen.alive, seen.listed, {})
    treated = np.tile(np.arange(6) < 3, (AFTER, 1))
    assert placebo(panel_of_growth, treated, treated | ~treated).effect == pytest.approx(6.0)


def test_joiners__are_the_half_with_more_ties():
    ties = np.tile(np.arange(8.0), (BEFORE + AFTER, 1))
    seen = with_traits(ties=ties, hedonic=ties / 10.0, engagement=ties * 0.0 + 0.5)
    sample = Sample(np.ones(8, dtype=bool), np.zeros((2, 8)))
    status = joiners(0.0, 1.0)(seen, sample)
    assert np.isnan(status[:6]).all()
    assert status[6].tolist() == [0.0] * 4 + [1.0] * 4
    posters, lurkers = joiners(0.5, 1.0)(seen, sample)[6], joiners(0.0, 0.5)(seen, sample)[6]
    assert (posters[6:] == 1.0).all()
    assert np.isnan(posters[4:6]).all()
    assert (lurkers[4:6] == 1.0).all()
    assert np.isnan(lurkers[6:]).all()


def started(market: str, *, connected: bool = False, size: int = 400) -> Any:
    """A world of customers, with the months of the bench."""
    network = Network(degree=4) if connected else Network(kind="none")
    scenario = scenario_of(
        MARKETS[market], BEFORE + AFTER, base(size), uncertainty="luck", network=network,
        mechanisms=Mechanisms().without("public_opinion"),
    )  # fmt: skip
    return begin(scenario, 0, Rules())


@pytest.mark.parametrize("market", MARKETS)
def test_panel__is_the_run(market):
    """What a panel adds up to is in the books of a run of the same start."""
    start = started(market)
    _, levers = TREATMENTS[0].strategies()
    seen = panel(start, levers, Rules(), BEFORE + AFTER)
    curves = run(start, "x", levers, Rules()).curves
    assert seen.spend.sum(axis=1) == pytest.approx(curves["revenue"].to_numpy())
    assert (seen.listed.sum(axis=1) == curves["customers"].to_numpy()).all()
    assert (seen.purchases.sum(axis=1) == curves["purchases"].to_numpy()).all()


@pytest.mark.parametrize("market", MARKETS)
@pytest.mark.parametrize("treatment", [TREATMENTS[0], TREATMENTS[1], TREATMENTS[-1]])
def test_trial__without_a_network_is_made_of_twins(market, treatment):
    """Half of the people from one run and half from its twin are a trial in one market, exactly."""
    start = started(market, size=1500)  # so many that treatment changes some purchase
    control, levers = treatment.strategies()
    arm = np.arange(len(start.people)) % 3 == 0
    trial = lived(start, (control, levers), arm.astype(int), Rules(), BEFORE + AFTER, BEFORE)
    without, under = (panel(start, one, Rules(), BEFORE + AFTER) for one in (control, levers))
    made = mixed(under, without, arm)
    assert (trial.spend == made.spend).all()
    assert (trial.alive == made.alive).all()
    assert (under.spend[:BEFORE] == without.spend[:BEFORE]).all()
    assert (trial.spend != without.spend).any()


@pytest.mark.parametrize("market", MARKETS)
def test_trial__in_a_network_reaches_those_without(market):
    """Untreated people feel their neighbours' treatment."""
    start = started(market, connected=True, size=1500)
    control, levers = TREATMENTS[-1].strategies()
    arm = np.arange(len(start.people)) % 2 == 0
    months = BEFORE + AFTER
    alone = panel(start, control, Rules(), months)
    trial = lived(start, (control, levers), arm.astype(int), Rules(), months, BEFORE)
    assert (trial.spend[:BEFORE] == alone.spend[:BEFORE]).all()
    assert (trial.alive[:, ~arm] != alone.alive[:, ~arm]).any()


# Power: the bench finds effects on retention of .3 to 1.5 percentage points in a network.
def test_trial__in_a_network_of_nothing_finds_nothing():
    """Arms that live alike come to the same, though what they say is booked apart."""
    nothing = Treatment("nothing", {"marketing.messages": 1.0}, having("member"))
    found = from_network(Lives(started("telecom", connected=True, size=4000), Rules()), nothing)
    for estimate, truth, scale in found.values():
        assert truth.effect == 0.0
        assert abs(scale * estimate.effect) < 0.05


def test_sample__was_on_the_books_all_the_months_before():
    start = started("apparel")
    seen = panel(start, TREATMENTS[0].strategies()[0], Rules(), BEFORE + AFTER)
    sample = sample_of(start, seen)
    assert 0 < sample.people.sum() < len(start.people)
    assert seen.listed[:BEFORE, sample.people].all()
    assert (np.abs(sample.lots.mean(axis=1) - 0.5) < 0.1).all()


def test_on_books__ends_with_the_relation():
    """Who left in month BEFORE + 1 and came back is in no comparison any more."""
    there = np.ones((BEFORE + AFTER, 2), dtype=bool)
    there[BEFORE + 1, 0] = False
    nothing = np.zeros(there.shape)
    counted = on_books(Panel(nothing, nothing, there, there, {}))
    assert counted.shape == (AFTER, 2)
    assert counted[:, 0].tolist() == [True, True] + [False] * (AFTER - 2)
    assert counted[:, 1].all()


def test_membership__is_chosen_by_those_who_buy_anyway():
    """Without contracts members are heavy buyers; a contract's bill chooses nobody."""
    found = from_panels(Lives(started("apparel", size=4000), Rules()), TREATMENTS[0])
    estimate, truth, scale = found["spend", "naive"]
    assert estimate.effect > 3.0 * truth.effect > 0.0
    assert scale * estimate.effect > 30.0
    found = from_panels(Lives(started("telecom", size=4000), Rules()), TREATMENTS[0])
    estimate, truth, _ = found["spend", "naive"]
    assert abs(estimate.effect - truth.effect) < 4.0 * estimate.error
    estimate, truth, _ = found["spend", "DiD"]
    assert estimate.effect == pytest.approx(truth.effect, abs=4.0 * estimate.error)


# Power: a trial and its mirror image miss the truth by about 1 % of it; one of them by 30 %.
def test_trials__drawn_by_lot_find_the_truth():
    for market in MARKETS:
        lives = Lives(started(market, size=4000), Rules())
        estimate, truth, _ = from_panels(lives, TREATMENTS[0])["spend", "randomised"]
        assert estimate.effect == pytest.approx(truth.effect, rel=0.1)
        assert abs(estimate.effect - truth.effect) < estimate.error


def test_bench__is_tidy_and_drawn():
    scenario = scenario_of(TELECOM, 12, base(300), uncertainty="all", worlds=2)
    told: list[tuple[int, int]] = []
    found = bench(scenario, 2, market="telecom", progress=lambda *done: told.append(done))
    assert tuple(found.columns) == COLUMNS
    assert set(found["outcome"]) == {"spend", "retention"}
    assert not found.duplicated(["treatment", "market", "outcome", "estimator"]).any()
    assert np.isfinite(found[["estimate", "truth"]]).all(axis=None)
    assert set(found["estimator"]) == {
        "naive", "DiD", "matched DiD", "placebo DiD", "randomised", "trial in the network"
    }  # fmt: skip
    untouched = found[found["estimator"] == "placebo DiD"]
    assert (untouched["truth"] == 0.0).all()
    assert untouched["ratio"].isna().all()
    assert told == [(1, 2), (2, 2)]
    assert len(picture(found).axes) == 2
    alone = bench(revised(scenario, network=Network(kind="none"), uncertainty="none"), 1)
    assert "trial in the network" not in set(alone["estimator"])
    assert set(alone["market"]) == {"contractual"}


@pytest.mark.parametrize("market", MARKETS)
def test_bench__of_hardly_anybody_says_nothing_rather_than_fail(market):
    scenario = scenario_of(MARKETS[market], 12, base(6), uncertainty="luck", worlds=2)
    found = bench(scenario, 2)
    assert tuple(found.columns) == COLUMNS
    picture(found)


def test_bench__asks_for_a_world():
    with pytest.raises(ValueError, match="worlds: got 0, allowed is at least 1"):
        bench(scenario_of(TELECOM, 12, base(6)), 0)
