"""How a strategist starts: a base on the books, a baseline, switching, and closing a programme."""

import functools
from typing import Any

import numpy as np
import pytest

from engagesim.agents.company import Company
from engagesim.scenarios.compose import scenario as composed
from engagesim.scenarios.errors import BadInput
from engagesim.scenarios.levers import Strategy
from engagesim.scenarios.scenario import Scenario
from engagesim.sim.course import Run, begin, rules_of
from engagesim.sim.doubt import draw
from engagesim.sim.run import run, simulate
from engagesim.sim.standing import rest, stand, standing_curves
from engagesim.sim.world import world_of

from .published import APPAREL, TELECOM, base, cohort, scenario_of

POINTS = {"points": {"earn": 0.05, "goal": 2.0, "admin_budget": 0.006}}
RULES = rules_of(None)


# Who is on the books.


@functools.cache
def lives(rate: float, chance: float, tenure: int) -> Any:
    """BG/NBD customers in continuous time: who has left after `tenure` months, and silence."""
    random = np.random.default_rng(7)
    gone, silence = [], []
    for _ in range(20_000):
        now, last, left = 0.0, 0.0, False
        while not left:
            now += random.exponential(1.0 / rate)
            if now > tenure:
                break
            last, left = now, random.random() < chance
        gone.append(left)
        silence.append(tenure - last)
    return np.array(gone), np.array(silence)


# Power: 20,000 lives on either side; shares then differ by .005 (one standard error) at most, the
# quantiles of silence by about .1 months plus the rounding down to whole ones.
@pytest.mark.parametrize("window", [6, 12])
@pytest.mark.parametrize(
    ("rate", "chance", "tenure"),
    [(0.24, 0.25, 30), (1.5, 0.05, 20), (0.05, 0.4, 40), (0.3, 0.2, 5)],
)
def test_base__stands_where_buyers_of_that_tenure_do(
    rate: float, chance: float, tenure: int, window: int
) -> None:
    gone, silence = lives(rate, chance, tenure)
    random = np.random.default_rng(3)
    drawn = [stand(rate, chance, tenure, window, *random.random(3)) for _ in range(20_000)]
    listed = silence < window
    assert np.mean([on for on, _, _ in drawn]) == pytest.approx(listed.mean(), abs=0.02)
    ours = np.array([left for on, left, _ in drawn if on])
    assert ours.mean() == pytest.approx(gone[listed].mean(), abs=0.03)
    for left in (False, True):
        mine = np.array([months for on, away, months in drawn if on and away == left])
        theirs = silence[listed & (gone == left)]
        if len(theirs) > 500:
            assert mine.mean() + 0.5 == pytest.approx(theirs.mean(), abs=0.35)
        if len(mine):
            assert 0 <= mine.min() <= mine.max() < max(window, tenure)
    dormant = (silence >= window) & (silence < 3 * window) & ~gone
    resting = [rest(rate, chance, tenure, window, *random.random(2)) for _ in range(20_000)]
    assert np.mean([on for on, _ in resting]) == pytest.approx(dormant.mean(), abs=0.02)


def test_curves__are_the_shares_of_a_simulated_cohort():
    """Over the whole market, at a tenure: on the books, and dormant."""
    random = np.random.default_rng(5)
    curves = standing_curves(APPAREL, 60, True)
    buying, leaving = APPAREL.buying, APPAREL.leaving
    rates = random.gamma(buying.shape, buying.rate / buying.shape, 40_000)
    chances = random.beta(leaving.a, leaving.b, 40_000)
    for tenure in (20, 60):
        on = np.mean([
            stand(rate, chance, tenure, 12, u, 0.5, 0.5)[0]
            for rate, chance, u in zip(rates, chances, random.random(40_000), strict=True)
        ])  # fmt: skip
        assert curves.listed[tenure] == pytest.approx(on, abs=0.01)
        away = np.mean([
            rest(max(rate, 1e-12), chance, tenure, 12, u, 0.5)[0]
            for rate, chance, u in zip(rates, chances, random.random(40_000), strict=True)
        ])  # fmt: skip
        assert curves.dormant[tenure] == pytest.approx(away, abs=0.01)
    assert (curves.listed[:13] == 1.0).all()


# Power: 20,000 people, 7,000 on the books; monthly churn by the books is known within .3 points.
def test_base__loses_as_many_at_first_as_later():
    """Without the silent and the dormant nobody was missed in the first year."""
    scenario = scenario_of(APPAREL, 36, base(20_000, customer_share=0.35))
    curves = simulate(scenario, "none").curves
    first, later = (curves["churn_rate"][:12].mean(), curves["churn_rate"][24:].mean())
    print(f"\nchurn a month by the books: year 1 {first:.4f}, year 3 {later:.4f}")
    assert first == pytest.approx(later, abs=0.015)
    assert curves["returned"][0] > 0
    assert curves["customers"].iloc[-1] == pytest.approx(curves["customers"][0], rel=0.25)


def test_base__of_the_books_is_the_share_asked_for():
    scenario = scenario_of(APPAREL, 1, base(5000, customer_share=0.3))
    people = begin(scenario, 0, RULES).people
    assert people["listed"].mean() == pytest.approx(0.3, abs=0.02)
    assert (people["base"] == people["listed"]).all()
    gone = (people["alive"] == 0) & (people["listed"] == 1)
    dormant = (people["alive"] == 1) & (people["listed"] == 0)
    assert 0.1 < gone.sum() / people["listed"].sum() < 0.3
    assert dormant.any()
    assert (people["silence"][people["listed"] == 1] < 12).all()
    assert (people["silence"][dormant] >= 12).all()


# The baseline.


def of(market: Any, months: int, baseline: Any, **others: Any) -> Scenario:
    return scenario_of(
        market, months, others.pop("population", base(600)), checks=True,
        strategies={"none": Strategy(), "points": Strategy.model_validate(POINTS)},
        baseline=baseline, network={"kind": "small_world", "degree": 4}, **others,
    )  # fmt: skip


@pytest.fixture(scope="module", params=[TELECOM, APPAREL], ids=["telecom", "apparel"])
def under_points(request: pytest.FixtureRequest) -> Scenario:
    return of(request.param, 18, POINTS)


def test_baseline__leaves_its_members_and_their_points(under_points: Scenario) -> None:
    start = begin(under_points, 0, RULES)
    people = start.people
    customers = people["alive"] == 1
    members = people["member"] == 1
    assert members[customers & (people["tenure"] > 12)].mean() > 0.2
    assert (people["member_months"][members] <= people["tenure"][members]).all()
    assert people["points"][members].sum() > 0
    fresh = customers & (people["tenure"] <= 1)
    assert people["member"][fresh].mean() < people["member"][customers].mean()


def test_baseline__continued_is_a_programme_in_its_stride(under_points: Scenario) -> None:
    """Nobody has to begin: members, points issued and redeemed are level from month 0."""
    curves = simulate(under_points, "points").curves
    assert curves["members"][0] > 0.5 * curves["members"].iloc[-1]
    assert curves["redeemed"][:6].sum() > 0
    assert (curves["liability"] > 0).all()


def test_baseline__of_nothing_changes_nothing():
    one = simulate(of(TELECOM, 6, {}), "points")
    other = simulate(of(TELECOM, 6, Strategy()), "points")
    assert one.curves.equals(other.curves)
    assert one.curves["members"][0] < 200


def test_baseline__of_a_flywheel_has_moved_whoever_was_there():
    """Feelings at the start rise with the years that people lived under it."""
    better = {"service": {"performance": 0.78, "recovery": 0.9}}
    usual, moved = (
        begin(of(TELECOM, 1, levers, population=base(3000)), 0, RULES).people
        for levers in ({}, better)
    )
    change = moved["satisfaction"] - usual["satisfaction"]
    customers = usual["alive"] == 1
    young, old = (customers & mask for mask in (usual["tenure"] < 3, usual["tenure"] > 36))
    assert change[old].mean() > 0.03
    assert change[young].mean() < 0.6 * change[old].mean()


# Closing a programme.


def closed_from(month: int, months: int = 3, **mechanisms: bool) -> Run:
    """Points until a month, then none."""
    over = {"points.earn": 0.0, "points.admin_budget": 0.0}
    chosen = {**POINTS, "changes": [{"month": month, "set": over}]}
    chosen["points"] = {**POINTS["points"], "closing_months": months}
    scenario = scenario_of(
        TELECOM, month + 8, base(800), checks=True,
        strategies={"x": Strategy.model_validate(chosen)}, mechanisms=mechanisms,
    )  # fmt: skip
    return simulate(scenario, "x")


def test_closing__leaves_three_months_to_redeem_and_then_nothing():
    run_ = closed_from(10)
    curves = run_.curves
    assert (curves["issued"][10:] == 0).all()
    assert (curves["redeemed"][10:13] > 0).any()
    assert (curves["redeemed"][13:] == 0).all()
    assert curves["expired"][13] == curves["outstanding"][12] > 0
    assert (curves[["outstanding", "members", "liability"]][13:] == 0).all(axis=None)
    assert curves["rewards"][13] == pytest.approx(-curves["liability"][12])  # no longer owed
    assert (run_.people["member"] == 0).all()


@pytest.mark.parametrize("months", [0, 1, 6])
def test_closing__takes_as_long_as_it_says(months: int) -> None:
    curves = closed_from(10, months).curves
    assert curves["members"][9 + months] > 0
    assert (curves["members"][10 + months :] == 0).all()


def test_closing__costs_trust_when_it_is_over():
    hurt, not_hurt = (closed_from(10, betrayal=on).curves["trust"] for on in (True, False))
    assert (hurt[:13] == not_hurt[:13]).all()
    assert hurt[13] < not_hurt[13]
    # rm * sev_T * share of members, of the way to 0: about .16 * .3 * T.
    members = closed_from(10).curves["members"][12] / closed_from(10).curves["customers"][12]
    assert not_hurt[13] - hurt[13] == pytest.approx(0.16 * 0.3 * not_hurt[13] * members, rel=0.1)


@pytest.mark.parametrize(
    ("sets", "fifths"),
    [
        ([{"points.goal": 4.4}], 0.5),
        ([{"points.goal": 3.0}], 0.0),
        ([{"points.earn": 0.01}], 2.0),
        ([{"points.goal": 4.4}, {"service.human": 0.6}], 0.5),  # with another change of that month
        ([{"service.human": 0.6}], 0.0),
        ([{"points.earn": 0.0}], 0.0),  # closing is another thing
    ],
)
def test_devaluation__is_against_the_month_before(sets: list[Any], fifths: float) -> None:
    """In the month of the change only, in fifths of what a reward takes, at most two (E0)."""
    chosen = {"points": {"earn": 0.05, "goal": 4.0}}
    changes = [{"month": 5, "set": one} for one in sets]
    tried = Strategy.model_validate({**chosen, "changes": changes})
    company = Company(tried.schedule(), TELECOM)
    there = world_of(of(TELECOM, 1, {}), draw(of(TELECOM, 1, {}), 0))
    found = [company.plan(month, there).devalued for month in range(8)]
    assert found == pytest.approx([0.0] * 5 + [fifths, 0.0, 0.0])


def test_closing__a_baseline_owes_what_it_promised(under_points: Scenario) -> None:
    """A strategy without points, after a baseline with them, closes the programme."""
    start = begin(under_points, 0, RULES)
    result = run(start, "none", under_points.strategies["none"], RULES)
    curves = result.curves
    assert (curves["issued"] == 0).all()
    assert curves["redeemed"][:3].sum() > 0
    assert curves["members"][2] > 0 == curves["members"][3]
    owed = int(start.people["points"].sum())
    assert owed == curves["redeemed"].sum() + curves["expired"].sum()


# What switching costs.


def test_switching__is_paid_once_by_who_switches():
    switching = {"setup": 500.0, "per_customer": 2.0}
    tried = {**POINTS, "switching": switching}
    for baseline, paid in (({}, True), (POINTS, False), (tried, False)):
        scenario = of(TELECOM, 4, baseline, population=base(200))
        chosen = Strategy.model_validate(tried)
        start = begin(scenario, 0, RULES)
        curves = run(start, "points", chosen, RULES).curves
        free = run(start, "points", Strategy.model_validate(POINTS), RULES).curves
        once = 500.0 + 2.0 * int(start.people["listed"].sum()) if paid else 0.0
        assert curves["switching"].tolist() == [once, 0.0, 0.0, 0.0]
        assert (free["profit"] - curves["profit"]).tolist() == pytest.approx([once, 0, 0, 0])


def test_switching__of_a_change_is_paid_when_it_comes():
    change = {"month": 2, "set": {"service.human": 0.9}, "switching": {"setup": 70.0}}
    chosen = Strategy.model_validate({"changes": [change]})
    scenario = scenario_of(TELECOM, 4, cohort(50), strategies={"x": chosen})
    assert simulate(scenario, "x").curves["switching"].tolist() == [0.0, 0.0, 70.0, 0.0]


# Words.


def test_baseline__is_a_preset_a_file_or_levers(tmp_path: Any, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "now.yaml").write_text("points: {earn: 0.02}\n")
    assert composed("baseline=points_only").baseline.points.earn == 0.01
    assert composed("baseline=./now.yaml").baseline.points.earn == 0.02
    assert composed("baseline=points_only", "baseline.points.goal=2").baseline.points.goal == 2.0
    assert composed().baseline == Strategy()
    assert composed("baseline=none").identity() == composed().identity()
    assert composed("baseline=points_only").identity() != composed().identity()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("baseline=[none,points_only]", "baseline: got ['none', 'points_only'], allowed is one "
         "preset or file"),
        ("baseline=poins", "strategy: no preset 'poins'"),
        ("baseline.changes=[{month: 2, set: {points.earn: 0.1}}]", "baseline: got changes, allowed "
         "are levers that stay as they are"),
        ("baseline.points.earn=7", "baseline.points.earn: got 7, allowed 0 to 0.5"),
        ("baseline=3", "baseline: got 3, allowed is one preset or file"),
    ],
)  # fmt: skip
def test_baseline__refuses_what_it_cannot_be(words: str, said: str) -> None:
    with pytest.raises(BadInput) as problem:
        composed(words)
    assert str(problem.value).startswith(said)
