"""The decision pictures: they show what was found, nothing collides, the winner is named."""

import copy
import functools
import itertools
import re
from collections.abc import Callable

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from engagesim import compare, scenario
from engagesim.scenarios.scenario import Scenario
from engagesim.sim.board import board_of
from engagesim.sim.board_parts import MOST, dots_of, drawn, money, percent
from engagesim.sim.board_reasons import INPUTS, effects_between, meanings, shown_inputs
from engagesim.sim.compare import Comparison
from engagesim.sim.doubt import uncertain
from engagesim.sim.drawing import colours_of, shown, styled
from engagesim.sim.figures import figures_of

from .test_output import FIVE, long_names, written

SMALL = ("population.size=300", "horizon=14", "worlds=20")
BOARD = {"difference", "doubt", "flips", "individuals"}


def long_and_different(composed: Scenario) -> Scenario:
    names = [
        "a_programme_with_quite_a_long_name",
        "NEW_WEEKEND_MEMBERSHIP_PROGRAMME_2026",
        "one_more_with_a_long_name",
    ]
    strategies = dict(zip(names, composed.strategies.values(), strict=True))
    return Scenario.model_validate({**dict(composed), "strategies": strategies})


CASES: dict[str, Callable[[], Scenario]] = {
    "two": lambda: scenario(*SMALL, "market=telecom"),
    "two_reversed": lambda: scenario(*SMALL, "market=telecom", "strategy=[flywheel,points_only]"),
    "five_no_contracts": lambda: scenario(*SMALL, "market=apparel", FIVE),
    "luck": lambda: scenario(*SMALL, "uncertainty=luck", "worlds=6"),
    "few_worlds": lambda: scenario(*SMALL, "worlds=2"),
    "long_names": lambda: long_names(scenario(*SMALL, "population=cohort")),
    "long_and_different": lambda: long_and_different(
        scenario(*SMALL, "strategy=[flywheel,points_only,none]")
    ),
    "nobody": lambda: scenario(
        "population.customer_share=0", "population.size=5", "horizon=3", "worlds=3"
    ),
    "one_world": lambda: scenario(*SMALL, "worlds=1"),
    "one_strategy": lambda: scenario(*SMALL, "strategy=flywheel", "worlds=2"),
}
EXPECTED = dict.fromkeys(CASES, BOARD) | {
    "long_names": {"difference", "doubt"},  # two of them are one strategy
    "nobody": BOARD - {"individuals"},
    "one_world": {"individuals"},
    "one_strategy": set(),
}


@pytest.fixture(scope="module")
def compared() -> Callable[[str], Comparison]:
    return functools.cache(lambda case: compare(CASES[case]()))


@pytest.fixture(scope="module")
def board(compared: Callable[[str], Comparison]) -> Callable[[str], dict[str, Figure]]:
    def draw(case: str) -> dict[str, Figure]:
        with styled():
            return board_of(compared(case))

    return functools.cache(draw)


def panel(figure: Figure, title: str) -> Axes:
    return next(ax for ax in figure.axes if ax.get_title("left").startswith(title))


def title_of(figure: Figure) -> str:
    return " ".join(figure.texts[0].get_text().split())


def words(figure: Figure) -> str:
    return " ".join(" ".join(text for text, _ in written(figure)).split())


def bars_of(ax: Axes) -> list[tuple[float, float]]:
    """Both ends of each bar; the shaded losing side is no bar."""
    shade = ax.get_xlim()[0]
    ends = ((bar.get_x(), bar.get_x() + bar.get_width()) for bar in ax.patches)
    return [tuple(sorted(pair)) for pair in ends if shade not in pair]


def test_difference__title_is_no_surer_than_worlds_are_many(
    compared: Callable[[str], Comparison], board: Callable[..., dict[str, Figure]]
):
    comparison = copy.copy(compared("two"))
    for p, p_low, said in (
        (0.96, 0.9, "Points only beats"), (0.8, 0.6, "Points only probably beats"),
        (0.8, 0.4, "Too few worlds to be sure that points only beats"), (0.6, 0.4, "Not settled"),
    ):  # fmt: skip
        decision = compared("two").decision | {"p": p, "p_low": p_low}
        object.__setattr__(comparison, "decision", decision)
        with styled():
            assert title_of(board_of(comparison)["difference"]).startswith(said)
    assert "come to the same in every world" in title_of(board("long_names")["difference"])


def test_figures__board_among_all(compared: Callable[[str], Comparison]):
    assert set(figures_of(compared("two"))) > BOARD


@pytest.mark.parametrize("case", CASES)
def test_board__nothing_collides_or_is_clipped(case: str, board: Callable[..., dict[str, Figure]]):
    assert set(board(case)) == EXPECTED[case]
    for name, figure in board(case).items():
        boxes = written(figure)
        width, height = figure.canvas.get_width_height()
        for text, box in boxes:
            inside = box.x0 >= 0 and box.y0 >= 0 and box.x1 <= width and box.y1 <= height
            assert inside, f"{name}: {text!r} leaves the picture"
        for (one, box), (other, another) in itertools.combinations(boxes, 2):
            apart = not box.padded(-1.0).overlaps(another.padded(-1.0))
            assert apart, f"{name}: {one!r} on {other!r}"


@pytest.mark.parametrize("case", ["two", "five_no_contracts", "luck", "one_world"])
def test_board__titles_name_the_winner(
    case: str, compared: Callable[[str], Comparison], board: Callable[..., dict[str, Figure]]
):
    winner = shown(compared(case).decision["winner"])
    for figure in board(case).values():
        assert winner in title_of(figure).lower()


@pytest.mark.parametrize("case", ["two", "five_no_contracts", "luck"])
def test_board__units_on_every_axis(case: str, board: Callable[..., dict[str, Figure]]):
    for figure in board(case).values():
        for ax in figure.axes:
            assert ax.get_title("left")
            assert re.search("currency|share", ax.get_xlabel())


@pytest.mark.parametrize("case", ["two", "two_reversed", "five_no_contracts"])
def test_difference__one_dot_a_world_where_it_is(
    case: str, compared: Callable[[str], Comparison], board: Callable[..., dict[str, Figure]]
):
    comparison = compared(case)
    decision, size = comparison.decision, comparison.scenario.population.size
    table = comparison.summary.pivot(index="world", columns="strategy", values="equity") / size
    gap = np.sort(table[decision["winner"]] - table[decision["runner_up"]])
    ax = panel(board(case)["difference"], "What is not known")
    (dots,) = ax.collections
    np.testing.assert_allclose(dots.get_offsets()[:, 0], gap)
    assert len(np.unique(dots.get_offsets().round(9), axis=0)) == len(gap) == decision["worlds"]
    assert dots.get_offsets()[:, 1].max() < ax.get_ylim()[1]
    assert f"{(gap > 0).sum()} of {len(gap)} worlds" in title_of(board(case)["difference"])
    _, interval, mean = panel(board(case)["difference"], "What more worlds").lines
    assert mean.get_xdata()[0] * size == pytest.approx(decision["difference"])
    ends = [decision["low"] / size, decision["high"] / size]
    np.testing.assert_allclose(interval.get_xdata(), ends)


def test_difference__dots_take_their_sides_colours(
    compared: Callable[[str], Comparison], board: Callable[..., dict[str, Figure]]
):
    decision, colours = (
        compared("five_no_contracts").decision,
        colours_of(scenario(FIVE).strategies),
    )
    (dots,) = panel(board("five_no_contracts")["difference"], "What is not known").collections
    for x, colour in zip(dots.get_offsets()[:, 0], dots.get_facecolors(), strict=True):
        better = decision["winner" if x > 0 else "runner_up"]
        assert to_hex(colour) == colours[better].lower()


def test_dots__equally_likely_where_worlds_are_many():
    many = np.random.default_rng(1).normal(size=10_000)
    assert len(dots_of(many)) == MOST
    assert np.mean(dots_of(many) > 1.0) == pytest.approx(np.mean(many > 1.0), abs=0.005)
    assert dots_of(many[:MOST]).tolist() == sorted(many[:MOST])


def test_doubt__bars_and_whiskers(
    compared: Callable[[str], Comparison], board: Callable[..., dict[str, Figure]]
):
    parts = sorted(compared("two").decision["doubt"].values(), key=lambda part: -part["share"])
    ax = panel(board("two")["doubt"], "Where the doubt")
    ends = [bar.get_width() for bar in ax.patches]
    np.testing.assert_allclose(ends, [part["share"] for part in parts])
    assert sum(ends) == pytest.approx(1.0)
    whiskers = [line.get_xdata() for line in ax.lines if line.get_marker() == "|"][1::2]
    np.testing.assert_allclose(whiskers, [(part["low"], part["high"]) for part in parts])


def test_doubt__ranking_only_of_many(
    compared: Callable[[str], Comparison], board: Callable[..., dict[str, Figure]]
):
    comparison = compared("five_no_contracts")
    ranking, size = comparison.decision["ranking"], comparison.scenario.population.size
    figure = board("five_no_contracts")["doubt"]
    best = [bar.get_width() for bar in panel(figure, "Chance").patches]
    regret = [bar.get_width() for bar in panel(figure, "Regret").patches]
    np.testing.assert_allclose(best, [row["p_best"] for row in ranking])
    np.testing.assert_allclose(regret, [row["regret"] / size for row in ranking])
    titles = [ax.get_title("left") for ax in board("two")["doubt"].axes]
    assert not any(title.startswith(("Chance", "Regret")) for title in titles)


def test_doubt__measures_side_by_side(
    compared: Callable[[str], Comparison], board: Callable[..., dict[str, Figure]]
):
    comparison, figure = compared("two"), board("two")["doubt"]
    measures = {row["metric"]: row for row in comparison.decision["measures"]}
    order = [row["strategy"] for row in comparison.decision["ranking"]]
    yearly = [1 - (1 - measures["churn_rate_true"]["means"][name]) ** 12 for name in order]
    np.testing.assert_allclose(
        [bar.get_width() for bar in panel(figure, "Churn per year").patches], yearly
    )
    clv = [bar.get_width() for bar in panel(figure, "Customer lifetime value").patches]
    np.testing.assert_allclose(clv, [measures["clv"]["means"][name] for name in order])
    others = {row["best"] for row in measures.values()} - {comparison.decision["winner"]}
    for name in others:
        assert f", {shown(name)} is best" in title_of(figure)


def test_luck__says_that_nothing_was_drawn(board: Callable[..., dict[str, Figure]]):
    for name in ("difference", "doubt", "flips"):
        figure = board("luck")[name]
        assert "Only luck differs" in words(figure)
    assert len(board("luck")["doubt"].axes) == 3
    assert len(board("luck")["flips"].axes) == 1


@pytest.mark.parametrize("case", ["two", "two_reversed", "five_no_contracts"])
def test_flips__bars_span_the_inputs_ends(
    case: str, compared: Callable[[str], Comparison], board: Callable[..., dict[str, Figure]]
):
    comparison, size = compared(case), compared(case).scenario.population.size
    rows = shown_inputs(comparison)
    assert 1 <= len(rows) <= INPUTS
    ax = panel(board(case)["flips"], "What moves")
    bars = bars_of(ax)
    expected: list[tuple[float, float]] = []
    for row in rows:
        low, high = sorted((row["difference_low"] / size, row["difference_high"] / size))
        expected += [(low, min(high, 0.0))] * (low < 0.0) + [(max(low, 0.0), high)] * (high > 0.0)
    np.testing.assert_allclose(bars, expected, atol=1e-12)
    written_keys = {text.get_text() for text in ax.texts}
    for row in rows:
        assert meanings(comparison.scenario)[row["input"]][1] in written_keys
    turning = [row for row in rows if row["turns_at"] is not None]
    assert sum(text.startswith("turns at") for text in written_keys) == len(turning)


def with_inputs(comparison: Comparison, rows: list[dict[str, object]]) -> Comparison:
    changed = copy.copy(comparison)
    object.__setattr__(changed, "decision", comparison.decision | {"inputs": rows})
    return changed


def test_flips__solid_where_exact_hatched_with_error_where_estimated(
    compared: Callable[[str], Comparison],
):
    row = {"input": "attraction", "kind": "behaviour", "low": 0.5, "mode": 1.5, "high": 3.0,
           "difference_low": 3000.0, "difference_high": -600.0, "slope": -1440.0,
           "slope_error": 100.0, "turns_at": 2.583, "p_turns": 0.04, "value": 0.0}  # fmt: skip
    price = row | {"input": "cost_service", "kind": "costs", "slope_error": 0.0}
    comparison = with_inputs(compared("two"), [row, price])
    mean = comparison.decision["difference"]
    with styled():
        figure = board_of(comparison)["flips"]
    ax = panel(figure, "What moves")
    assert [bool(bar.get_hatch()) for bar in ax.patches[1:]] == [True, True, False, False]
    lines = [line.get_xdata() for line in ax.lines if line.get_linewidth() == 1.0]
    assert len(lines) == 2
    centre = 0.5 + (mean - 3000.0) / -1440.0
    half = 1.645 * 100.0 * abs(0.5 - centre) / 300
    np.testing.assert_allclose(lines[0], [3000.0 / 300 - half, 3000.0 / 300 + half])
    assert "rival's greater utility is above 2.58, or price factor on" in title_of(figure)
    assert "service budget is above ×2.58" in title_of(figure)
    assert title_of(figure).startswith("Unlikely")


def test_flips__no_turning_input_is_said(compared: Callable[[str], Comparison]):
    rows = [r for r in compared("two").decision["inputs"] if r["turns_at"] is None]
    comparison = with_inputs(compared("two"), rows)
    with styled():
        assert title_of(board_of(comparison)["flips"]).startswith("No input alone")


def test_flips__break_even(
    compared: Callable[[str], Comparison], board: Callable[..., dict[str, Figure]]
):
    ax = panel(board("five_no_contracts")["flips"], "What each costs")
    dots = [line.get_xdata()[0] for line in ax.lines if line.get_marker() == "o"]
    ticks = [line.get_xdata()[0] for line in ax.lines if line.get_marker() == "|"]
    rows = compared("five_no_contracts").decision["break_even"]
    np.testing.assert_allclose(dots, [row["cost"] for row in rows])
    np.testing.assert_allclose(ticks, [row["break_even"] for row in rows])


def test_meanings__every_uncertain_input_in_words():
    for market in ("telecom", "apparel"):
        composed = scenario(f"market={market}")
        known = meanings(composed)
        for number in uncertain(composed):
            meaning, key = known[number.name]
            assert meaning
            assert not re.search(r"\([A-Z]\d?\)|^V[rh]", meaning)
            assert key.rpartition(".")[2] == number.name


def test_effects__winner_against_runner_up_in_either_order(
    compared: Callable[[str], Comparison], board: Callable[..., dict[str, Figure]]
):
    one, other = (effects_between(compared(case)) for case in ("two", "two_reversed"))
    for column in ("kept", "lost", "value", "value_p05", "value_p95"):
        np.testing.assert_allclose(one[column], other[column], atol=1e-9)
    for case in ("two", "two_reversed"):
        comparison = compared(case)
        clv = comparison.summary.pivot(index="world", columns="strategy", values="clv")
        decision = comparison.decision
        gap = (clv[decision["winner"]] - clv[decision["runner_up"]]).mean()
        everybody = one[one["segment"] == "all"]
        assert everybody["value"].mean() == pytest.approx(gap, rel=1e-6)
        titles = title_of(board(case)["individuals"])
        assert ("more per customer" if gap > 0 else "less per customer") in titles


@pytest.mark.parametrize("case", ["two", "two_reversed", "one_world"])
def test_individuals__bars_and_ranges(
    case: str, compared: Callable[[str], Comparison], board: Callable[..., dict[str, Figure]]
):
    effects = effects_between(compared(case))
    means = effects.groupby(["segment", "group"], sort=False).mean(numeric_only=True)
    figure = board(case)["individuals"]
    bars = [bar.get_width() for bar in panel(figure, "Who stays").patches[1:]]
    np.testing.assert_allclose(bars, [*means["kept"], *-means["lost"]])
    lines, dots = panel(figure, "What a customer").collections
    ends = np.array([segment[:, 0] for segment in lines.get_segments()])
    np.testing.assert_allclose(ends, means[["value_p05", "value_p95"]])
    np.testing.assert_allclose(dots.get_offsets()[:, 0], means["value"])


@pytest.mark.parametrize(("kept", "lost", "said"), [
    (0.0, 0.05, "Every group is harmed: 5.0% leave"),
    (0.05, 0.0, "No group is seen to be harmed"),
])  # fmt: skip
def test_individuals__harm_in_the_title(
    kept: float, lost: float, said: str, compared: Callable[[str], Comparison]
):
    comparison = copy.copy(compared("two"))
    first = comparison.decision["winner"] == comparison.strategies[0]
    shares = {"kept": lost, "lost": kept} if first else {"kept": kept, "lost": lost}
    object.__setattr__(comparison, "effects", comparison.effects.assign(**shares))
    with styled():
        assert said in title_of(board_of(comparison)["individuals"])


def test_amounts__digits_that_make_sense():
    assert [money(x, abs(x)) for x in (1234.5, 45.67, 1.234, -0.004)] == [
        "1,234", "45.7", "1.23", "0.00",
    ]  # fmt: skip
    assert [percent(p) for p in (0.0, 0.004, 0.5)] == ["0%", "below 1%", "50%"]


def test_drawn__says_whether_inputs_were(compared: Callable[[str], Comparison]):
    assert drawn(compared("two"))
    assert not drawn(compared("luck"))
