"""The ablation: a mechanism off against on, in worlds of the same luck, and how it is shown."""

from typing import Any

import numpy as np
import pytest

from engagesim.scenarios.mechanisms import mechanisms
from engagesim.sim.main import main
from engagesim.sim.validation import ablation as module
from engagesim.sim.validation.ablation import METRICS, ablation
from engagesim.sim.validation.ablation_picture import ablation_figure

from .cases import market, small

CHOSEN = ("word_of_mouth", "engaged_buyers", "referral")
WORLDS = 3


@pytest.fixture(scope="module")
def found() -> Any:
    """Three mechanisms off in a small market without contracts."""
    scenario = small(
        market=market("apparel"),
        population={"size": 500, "customer_share": 0.5, "start": "base"},
        network={"kind": "small_world", "degree": 6},
        horizon=14,
        checks=True,
    )
    with pytest.MonkeyPatch.context() as patch:
        chosen = [one for one in mechanisms() if one.name in CHOSEN]
        patch.setattr(module, "mechanisms", lambda: iter(chosen))
        told: list[tuple[int, int]] = []
        frame = ablation(scenario, WORLDS, lambda done, total: told.append((done, total)))
    assert told == [(k + 1, len(CHOSEN) + 1) for k in range(len(CHOSEN) + 1)]
    return frame.set_index(["mechanism", "metric"])


def test_ablation__has_a_row_for_each_metric(found: Any) -> None:
    assert set(found.index) == {(name, metric) for name in CHOSEN for metric in METRICS}
    assert (found["low"] <= found["change"]).all()
    assert (found["change"] <= found["high"]).all()
    beyond = (found["low"] > 0.0) | (found["high"] < 0.0)
    assert (found["moves"] == beyond).all()


def test_ablation__silence_ends_praise(found: Any) -> None:
    """Nobody recommends any more: the share of advocates of a year and more falls to none."""
    change = found.loc[("word_of_mouth", "warnings")]
    assert change["moves"]
    assert change["change"] < -50.0  # what is left is posted in public
    assert found.loc[("word_of_mouth", "advocates"), "moves"]
    assert not found.loc["word_of_mouth", "same"].any()


def test_ablation__says_what_changes_nothing(found: Any) -> None:
    """The premium of the engaged needs no link in this market, so its switch does nothing."""
    nothing = found.loc["engaged_buyers"]
    assert nothing["same"].all()
    assert not nothing["moves"].any()
    assert (nothing[["change", "low", "high"]] == 0.0).all().all()


def test_interval__is_students() -> None:
    """Of 1, 2, 3: mean 2, half-width 4.303 / sqrt(3)."""
    low, high = module._interval(np.array([1.0, 2.0, 3.0]))
    assert (low, high) == pytest.approx((2.0 - 2.484, 2.0 + 2.484), abs=1e-3)


def test_picture__shows_each_mechanism_in_each_market(found: Any) -> None:
    frame = found.reset_index().assign(market="apparel")
    figure = ablation_figure(frame)
    names = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert names == [name.replace("_", " ") for name in dict.fromkeys(frame["mechanism"])]


def test_also__refuses_what_there_is_not(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", "also=[ablations]"]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "also: got 'ablations', allowed are ablation, estimators" in error
