"""Companies among each other: who goes where, what rivals do to the home company, and the books."""

import copy
import functools
import math
from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import engagesim as es
from engagesim.agents.company import Company
from engagesim.agents.luck import LeaveLuck, RivalLuck
from engagesim.agents.rivalry import compete
from engagesim.agents.rules.joining import join
from engagesim.agents.rules.switching import appeal, gain_elsewhere, go_over
from engagesim.agents.state import COMPANIES, Offer, World
from engagesim.scenarios.levers import Levers, Strategy
from engagesim.scenarios.market import Market
from engagesim.scenarios.rivals import Rival
from engagesim.scenarios.scenario import Scenario
from engagesim.sim.course import Course
from engagesim.sim.identities import Broken, between, verify, verify_market
from engagesim.sim.kernel import CompiledPeople
from engagesim.sim.run import Run, begin, revised

from .cases import RICH, RULES, differing, lived, market, offer, person, preset, small, world

GRID = (np.arange(1000) + 0.5) / 1000.0


def rivalry(shares: list[float], belief: float = 0.3, **numbers: Any) -> World:
    """A world of a home company and rivals of these shares, at neutral prices."""
    standing = [1.0, *(share / belief for share in shares)]
    rest = [0.0] * (COMPANIES - len(standing))
    made = world(
        rivals=len(shares), belief=belief, standing=standing + rest,
        tempting=[1.0] * len(standing) + rest, unnamed=1.0 - belief - sum(shares),
    )  # fmt: skip
    vars(made).update(numbers)
    return made


def believing(beliefs: list[float], **fields: Any) -> Any:
    return person(belief=beliefs + [0.0] * (COMPANIES - len(beliefs)), **fields)


# Going over.


def test_go_over__each_by_its_appeal_and_the_rest_unnamed():
    """Of 1,000 leavers of company 1, .6 stay in the category: to 0 and 2 as .3 and .2 are to .6,
    the unnamed .1 getting the rest; company 2 asks a price that halves what it is."""
    there = rivalry([0.3, 0.2], staying_in_category=0.6, unnamed=0.1)
    there.tempting[2] = 0.5
    who = believing([0.3, 0.9, 0.2], past=1)
    went = Counter(go_over(who, there, RivalLuck(0.5, u, 1.0)) for u in GRID)
    assert {k: n / 1000 for k, n in went.items()} == {0: 0.6, 2: 0.2, -1: 0.2}
    assert {go_over(who, there, RivalLuck(0.6, u, 1.0)) for u in GRID} == {-1}
    stays = [go_over(who, there, RivalLuck(u, 0.0, 1.0)) == 0 for u in GRID]
    assert np.mean(stays) == pytest.approx(0.6)


def test_go_over__never_to_whom_nobody_has_heard_of():
    there = rivalry([0.3, 0.2], staying_in_category=0.95, unnamed=0.0)
    there.tempting[2] = 20.0
    who = believing([0.3, 0.3, 0.0], past=0)
    assert {go_over(who, there, RivalLuck(0.0, u, 1.0)) for u in GRID} == {1}


def test_appeal__is_belief_by_price():
    there = rivalry([0.3])
    assert appeal(believing([0.1, 0.4]), 1, there) == 0.4
    there.tempting[1] = math.exp(0.15)
    assert appeal(believing([0.1, 0.4]), 1, there) == pytest.approx(0.4 * 1.1618, abs=1e-4)


# What is better elsewhere.


def met(prices: list[float], shares: list[float], **numbers: Any) -> World:
    """The world in a month in which home and rivals ask these prices."""
    there = rivalry(shares, month=3, norm_drift=0.0, **numbers)
    levers = [Levers.model_validate({"offer": {"price": price}}) for price in prices]
    companies = [
        Company([(0, one)], Market(), standing=standing)
        for one, standing in zip(levers, there.standing, strict=False)
    ]
    compete(companies, [company.plan(3, there) for company in companies], there)
    return there


@given(st.floats(0.5, 1.5), st.floats(0.5, 3.0))
def test_gain__all_others_cheaper_is_as_much_as_oneself_dearer(price, attraction):
    there = met([1.0, price, price], [0.4, 0.3], attraction=attraction, belief_variance=0.0)
    who = believing([0.3, 0.4, 0.3], firm=0)
    assert gain_elsewhere(who, there) == pytest.approx(-attraction * (price - 1.0), abs=1e-9)


def test_gain__is_nothing_at_neutral_beliefs_and_prices():
    for shares in ([0.3], [0.2, 0.2], [0.1] * 7):
        there = met([1.0] * (len(shares) + 1), shares, belief_variance=0.0)
        for firm in range(len(shares) + 1):
            who = believing([0.3, *shares], firm=firm)
            assert gain_elsewhere(who, there) == pytest.approx(0.0, abs=1e-12)


def test_gain__has_mean_nothing_where_beliefs_differ():
    """The mean of a logarithm is below that of the mean; half the relative variance makes up."""
    rng = np.random.default_rng(1)
    sd = 0.077
    there = met([1.0, 1.0, 1.0], [0.3, 0.3], belief_variance=sd * sd)
    beliefs = np.clip(rng.normal(0.3, sd, (20_000, 2)), 0.0, 1.0)
    gains = [gain_elsewhere(believing([0.3, *b], firm=0), there) for b in beliefs.tolist()]
    assert np.mean(gains) == pytest.approx(0.0, abs=0.003)
    raw = np.log(0.1 + beliefs.sum(axis=1)) - math.log(0.7)
    assert raw.mean() < -0.01


def test_compete__the_norm_follows_the_rivals_and_entrants_once_they_are_there():
    there = rivalry([0.3, 0.2], month=3, norm_drift=0.1, category_norm=0.7)
    better, best = (
        Levers.model_validate({"service": {"performance": p}}) for p in (0.8, 0.9)
    )  # fmt: skip
    companies = [
        Company([(0, Levers())], Market()),
        Company([(0, better)], Market(), standing=1.0),
        Company([(0, best)], Market(), standing=0.7, enters=4),
    ]
    for month, norm, entrant in ((3, 0.71, 0.0), (4, 0.71 + 0.1 * (0.85 - 0.71), 0.7)):
        there.month = month
        compete(companies, [company.plan(month, there) for company in companies], there)
        assert there.category_norm == pytest.approx(norm)
        assert there.standing[2] == entrant
        assert (there.tempting[2] > 0.0) == (month == 4)


# Joining one of several.


def joined(there: World, who: Any, offers: list[Offer], u: float, which: float) -> int:
    return join(who, offers, 8, there, LeaveLuck(0.0, u, 0.0, 0.0), RivalLuck(0.0, which, 1.0))


@pytest.mark.parametrize("near", [[0, 0, 0], [3, 1, 0], [1, 0, 5]])
def test_join__chances_of_companies_multiply_and_share_by_size(near):
    there = rivalry([0.3, 0.15], adoption_external=0.05, adoption_social=0.4)
    offers = [offer() for _ in range(3)]
    who = believing([0.3, 0.3, 0.15], customers_by=near + [0] * 5)
    each = [0.05 * s for s in (1.0, 1.0, 0.5)]
    social = [1.0 - (1.0 - 0.4 / 8.0) ** n for n in near]
    stay = math.prod((1 - m) * (1 - s) for m, s in zip(each, social, strict=True))
    hits = [joined(there, who, offers, u, 0.5) > 0 for u in GRID]
    assert np.mean(hits) == pytest.approx(1.0 - stay, abs=1e-3)
    chances = np.array(each) + social
    firms = [(joined(there, who, offers, 1e-9, u) - 1) // 2 for u in GRID]
    shares = np.bincount(firms, minlength=3) / len(GRID)
    np.testing.assert_allclose(shares, chances / chances.sum(), atol=2e-3)


def test_join__nobody_joins_who_is_not_there_yet():
    there = rivalry([0.3], adoption_external=0.5, adoption_social=0.5)
    there.standing[1] = 0.0
    who = believing([0.0, 0.9], customers_by=[0, 8] + [0] * 6)
    firms = {(joined(there, who, [offer(), offer()], u, u) - 1) // 2 for u in GRID}
    assert firms == {-1, 0}


# Programmes.


def test_programme__each_named_rival_with_points_takes_from_the_lift():
    points = Levers.model_validate({"points": {"earn": 0.01}})
    there = world()
    home, other, _ = companies = [
        Company([(0, points)], Market()),
        Company([(0, Levers()), (6, points)], Market()),
        Company([(0, points)], Market(), enters=9),
    ]
    for company in companies:
        company.others = [one for one in companies if one is not company]
    lifts = [home.plan(month, there).lift for month in (0, 5, 6, 8, 9)]
    loss = there.rival_programme_loss
    assert lifts == pytest.approx([1.0, 1.0, 1.0 - loss, 1.0 - loss, 1.0 - 2.0 * loss])
    assert other.plan(0, there).lift == pytest.approx(1.0 - loss)  # ours is one for them


def test_schedule__a_copy_is_what_the_home_company_had_so_long_ago():
    home = Strategy.model_validate(
        {"points": {"earn": 0.02}, "changes": [{"month": 5, "set": {"points.goal": 9.0}}]}
    )
    own = {"points": {"earn": 0.05}, "changes": [{"month": 4, "set": {"offer.price": 0.9}}]}
    rival = Rival(name="other", strategy=Strategy.model_validate(own), share=0.2, copies=3)
    company = Company(rival.schedule(home.schedule()), Market())
    ours = Company(home.schedule(), Market())
    for month in range(12):
        points = company.levers(month).points
        if month < 3:
            assert points.earn == 0.05
        else:
            assert points == ours.levers(month - 3).points
        assert company.levers(month).offer.price == (0.9 if month >= 4 else 1.0)
    alone = Rival(name="other", strategy=Strategy.model_validate(own), share=0.2)
    assert alone.schedule(home.schedule()) == Strategy.model_validate(own).schedule()


# Whole markets.


def scene(rivals: list[dict[str, Any]], **changes: Any) -> Scenario:
    """A small market with these rivals."""
    population = {"size": 400, "customer_share": 0.3, "start": "base"}
    usual: dict[str, Any] = {
        "market": market("telecom", renewal_months=1, rivals=rivals),
        "population": population,
        "network": {"kind": "small_world", "degree": 6},
        "horizon": 15,
    }
    return small(**{**usual, **changes})


ITS_OWN = {name: levers for name, levers in RICH.items() if name != "flywheel"}
"""Levers that do all there is to do for a rival, which does not reinvest."""

OTHER = {"name": "other", "share": 0.3}
SEVEN = [
    {
        "name": f"rival_{k}",
        "share": 0.09,
        "strategy": ITS_OWN if k % 2 else {},
        "enters": 3 * (k == 6),
    }
    for k in range(7)
]


@pytest.mark.parametrize("setting", ["telecom", "apparel"])
@pytest.mark.parametrize(
    "rivals", [[OTHER], [OTHER, {**OTHER, "name": "third", "copies": 4}], SEVEN]
)
def test_engines__equal_bits_with_two_three_and_eight_companies(setting, rivals):
    place = market(setting, rivals=rivals, failure=0.3, inactivity_months=3)
    scenario = scene(rivals, market=place, strategies={"rich": RICH})
    start = begin(scenario, 0, RULES)
    compiled = lived(scenario, start=start)
    assert differing(compiled, lived(revised(scenario, engine="mesa"), start=start)) == []
    assert sorted(set(compiled.curves["company"])) == list(range(len(rivals) + 1))
    assert compiled.curves[["came_over", "went_over"]].to_numpy().sum() > 0


def test_market_share__sums_to_one_and_counts_the_truth():
    result = lived(scene([OTHER, {**OTHER, "name": "third"}]))
    shares = result.curves.pivot(index="month", columns="company", values="market_share")
    np.testing.assert_allclose(shares.sum(axis=1), 1.0)
    people = result.people
    last = [np.sum((people["firm"] == k) & (people["alive"] == 1)) for k in range(3)]
    np.testing.assert_allclose(shares.iloc[-1], np.array(last) / sum(last))


def test_value__of_people_is_what_they_brought_the_home_company():
    steady = {name: levers for name, levers in RICH.items() if name != "changes"}
    scenario = scene([{**OTHER, "strategy": ITS_OWN}], strategies={"rich": steady})
    result = lived(scenario)
    home = result.curves[result.curves["company"] == 0]
    path = begin(scenario, 0, RULES).neutral.path
    own = home[["acquisition", "fixed", "idea_costs", "switching"]].sum(axis=1).to_numpy()
    worth = result.people["value"].sum() - (own * path.discount).sum()
    assert result.summary["equity_realised"] == pytest.approx(worth, rel=1e-9)
    never = (result.people["known"] & 1) == 0
    assert never.any()
    assert not result.people["value"][never].any()
    assert not result.worth[never].any()
    elsewhere = result.people["firm"] == 1
    np.testing.assert_array_equal(result.worth[elsewhere], result.people["value"][elsewhere])


def test_log__knows_what_was_bought_of_the_home_company():
    scenario = scene([OTHER], market=market("apparel", rivals=[OTHER]), log=True)
    result = lived(scenario)
    home = result.curves[result.curves["company"] == 0]
    assert result.transactions is not None
    assert len(result.transactions) == home["purchases"].sum()


@functools.cache
def course() -> Course:
    """A market of three companies, some months on, in which some have just gone over."""
    scenario = scene([{**OTHER, "strategy": ITS_OWN}, {**OTHER, "name": "third"}],
                     strategies={"rich": RICH})  # fmt: skip
    start = begin(scenario, 0, RULES)
    engine = CompiledPeople(start.people.copy(), start.ties, start.key, start.neutral.world, RULES)
    lived_on = Course(start, "rich", scenario.strategies["rich"], engine)
    for _ in range(4):
        lived_on.step()
    assert lived_on.months[-1].totals.came_over > 0
    return lived_on


def spoil_customers(books: Any, months: Any, people: Any) -> None:
    books[1].alive += 1


def spoil_came(books: Any, months: Any, people: Any) -> None:
    months[2].totals.came_over += 1


def spoil_firm(books: Any, months: Any, people: Any) -> None:
    people["firm"][0] = 3


SPOILT = {
    "customers of all companies and others are all people": spoil_customers,
    "who has gone over has come over": spoil_came,
    "everybody is with one of the companies or with none": spoil_firm,
}


@pytest.mark.parametrize("text", SPOILT)
def test_identities__between_companies_catch_a_planted_error(text):
    desks = course().desks
    books, months, people = copy.deepcopy(
        ([desk.books for desk in desks], [desk.months[-1] for desk in desks],
         course().engine.columns())
    )  # fmt: skip
    assert [name for name, _ in between(books, months, people)] == list(SPOILT)
    verify_market(books, months, people)
    SPOILT[text](books, months, people)
    with pytest.raises(Broken, match=text):
        verify_market(books, months, people)


@pytest.mark.parametrize("name", ["spend", "contribution"])
def test_identities__what_was_done_where_one_left_is_of_that_company(name):
    """Who has gone over in this month dealt with the company left, and an error in that shows."""
    people = course().engine.columns().copy()
    over = np.flatnonzero((people["firm"] >= 0) & (people["past"] >= 0) & (people["tenure"] == 0))
    over = over[people["dealt"][over] != people["firm"][over]]
    left = int(people["past"][over[0]])
    assert people["dealt"][over[0]] == left
    people[name][over[0]] += 1
    for firm, desk in enumerate(course().desks):
        if firm == left:
            with pytest.raises(Broken):
                verify(desk.books, desk.months[-1], 0, people, firm)
        else:
            verify(desk.books, desk.months[-1], 0, people, firm)


# Power: 3,840 customers of each company. Retention is that of the same people with the same luck in
# a market without names, so what differs is whom rivals reach: known to about .4 points. A share is
# known to 1.1 points.
@pytest.mark.proof
@pytest.mark.parametrize("number", [1, 2])
def test_neutral__companies_that_are_equal_stay_so(number):
    """Retention stays in place, nobody gains, and beliefs do not drift."""
    share = 0.32
    rivals = [{"name": f"rival_{k}", "share": share} for k in range(number)]

    def among(others: list[dict[str, Any]]) -> Run:
        return lived(
            small(
                market=market("telecom", belief=share, rivals=others),
                population={"size": 12_000, "customer_share": share, "start": "cohort"},
                network={"kind": "small_world", "degree": 8},
                horizon=61,
            )
        )

    def kept(run: Run) -> Any:
        frame = run.retention[(run.retention["company"] == 0) & (run.retention["cohort"] == 0)]
        return frame.set_index("age")["share"][[12, 24, 36, 48, 60]].to_numpy()

    result = among(rivals)
    assert np.abs(kept(result) - kept(among([]))).mean() < 0.01
    last = result.curves[result.curves["month"] == 60]
    assert np.ptp(last["market_share"]) < 0.04
    over = result.curves.groupby("company")[["came_over", "went_over"]].sum()
    gap = (over["came_over"] - over["went_over"]).abs()
    assert (gap < 4.0 * np.sqrt(over.sum(axis=1))).all()
    beliefs = result.people["belief"].mean(axis=0)[: number + 1]
    assert np.abs(beliefs - share).max() < 0.01


CHURN = "churn_rate_true"


def home_of(result: Run, name: str) -> Any:
    curves = result.curves[result.curves["company"] == 0]
    return curves.set_index("month")[name]


def test_price_war__begins_when_it_begins():
    """Until then the same bits; from then on the home company loses more, though it did nothing."""
    war = {"changes": [{"month": 12, "set": {"offer.price": 0.7}}]}
    big = {"size": 8000, "customer_share": 0.35, "start": "base"}
    peace, fought = (
        lived(scene([{"name": "other", "share": 0.5, "strategy": s}], horizon=24, population=big))
        for s in ({}, war)
    )
    for name in (CHURN, "customers", "equity", "market_share"):
        assert (home_of(peace, name)[:12] == home_of(fought, name)[:12]).all()
    usual, more = (home_of(r, CHURN)[12:].mean() for r in (peace, fought))
    assert 1.1 < more / usual < 1.8  # at most exp(1.5 * .3)
    assert home_of(fought, "went_over")[12:].sum() > home_of(peace, "went_over")[12:].sum()
    assert home_of(fought, "market_share")[23] < home_of(peace, "market_share")[23] - 0.01


def test_entry__begins_with_nobody_and_takes_from_others():
    big = {"size": 8000, "customer_share": 0.35, "start": "base"}
    late = {"name": "late", "share": 0.3, "strategy": {"fixed_cost": 5.0, "offer": {"price": 0.9}}}
    soon, later = (
        lived(scene([{**late, "enters": month}], horizon=24, population=big)) for month in (8, 23)
    )
    entrant = soon.curves[soon.curves["company"] == 1].set_index("month")
    before = entrant[:8]
    for name in ("customers", "joined", "acquisition", "fixed", "profit"):
        assert (before[name] == 0).all()
    assert (entrant["fixed"][8:] == 5.0).all()
    assert entrant["joined"][8:].sum() > 50
    for name in (CHURN, "customers", "equity"):
        assert (home_of(soon, name)[:8] == home_of(later, name)[:8]).all()
    assert home_of(soon, "customers")[23] < home_of(later, "customers")[23]


# Bad input.


def refused(*words: str) -> str:
    with pytest.raises(es.BadInput) as error:
        es.scenario(*words)
    text = str(error.value)
    assert "\n" not in text
    return text


@pytest.mark.parametrize(
    ("rivals", "said"),
    [
        ("[{name: other, share: .3, strategy: pionts_only}]",
         "market.rivals[0]: strategy: no preset 'pionts_only'; did you mean 'points_only'?"),
        ("[{name: other, share: .3, strategy: ./none_such.yaml}]", "none_such.yaml: no such file"),
        ("[{name: other, share: .3, strategy: {points: {earn: 2}}}]",
         "market.rivals[0].strategy.points.earn: got 2, allowed 0 to 0.5"),
        ("[{name: other, share: .7}]", "shares of 0.7 in all, allowed are at most 0.65"),
        ("[{name: other, share: .2}, {name: other, share: .2}]", "got 'other' twice"),
        ("[{name: home, share: .2}]", "got the name 'home'"),
        ("[{name: other, share: 0}]", "market.rivals[0].share: got 0, allowed above 0 to below 1"),
        ("[{name: other, share: .2, enters: 60}]", "market.rivals[0].enters: got 60"),
        ("[{name: other}]", "market.rivals[0].share: missing"),
        ("[{name: other, share: .2, strategy: {flywheel: {reinvested: .5, quality: 1}}}]",
         "flywheel.reinvested: got 0.5, allowed for a rival is 0"),
        ("[{name: other, share: .2, copies: 0}]", "market.rivals[0].copies: got 0"),
        ("[" + ",".join(f"{{name: r{k}, share: .01}}" for k in range(8)) + "]", "market.rivals:"),
        ("5", "market.rivals: got 5"),
    ],
)  # fmt: skip
def test_rivals__bad_input_is_one_line(rivals, said):
    assert said in refused(f"market.rivals={rivals}")


def test_rivals__are_resolved_like_other_strategies(tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_text("points: {earn: 0.03}\n", encoding="utf-8")
    scenario = es.scenario(
        f"market.rivals=[{{name: one, strategy: points_only, share: .2}}, "
        f"{{name: two, strategy: '{file}', share: .1}}, "
        "{name: three, strategy: {offer: {price: .9}}, share: .1}]"
    )
    one, two, three = scenario.market.rivals
    assert one.strategy == preset("points_only")
    assert two.strategy.points.earn == 0.03
    assert three.strategy.offer.price == 0.9
    same = Scenario.model_validate(scenario.model_dump())
    assert same.identity() == scenario.identity() != es.scenario().identity()


@settings(max_examples=10)
@given(st.integers(0, 7))
def test_doubt__of_going_over_only_where_there_is_somebody(number):
    from engagesim.sim.doubt import uncertain

    rivals = [{"name": f"r{k}", "share": 0.05, "strategy": ITS_OWN} for k in range(number)]
    names = {one.name for one in uncertain(scene(rivals))}
    assert ("staying_in_category" in names) == (number > 0)
