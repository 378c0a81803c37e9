"""How far set-points go with spend, and how answers to surveys are read: calibrated at neutral."""

import functools
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special, stats

from engagesim.scenarios.market import Buying, Leaving
from engagesim.sim import nps, premium
from engagesim.sim.run import begin
from engagesim.sim.world import scores

from .cases import RULES, world
from .published import APPAREL, TELECOM, base, cohort, scenario_of

# The premium of the engaged.

OFTEN = APPAREL.model_copy(
    update={"buying": Buying(rate=6.0, shape=2.0, basket=35.0), "leaving": Leaving(a=0.8, b=60.0)}
)
"""A shop that is visited often; hardly anybody drops out."""
MARKETS = {"contract": TELECOM, "often": OFTEN, "rare": APPAREL}
FIFTH = premium.FULLY_ENGAGED


class Base(NamedTuple):
    """Customers of mixed tenures: engagement of the long run, spend, and the links of both."""

    engaged: Any
    spend: Any
    basket_link: float
    rate_link: float

    @property
    def premium(self) -> float:
        """Spend of the fully engaged over that of all, less 1."""
        full = self.engaged >= np.quantile(self.engaged, 1.0 - FIFTH)
        return float(self.spend[full].mean() / self.spend.mean()) - 1.0


@functools.cache
def lived(place: str, target: float, seed: int, people: int = 40_000) -> Base:
    scenario = scenario_of(
        MARKETS[place], 1, base(people), seed=seed, network={"kind": "none"},
        coefficients={"spending": {"engaged_premium": target}},
    )  # fmt: skip
    start = begin(scenario, 0, RULES)
    there, world = start.people[start.people["alive"] == 1], start.neutral.world
    spend = there["basket"] if world.contractual else there["rate"]
    return Base(there["engagement_norm"], spend, world.basket_link, world.rate_link)


# Power: of 80,000 customers the premium is known to .008; without a link it is 0 under contracts,
# and by survival alone .05 where people buy often.
@pytest.mark.parametrize("place", ["contract", "often"])
def test_premium__is_made_in_a_base(place: str) -> None:
    found = [lived(place, 0.23, seed) for seed in (1, 2)]
    made = np.mean([each.premium for each in found])
    print(f"\n{place}: premium {made:.3f}")
    assert made == pytest.approx(0.23, abs=0.025)
    for each in found:
        links = each.basket_link, each.rate_link
        assert min(links) == 0.0
        assert (links[0] > 0.0) == (place == "contract")
        assert max(links) < premium.MOST


# Power: means of 2 million draws of tails this heavy are known to .5 %; the 100 classes of
# engagement lose .3 % at most.
@pytest.mark.parametrize("place", MARKETS)
@pytest.mark.parametrize(
    ("to_spend", "to_leaving", "months"), [(0.2, -0.25, 120), (0.0, -0.6, 60), (0.4, -0.3, 12)]
)
def test_premium__is_the_mean_over_people(
    place: str, to_spend: float, to_leaving: float, months: int
) -> None:
    there = world(scenario_of(MARKETS[place], 1, cohort(10)))
    e, x, q = np.random.default_rng(1).standard_normal((3, 2_000_000))
    score = to_spend * e + np.sqrt(1.0 - to_spend**2) * x
    weight = np.ones(len(e))
    if there.contractual:
        spend = np.exp(there.basket_sd_between * score)
    else:
        spend = np.exp(np.interp(score, scores(), there.rate_table))
        risk = to_leaving * e + np.sqrt(1.0 - to_leaving**2) * q
        leave = special.expit(np.interp(risk, scores(), there.propensity_table))
        lost = np.maximum(spend * leave * months, 1e-300)
        weight = -np.expm1(-lost) / lost  # alive at a tenure drawn evenly
    full = e >= special.ndtri(1.0 - FIFTH)
    made = np.average(spend[full], weights=weight[full]) / np.average(spend, weights=weight)
    assert premium._premium(there, to_spend, to_leaving, months) == pytest.approx(made, rel=0.015)


def test_premium__needs_no_link_where_who_stays_makes_it():
    """Of rare buyers who differ as those of CDNOW, those who are still there are enough."""
    found = lived("rare", 0.23, 1, 4000)
    assert (found.basket_link, found.rate_link) == (0.0, 0.0)
    assert lived("rare", 0.35, 1, 4000).rate_link > 0.0


@pytest.mark.parametrize("place", ["contract", "often"])
def test_premium__more_of_it_takes_a_closer_link(place: str) -> None:
    targets = (0.10, 0.17, 0.23, 0.29, 0.35)
    links = [max(lived(place, target, 1, 2000)[2:]) for target in targets]
    assert (np.diff(links) > 0.0).all()
    assert links[0] > 0.0


@functools.cache
def newcomers(place: str) -> tuple[Any, Any]:
    """A cohort in which set-points go with spend as closely as evidence has it; and its world."""
    much = {"spending": {"engaged_premium": 0.35}}
    start = begin(scenario_of(MARKETS[place], 1, cohort(60_000), coefficients=much), 0, RULES)
    return start.people, start.neutral.world


# Power: correlations of 60,000 are known to .004. What rates and dropout have in common by the
# set-point, were it not taken out again, is .04.
def test_link__of_rates_and_set_points_leaves_dropout_alone():
    """BG/NBD has rate and dropout independent, each as published."""
    people, there = newcomers("often")
    rates = stats.gamma(2.0, scale=3.0)
    score = special.ndtri(rates.cdf(people["rate"]))
    common = np.corrcoef(people["engagement_score"], people["propensity_odds"])[0, 1]
    assert there.rate_link * common < -0.03
    assert np.corrcoef(score, people["engagement_score"])[0, 1] == pytest.approx(
        there.rate_link, abs=0.015
    )
    assert np.corrcoef(score, people["propensity_odds"])[0, 1] == pytest.approx(0.0, abs=0.015)
    assert stats.kstest(people["rate"], rates.cdf).statistic <= 0.01
    assert stats.kstest(people["propensity"], stats.beta(0.8, 60.0).cdf).statistic <= 0.01


def test_link__of_bills_and_set_points_leaves_bills_as_they_are():
    people, there = newcomers("contract")
    spread = there.basket_sd_between
    score = (np.log(people["basket"] / TELECOM.buying.basket) + 0.5 * spread**2) / spread
    assert stats.kstest(score, stats.norm.cdf).statistic <= 0.01
    assert np.corrcoef(score, people["engagement_score"])[0, 1] == pytest.approx(
        there.basket_link, abs=0.015
    )


# Power: as above; without a link it is 0.
def test_wallet__share_of_it_goes_with_the_rate():
    """By rank, as told; and as many as ever have most of it here."""
    people, there = newcomers("often")
    found = stats.spearmanr(people["rate"], people["wallet"]).statistic
    assert found == pytest.approx(there.wallet_rate, abs=0.015)
    for place in ("often", "contract"):
        share = newcomers(place)[0]["wallet"]
        assert stats.kstest(share, stats.beta(1.6, 2.4).cdf).statistic <= 0.01


def neutral(place: str, target: float) -> float:
    """The link that a calibration finds, of people whose engagement is all set-point."""
    states = ("engagement_norm", "engagement_score", "leaving_score")
    people = np.zeros(2000, dtype=[(name, "f8") for name in states])
    people["engagement_score"] = np.random.default_rng(1).standard_normal(2000)
    people["engagement_norm"] = people["engagement_score"]
    people["leaving_score"] = np.random.default_rng(2).standard_normal(2000)
    there: Any = world(scenario_of(MARKETS[place], 1, cohort(10)), engaged_premium=target)
    return premium.spending_link(there, people, 120)  # type: ignore[arg-type]


@pytest.mark.parametrize("place", ["contract", "often"])
def test_premium__none_asked_is_none_and_too_much_is_the_most(place: str) -> None:
    assert neutral(place, 0.0) == 0.0
    assert neutral(place, 50.0) == premium.MOST
    assert 0.0 < neutral(place, 0.2) < neutral(place, 0.4) < premium.MOST


def test_premium__under_contracts_is_the_closed_form():
    """Of lognormal bills the premium of an upper share is Phi(s r - z) / share (the truncated
    mean); to .003, which a hundred classes lose."""
    link, spread = neutral("contract", 0.23), 0.67
    z = special.ndtri(1.0 - FIFTH)
    assert special.ndtr(spread * link - z) / FIFTH == pytest.approx(1.23, abs=0.003)


# The net promoter score.


def surveyed(size: int, seed: int = 1, lift: float = 0.0) -> dict[str, Any]:
    """People with the states that an answer goes by; one in ten is none of the customers."""
    random = np.random.default_rng(seed)
    people = {name: np.clip(random.normal(0.55 + lift, 0.15, size), 0.0, 1.0)
              for name in nps.WEIGHTS}  # fmt: skip
    return {**people, "alive": (random.random(size) < 0.9).astype(int)}


@given(st.floats(-90.0, 90.0), st.integers(2, 300), st.integers(0, 1000))
def test_nps__of_neutral_people_is_the_baseline(baseline, size, seed):
    people = surveyed(size, seed)
    gauge = nps.gauge_of(people, baseline)
    if gauge is None:
        assert people["alive"].sum() < 2
        return
    assert nps.nps(people, gauge) == pytest.approx(baseline, abs=1e-6)
    assert gauge.detractor <= gauge.promoter


@given(st.floats(-90.0, 90.0), st.floats(-0.5, 0.5), st.floats(0.0, 0.5), st.integers(0, 1000))
def test_nps__is_bounded_and_rises_with_what_is_felt(baseline, lift, more, seed):
    gauge = nps.gauge_of(surveyed(200), baseline)
    low, high = (nps.nps(surveyed(200, seed, by), gauge) for by in (lift, lift + more))
    assert -100.0 <= low <= high <= 100.0


# Power: a score of 1 million answers is known to .09 points.
@pytest.mark.parametrize("baseline", [-40.0, 20.0, 90.0])
def test_nps__averages_the_noise_of_answers(baseline: float) -> None:
    gauge, people = nps.gauge_of(surveyed(1000), baseline), surveyed(1000, 2, 0.05)
    assert gauge is not None
    alive = people["alive"] == 1
    felt = sum(
        weight * (people[name][alive] - gauge.mean[k]) / gauge.sd[k]
        for k, (name, weight) in enumerate(nps.WEIGHTS.items())
    )
    noise = np.random.default_rng(3).normal(0.0, nps.NOISE, (1100, alive.sum()))
    answers = felt + noise
    score = 100.0 * ((answers > gauge.promoter).mean() - (answers < gauge.detractor).mean())
    assert nps.nps(people, gauge) == pytest.approx(score, abs=0.35)


def test_nps__of_nobody_is_unknown():
    gauge = nps.gauge_of(surveyed(50), 0.0)
    nobody = {**surveyed(5), "alive": np.zeros(5)}
    assert nps.gauge_of(nobody, 0.0) is None
    assert np.isnan(nps.nps(nobody, gauge))
    assert np.isnan(nps.nps(surveyed(50), None))
    alike = {name: np.full(5, 0.5) for name in nps.WEIGHTS} | {"alive": np.ones(5)}
    assert nps.gauge_of(alike, 0.0) is None
