"""The engagement map: it counts what happened, by stage, and changes nothing."""

import numpy as np
import pandas as pd
import pytest

import engagesim as es
from engagesim.agents.rules.journey import LAPSED, PROSPECT, STAGES
from engagesim.sim.journeys import ACTS, BOND
from engagesim.sim.journeys_picture import DRAWN, map_figure
from engagesim.sim.main import main
from engagesim.sim.run import revised, run, simulate

from .cases import RICH, RULES, begin, differing, market, people_differing, small

SAME = {
    "purchases": "purchases", "contacts": "encounters", "failures": "failures",
    "appointments": "consulted", "ideas": "ideas",
    "complaints": "complaints", "posts": "posts", "shares": "paid_praise",
}  # fmt: skip
"""Interactions of which the curves know the total."""
MARKETS = ("telecom", "apparel")


def setting(name: str, **changes):
    return small(
        market=market(name, failure=0.3, encounters=2.0),
        population={"size": 300, "start": "base", "customer_share": 0.6},
        network={"kind": "small_world", "degree": 6},
        strategies={"rich": {**RICH, "score": "purchases + 5*ideas"}},
        horizon=30,
        map=True,
        **changes,
    )


@pytest.fixture(scope="module", params=MARKETS)
def lived(request):
    scenario = setting(request.param)
    start = begin(scenario, 0, RULES)
    return scenario, start, run(start, "rich", scenario.strategies["rich"], RULES)


def by_stage(found: pd.DataFrame, column: str) -> pd.Series:
    return found.drop_duplicates("stage").set_index("stage")[column]


def test_map__has_a_row_for_each_stage_and_interaction(lived):
    found = lived[2].map
    assert list(found["stage"].unique()) == list(STAGES)
    assert list(found["interaction"].unique()) == list(ACTS)
    assert len(found) == len(STAGES) * len(ACTS)
    assert found["count"].dtype == np.int64


def test_map__counts_are_those_of_the_books(lived):
    scenario, _, found = lived
    counts = found.map.groupby("interaction")["count"].sum()
    assert {name: counts[name] for name in SAME} == {
        name: found.curves[column].sum() for name, column in SAME.items()
    }
    # Former customers warn too: without a contract the books still hold some of them.
    alive = found.curves["customers_true"]
    own = found.map[found.map["stage"] != "lapsed"].groupby("interaction")["count"].sum()
    talked = (found.curves["wom_negative"] * alive).sum()
    if scenario.market.setting == "contractual":
        assert own["warnings"] + own["posts"] == pytest.approx(talked)
    else:
        assert counts["warnings"] + counts["posts"] >= talked - 1e-6
        assert own["warnings"] + own["posts"] <= talked + 1e-6


def test_map__people_are_everybody(lived):
    scenario, start, found = lived
    people = by_stage(found.map, "people")
    assert people.sum() == pytest.approx(scenario.population.size)
    before = np.concatenate([[(start.people["alive"] == 1).sum()], found.curves["customers_true"]])
    assert people.drop(["prospect", "lapsed"]).sum() == pytest.approx(before[:-1].mean())
    share = by_stage(found.map, "share")
    assert share.sum() == pytest.approx(1.0)
    assert share[["prospect", "lapsed"]].isna().all()
    there = (found.map["people"] * scenario.horizon).to_numpy()
    rate, count = (found.map[name].to_numpy()[there > 0.0] for name in ("rate", "count"))
    assert rate * there[there > 0.0] == pytest.approx(count)


def test_map__nobody_outside_does_what_customers_do(lived):
    found = lived[2].map
    outside = found[found["stage"].isin(["prospect", "lapsed"])]
    done = set(outside.loc[outside["count"] > 0, "interaction"])
    assert done <= {"warnings", "referrals"}
    assert not found.loc[found["stage"] == "prospect", "count"].any()


def test_map__the_bond_is_that_of_the_people(lived):
    """Weighted by people, stages average to the customers' mean at the months' starts."""
    _, start, found = lived
    people, ours = by_stage(found.map, "people"), [s for s in STAGES if s not in
                                                   (STAGES[PROSPECT], STAGES[LAPSED])]  # fmt: skip
    alive = start.people["alive"] == 1
    for name in ("satisfaction", "trust", "engagement"):
        bond = by_stage(found.map, name).fillna(0.0)
        mean = float((bond * people)[ours].sum() / people[ours].sum())
        many = np.concatenate([[alive.sum()], found.curves["customers_true"][:-1]])
        felt = np.concatenate([[start.people[name][alive].mean()], found.curves[name][:-1]])
        assert mean == pytest.approx(float((many * felt).sum() / many.sum()), rel=1e-9)
    assert by_stage(found.map, "engagement_score").notna().any()


def test_map__changes_nothing_and_is_no_part_of_the_identity(lived):
    scenario, start, found = lived
    without = revised(scenario, map=False)
    plain = run(start._replace(scenario=without), "rich", without.strategies["rich"], RULES)
    assert plain.map is None
    assert without.identity("rich", 0) == scenario.identity("rich", 0)
    assert people_differing(plain.people, found.people) == []
    assert differing(plain, found) == []


@pytest.mark.parametrize("name", MARKETS)
def test_map__is_the_same_on_both_engines(name):
    scenario = revised(setting(name), horizon=8)
    one = simulate(scenario, "rich", engine="compiled").map
    other = simulate(scenario, "rich", engine="mesa").map
    pd.testing.assert_frame_equal(one, other, check_exact=True)


def test_map__ambassadors_are_an_interaction_and_no_stage():
    assert "ambassadors" in ACTS
    assert len(STAGES) == 7
    assert not any("ambassador" in name for name in STAGES)


def test_picture__labels_do_not_overlap(lived):
    figure = map_figure(lived[2].map)
    figure.canvas.draw()
    cells, bond = figure.axes
    assert len(cells.get_xticklabels()) == len(DRAWN)
    for labels in (cells.get_xticklabels(), cells.get_yticklabels(), bond.texts):
        boxes = [label.get_window_extent() for label in labels if label.get_text()]
        assert not any(a.overlaps(b) for k, a in enumerate(boxes) for b in boxes[:k])
        assert all(box.x0 >= 0 and box.x1 <= figure.bbox.x1 for box in boxes)
    assert {text.get_text() for text in bond.texts} == set(BOND)


def test_run__writes_the_map(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    words = ["run", "strategy=none", "population.size=200", "horizon=3", "network=none"]
    assert main([*words, "map=on", "out=mapped"]) == 0
    assert main([*words, "out=plain"]) == 0
    assert (tmp_path / "mapped" / "figures" / "map.png").is_file()
    kept = pd.read_parquet(tmp_path / "mapped" / "map.parquet")
    scenario = es.scenario(*words[1:], "map=true")
    pd.testing.assert_frame_equal(kept, simulate(scenario, "none").map)
    assert not list((tmp_path / "plain").rglob("map.*"))


def test_map__is_of_the_home_company_where_rivals_have_names():
    scenario = setting("telecom")
    room = scenario.market.model_dump() | {"rivals": [{"name": "other", "share": 0.2}]}
    found = simulate(revised(scenario, market=room, horizon=6), "rich")
    ours = found.curves[found.curves["company"] == 0]
    counts = found.map.groupby("interaction")["count"].sum()
    assert counts["purchases"] == ours["purchases"].sum()
    assert found.curves["purchases"].sum() > counts["purchases"]
    assert by_stage(found.map, "people").sum() < scenario.population.size
