"""The engagement score: what may be written, what it comes to, what a company can see at all."""

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import engagesim as es
from engagesim.agents.score import KEPT, SEEN, Sight, best, named, read_by, scores
from engagesim.agents.state import Person, fields
from engagesim.scenarios.formula import ALLOWED, INTERACTIONS, LARGEST, USUAL, parsed
from engagesim.sim.run import begin, run, simulate

from .cases import RULES, market, people_differing, preset, same_bits, small, world

PEOPLE = 7
LUCK = np.random.default_rng(5)
COLUMNS = {name: LUCK.integers(0, 4, PEOPLE).astype(float) for name in INTERACTIONS}


def test_interactions__are_all_seen_and_in_no_mind():
    assert list(SEEN) == list(INTERACTIONS)
    assert {how.field for how in SEEN.values()} <= set(fields(Person))
    minds = {"satisfaction", "trust", "engagement", "praise", "warnings", "alive", "rate", "belief"}
    assert not minds & {how.field for how in SEEN.values()}
    assert named(parsed(USUAL)) <= set(INTERACTIONS)


# What a formula comes to.

number = st.one_of(st.integers(0, 1000).map(str), st.sampled_from(["0", ".5", "2.25", "1e3"]))
expression = st.recursive(
    st.one_of(number, st.sampled_from(list(INTERACTIONS))),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-*"), inner).map(lambda t: f"({' '.join(t)})"),
        inner.map(lambda part: f"-{part}"),
        st.tuples(st.sampled_from(["min", "max"]), st.lists(inner, min_size=2, max_size=3)).map(
            lambda t: f"{t[0]}({', '.join(t[1])})"
        ),
    ),
    max_leaves=12,
)


@given(expression)
def test_formula__is_what_arithmetic_says(text):
    """Against Python's own evaluation, person by person; only here is anything evaluated."""
    found = scores(parsed(text), COLUMNS, PEOPLE)
    for who in range(PEOPLE):
        names = {name: column[who] for name, column in COLUMNS.items()}
        expected = eval(text, {"__builtins__": {}, "min": min, "max": max}, names)
        assert found[who] == pytest.approx(expected, rel=1e-12, abs=1e-9)


def test_formula__division_by_nothing_is_nothing():
    seen = {"ideas": np.array([1.0, 2.0, 0.0]), "contacts": np.array([0.0, 4.0, 0.0])}
    assert scores(parsed("ideas/contacts"), seen, 3).tolist() == [0.0, 0.5, 0.0]
    assert scores(parsed("1/(2 - 2)"), seen, 3).tolist() == [0.0] * 3


def test_formula__is_finite_whatever_it_multiplies():
    huge = "*".join(["1e6"] * 40)
    seen = {"ideas": np.array([0.0, 1.0])}
    assert np.isfinite(scores(parsed(f"ideas*{huge}*{huge} - {huge}*{huge}"), seen, 2)).all()


@pytest.mark.parametrize(
    ("text", "named_in_it"),
    [
        ("2*refferals", "refferals"),
        ("engagement", "engagement"),
        ("purchases**2", "purchases ** 2"),
        ("purchases % 2", "purchases % 2"),
        ("purchases < 2", "purchases < 2"),
        ("+purchases", "+purchases"),
        ("true", "true"),
        ("True", "True"),
        ("'ideas'", "'ideas'"),
        ("1e7", "10000000.0"),
        ("1e999", "1e309"),
        ("2j", "2j"),
        ("min(ideas)", "min(ideas)"),
        ("min(*ideas, 2)", "*ideas"),
        ("min(ideas, key=2)", "min(ideas, key=2)"),
        ("abs(ideas)", "abs(ideas)"),
        ("ideas.real", "ideas.real"),
        ("ideas[0]", "ideas[0]"),
        ("(lambda: 1)()", "(lambda: 1)()"),
        ("__import__('os').system('true')", "__import__('os').system('true')"),
        ("ideas if tier else 2", "ideas if tier else 2"),
        ("(ideas := 3)", "(ideas := 3)"),
        ("min", "min"),
        ("ideas, told", "(ideas, told)"),
        ("ideas +", "ideas +"),
        (" ", " "),
        ("2 ideas", "2 ideas"),
        ("1" * 150, "1" * 57 + "..."),
        ("(" * 100 + "1" + ")" * 99, "(" * 57 + "..."),
        ("-" * 199, "-" * 57 + "..."),
        ("ideas\0", "ideas\0"),
    ],
)
def test_formula__anything_else_is_refused_by_name(text, named_in_it):
    with pytest.raises(ValueError, match=re.escape(f"got {named_in_it!r}, allowed are {ALLOWED}")):
        parsed(text)


def test_formula__deep_ones_within_the_size_are_read():
    assert parsed("(" * 90 + "ideas" + ")" * 90) == "ideas"
    assert float(scores(parsed("-" * 150 + "ideas"), {"ideas": np.ones(1)}, 1)[0]) == 1.0
    assert parsed(f"{LARGEST:g}") == LARGEST
    assert parsed("ideas\n  + told") == ("+", ("ideas", "told"))


def test_score__bad_input_is_one_line():
    with pytest.raises(
        es.BadInput, match=r"^strategies\.flywheel\.score: got 'refferals', allowed"
    ):
        es.scenario("strategies.flywheel.score='2*refferals'")
    with pytest.raises(es.BadInput, match=r"score: got '1\+1.*allowed text of at most 200"):
        es.scenario(f"strategies.flywheel.score='{'1+' * 150}1'")
    with pytest.raises(ValueError, match="month 3: score: got 'joy', allowed are interactions"):
        preset("none").model_validate({"changes": [{"month": 3, "set": {"score": "joy"}}]})


# What a company sees.


class Table(dict[str, np.ndarray]):
    """People by column, all zero where nothing is said."""

    def gather(self, names: Any) -> dict[str, np.ndarray]:
        return {name: self.get(name, np.zeros(4, dtype=int)) for name in names}


def test_sight__counts_fade_over_a_year_and_end_with_identification():
    sight, there = Sight(), world(contractual=0)
    people = Table(
        firm=np.array([0, 0, 1, -1]), dealt=np.array([0, 0, 1, -1]),
        listed=np.array([1, 1, 1, 0]), member=np.array([1, 0, 1, 1]), ideas=np.ones(4, dtype=int),
    )  # fmt: skip

    def note(firm: int) -> Any:
        return sight.note(people.gather(read_by("ideas")), firm, there, "ideas")

    seen = [note(0)[0]["ideas"] for _ in range(300)]
    assert seen[0].tolist() == [1.0, 0.0, 0.0, 0.0]
    assert seen[1][0] == 1.0 + KEPT
    assert seen[-1][0] == pytest.approx(12.0)  # one a month: twelve a year
    people["member"] = np.array([0, 1, 1, 1])
    assert note(0)[0]["ideas"].tolist() == [0.0, 1.0, 0.0, 0.0]
    assert note(1)[1].tolist() == [False, False, True, False]


def test_sight__without_a_contract_purchases_show_with_the_card_only():
    people = Table(
        listed=np.ones(4, dtype=int), member=np.array([1, 1, 0, 0]), purchases=np.full(4, 2),
        identified=np.array([1, 0, 1, 0]), encounters=np.full(4, 3),
    )  # fmt: skip
    term = parsed("purchases + contacts")
    seen, known = Sight().note(people.gather(read_by(term)), 0, world(contractual=0), term)
    assert known.tolist() == [True, True, False, False]
    assert seen["purchases"].tolist() == [2.0, 0.0, 0.0, 0.0]
    assert seen["contacts"].tolist() == [3.0, 3.0, 0.0, 0.0]
    people["identified"] = np.ones(4, dtype=int)  # by a bill
    seen, known = Sight().note(people.gather(read_by(term)), 0, world(contractual=1), term)
    assert known.all()
    assert seen["purchases"].tolist() == [2.0] * 4


@given(
    st.lists(st.tuples(st.integers(-3, 3), st.booleans()), min_size=1, max_size=60),
    st.floats(0.0, 1.0),
)
def test_best__are_those_that_sorting_gives(people, share):
    """Score descending, then id."""
    found = np.array([float(score) for score, _ in people])
    known = np.array([is_known for _, is_known in people])
    chosen = np.flatnonzero(best(found, known, share)).tolist()
    ranked = sorted(np.flatnonzero(known).tolist(), key=lambda who: (-found[who], who))
    assert sorted(ranked[: len(chosen)]) == chosen
    assert abs(len(chosen) - share * known.sum()) <= 0.5


# In a run.


@pytest.mark.parametrize("name", ["telecom", "apparel"])
def test_score__is_the_mean_over_identified_customers(name):
    """Of bills a year, which all have, it is known in closed form; engines agree to the bit."""
    strategy = preset("points_only").model_copy(update={"score": "purchases"})
    scenario = small(market=market(name), strategies={"scored": strategy}, horizon=9)
    lived = simulate(scenario, "scored")
    column = lived.curves["engagement_score"].to_numpy()
    assert same_bits(column, simulate(scenario, "scored", engine="mesa").curves["engagement_score"])
    if name == "telecom":
        months = np.arange(1, 10)
        there = lived.curves["joined"].sum() == 0
        expected = (1.0 - KEPT**months) * 12.0
        assert column[0] == 1.0
        assert column == pytest.approx(expected) if there else (column <= expected + 1e-9).all()
    else:
        assert np.isfinite(column).any()


def test_score__changes_nothing_and_is_kept_by_those_who_have_one():
    scenario = small(strategies={"plain": preset("flywheel_with_points")})
    scored = scenario.strategies["plain"].model_copy(update={"score": USUAL})
    start = begin(scenario, 0, RULES)
    plain = run(start, "plain", scenario.strategies["plain"], RULES)
    with_score = run(start, "plain", scored, RULES)
    assert people_differing(plain.people, with_score.people) == []
    assert np.isnan(plain.curves["engagement_score"]).all()
    assert np.isfinite(with_score.curves["engagement_score"]).all()
    rest = [column for column in plain.curves if column != "engagement_score"]
    assert plain.curves[rest].equals(with_score.curves[rest])
