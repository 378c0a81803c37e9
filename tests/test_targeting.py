"""Targeting: who is picked among the identified, whom it reaches, and what a holdout measures."""

from typing import Any

import numpy as np
import pytest

from engagesim.agents.company import Company
from engagesim.agents.rules import contact, deals
from engagesim.agents.rules.journey import meant_for
from engagesim.agents.state import Person, fields
from engagesim.scenarios.levers import Levers, Strategy
from engagesim.scenarios.scenario import Scenario
from engagesim.sim.generator import key_of, luck_of_targets
from engagesim.sim.run import Run, begin, revised, run, simulate

from .cases import RULES, differing, lived, market, offer, person, preset, small, world


class Crowd:
    """Columns of some customers of company 0, all members, as a company reads them."""

    def __init__(self, size: int, **columns: Any) -> None:
        self.columns = {name: np.zeros(size, dtype=np.int64) for name in fields(Person)}
        self.columns["unseen"] -= 1
        for name in ("member", "listed", "identified"):
            self.columns[name] += 1
        for name, values in columns.items():
            self.columns[name] = np.array(values)
        self.columns["dealt"] = self.columns["firm"]

    def gather(self, names: Any) -> dict[str, Any]:
        return {name: self.columns[name] for name in names}

    def mark(self, name: str, values: Any, among: Any) -> None:
        self.columns[name] = np.where(among, values, self.columns[name])


def spared(crowd: Crowd, marketing: dict[str, Any], months: int = 1, **more: Any) -> list[int]:
    """Who is spared after so many months of picking."""
    there = world(small(market=market("apparel")), month=0)
    levers = Levers.model_validate({"marketing": marketing, **more})
    company = Company([(0, levers)], small().market)
    for month in range(months):
        there.month = month
        company.target(crowd, 0, there, luck_of_targets(key_of(1, 0), 0))
    return list(map(int, crowd.columns["spared"]))


@pytest.mark.parametrize(
    ("by", "column"),
    [("frequency", "purchases"), ("value", "spend"), ("signal", "wishing")],
)
def test_pick__the_best_by_what_is_seen_ties_by_id(by, column):
    """Half of six, to whom ever more is seen; then half of six equals."""
    target = {"timing": 0.5, "target": {"by": by, "share": 0.5}}
    rising = [0, 1, 2, 3, 4, 5]
    assert spared(Crowd(6, **{column: rising}), target) == [1, 1, 1, 0, 0, 0]
    low = {"timing": 0.5, "target": {"by": by, "share": 0.5, "order": "low"}}
    assert spared(Crowd(6, **{column: rising}), low) == [0, 0, 0, 1, 1, 1]
    assert spared(Crowd(6), target) == [0, 0, 0, 1, 1, 1]


def test_pick__by_the_companys_own_score():
    target = {"target": {"by": "score", "share": 0.25}}
    crowd = Crowd(4, purchases=[3, 0, 1, 2], spend=[0, 0, 0, 0])
    assert spared(crowd, target, score="10 - purchases") == [1, 0, 1, 1]


def test_pick__by_recency_of_purchases_seen():
    """A purchase without the card is not seen; what the books say of before is."""
    target = {"target": {"by": "recency", "share": 0.5}}
    crowd = Crowd(4, silence=[1, 5, 3, 2], purchases=[0, 1, 1, 0], identified=[1, 1, 0, 1])
    assert spared(crowd, target) == [0, 0, 1, 1]


def test_pick__leaves_alone_whom_it_cannot_tell_apart_and_whom_others_have():
    target = {"target": {"share": 0.0}}
    crowd = Crowd(
        4, member=[1, 0, 1, 1], listed=[1, 1, 0, 1], firm=[0, 0, 0, 1], spared=[0, 0, 0, 2]
    )
    assert spared(crowd, target) == [1, 0, 0, 2]


def test_pick__at_random_is_another_share_every_month_and_the_holdout_the_same():
    """2,000 people: shares within 4 standard errors."""
    crowd = Crowd(2000)
    months = []
    target = {"holdout": 0.2, "target": {"by": "random", "share": 0.3}}
    for month in (1, 2):
        months.append(np.array(spared(crowd, target, month)))
    first, second = months
    assert np.array_equal(first == 2, second == 2)
    assert abs((first == 2).mean() - 0.2) < 4 * np.sqrt(0.2 * 0.8 / 2000)
    within = first != 2
    assert abs((first[within] == 0).mean() - 0.3) < 0.001
    both = ((first == 0) & (second == 0))[within].mean()
    assert abs(both - 0.09) < 4 * np.sqrt(0.09 * 0.91 / 1600)


def test_spared__as_with_no_messages_no_coupon_and_nothing_meant_for_them():
    there = world()
    loud = offer({"marketing": {"messages": 40.0, "coupon": 0.3}})
    left_out, reached = person(spared=1, deal_prone=1.0), person(deal_prone=1.0)
    silent = offer({"marketing": {"messages": 0.0}})
    assert contact.response(left_out, loud, there) == contact.response(reached, silent, there)
    assert contact.overload(left_out, loud, there) == 0.0 < contact.overload(reached, loud, there)
    luck = type("Luck", (), {"coupon": 0.0})
    for customer in (left_out, reached):
        customer.purchases = 1
        deals.deal(customer, loud, there, luck)
    assert (left_out.couponed, reached.couponed) == (0, 1)
    assert not meant_for(left_out, 0, there)
    assert meant_for(reached, 0, there)


def test_cap__is_the_most_that_is_sent_and_paid_for():
    there = world()
    capped = offer({"marketing": {"messages": 40.0, "cap": 3.0}}, world=there)
    assert vars(capped) == vars(offer({"marketing": {"messages": 3.0}}, world=there))
    above = offer({"marketing": {"messages": 3.0, "cap": 40.0}}, world=there)
    assert vars(above) == vars(offer({"marketing": {"messages": 3.0}}, world=there))


LOUD = {"messages": 4.0, "coupon": 0.25, "relevance": 0.8, "message_price": 0.1}
DEAR = {"proactive": 0.5, "surprise": 0.5, "surprise_price": 1.0}


def trial(marketing: dict[str, Any], name: str = "telecom", **changes: Any) -> Scenario:
    """A strategy that messages, surprises and calls, to whom it aims at."""
    tried = {
        "points": {"earn": 0.02, "automatic": True},
        "marketing": {**LOUD, **marketing},
        "service": DEAR,
    }
    return small(**{
        "market": market(name),
        "population": {"size": 300, "customer_share": 0.7, "start": "base"},
        "strategies": {"tried": tried},
        **changes,
    })  # fmt: skip


AIMED = {"holdout": 0.2, "target": {"by": "frequency", "share": 0.5}}


@pytest.mark.parametrize("name", ["telecom", "apparel"])
def test_targeting__both_engines_agree_and_only_targets_are_paid_for(name):
    scenario = trial(AIMED, name)
    found = lived(scenario)
    assert differing(found, lived(revised(scenario, engine="mesa"))) == []
    people, last = found.people, found.curves.iloc[-1]
    known = (people["listed"] == 1) & ((people["member"] == 1) | (name == "telecom"))
    held = known & (people["spared"] == 2)
    assert last["held_out"] > 0
    assert held.any()
    assert last["targeted"] < last["customers"]
    for flow in ("couponed", "approached", "surprises"):
        assert found.people[flow][people["spared"] == 0].any()
        assert not found.people[flow][people["spared"] > 0].any()
    spent, usual = found.curves["marketing"], lived(trial({}, name)).curves["marketing"]
    assert (spent[1:] < usual[1:]).all()  # nobody has enrolled yet when month 0 begins


def test_targeting__of_two_companies_leaves_each_other_s_customers_alone():
    """Month after month, though each reads everybody before the other has marked its own."""
    crowd = Crowd(80, firm=[0, 1] * 40, spend=np.arange(80))
    levers = Levers.model_validate({"marketing": {"target": {"share": 0.5}, "holdout": 0.3}})
    companies = [Company([(0, levers)], small().market) for _ in range(2)]
    there = world(small(market=market("apparel")), month=0)
    for month in range(4):
        there.month = month
        marked = []
        for firm, company in enumerate(companies):
            company.target(crowd, firm, there, luck_of_targets(key_of(1, 0), firm))
            marked.append(np.array(crowd.columns["spared"])[crowd.columns["firm"] == firm])
        for firm, own in enumerate(marked):
            assert list(crowd.columns["spared"][crowd.columns["firm"] == firm]) == list(own)
            assert {1, 2} <= set(own)
        crowd.columns["spend"] = crowd.columns["spend"][::-1]  # others are the best now
        for firm, company in enumerate(companies):
            company.targeting.measure(crowd, firm, there)


def test_targeting__nobody_is_as_no_messages_at_all():
    """With a share of nothing, under contract, all are as if nothing were sent: to the bit."""
    nobody = lived(trial({"target": {"share": 0.0}}))
    silent = {"points": {"earn": 0.02, "automatic": True}, "marketing": {**LOUD, "messages": 0.0,
              "coupon": 0.0}}  # fmt: skip
    none = lived(trial({}, strategies={"tried": silent}))
    # What a programme spends beyond neutral management does not count the messages it spares.
    own = ("spared", "targeted", "programme")
    assert [key for key in differing(nobody, none) if not any(name in key for name in own)] == []


def test_targeting__everybody_marks_nobody_and_a_change_back_frees_all():
    assert not lived(trial({})).people["spared"].any()
    back = {"month": 3, "set": {"marketing.target.share": 1.0, "marketing.holdout": 0.0}}
    tried = {"marketing": {**LOUD, **AIMED}, "changes": [back]}
    found = lived(trial({}, strategies={"tried": tried}))
    assert (found.curves["held_out"][:3] > 0).all()
    assert not found.curves["held_out"][3:].any()
    assert not found.people["spared"].any()


def campaign(scenario: Scenario, **marketing: Any) -> Run:
    """The run of a campaign, on 20,000 people for a year."""
    tried = Strategy.model_validate({"marketing": {"holdout": 0.5, **marketing}})
    return run(begin(scenario, 0, RULES), "tried", tried, RULES)


def test_holdout__measures_what_twins_say_it_brings():
    """The same people with the same luck, once without messages: their difference is the truth.

    What the company measures differs from it by the luck of who was held out, which the same
    comparison without messages shows: less that, both agree.
    """
    scenario = small(
        population={"size": 20_000, "customer_share": 0.7, "start": "base"}, horizon=12,
        checks=False,
    )  # fmt: skip
    measured = campaign(scenario, messages=4.0).summary["campaign_spend"]
    of_luck = campaign(scenario, messages=4.0, target={"share": 0.0}).summary["campaign_spend"]
    all_, none = (
        lived(small(**{**dict(scenario), "strategies": {"tried": {"marketing": {"messages": n}}}}))
        for n in (4.0, 0.0)
    )
    months = all_.curves["customers"].sum(), none.curves["customers"].sum()
    truth = all_.curves["revenue"].sum() / months[0] - none.curves["revenue"].sum() / months[1]
    assert truth > 0.0
    assert measured - of_luck == pytest.approx(truth, rel=0.1)


def test_holdout__without_one_nothing_is_reported():
    assert not [key for key in lived(trial({})).summary if key.startswith("campaign")]
    found = lived(trial(AIMED)).summary
    assert {"campaign_purchases", "campaign_spend", "campaign_retention"} <= set(found)


def test_signal__needs_wishes_to_be_looked_for():
    with pytest.raises(ValueError, match=r"target.by: got 'signal', allowed only where wishes"):
        Levers.model_validate({"marketing": {"target": {"by": "signal", "share": 0.5}}})


def test_targeting__presets_are_unchanged():
    assert simulate(small(), "none").curves["held_out"].sum() == 0
    assert preset("none").marketing.target.share == 1.0
