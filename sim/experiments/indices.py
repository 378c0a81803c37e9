"""How much each input moves an output, with the noise of few worlds taken out of it.

Designs and estimators are SALib's (Iwanaga, Usher & Herman 2022). An output is the mean over worlds
that all settings share. What is left of luck in that mean would pass for an effect, always upwards,
as indices are squares; it is told by how the answer moves when worlds are left out.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..statistics import NORMAL

Array = NDArray[np.float64]

LEVELS = 4
"""Levels of an input in a screening: the middles of the quarters of what it may be."""

CONFIDENCE = 0.9
RESAMPLES = 200


def morris_design(names: Sequence[str], trajectories: int, seed: int) -> Array:
    """Places of inputs in their ranges, 0 to 1, along trajectories (Morris 1991).

    Shape (trajectories x (inputs + 1), inputs).
    """
    from SALib.sample import morris

    steps = morris.sample(_problem(names), trajectories, num_levels=LEVELS, seed=seed + 1)
    return np.asarray(0.5 / LEVELS + (1.0 - 1.0 / LEVELS) * steps)


def morris_effects(names: Sequence[str], design: Array, output: Array) -> pd.DataFrame:
    """Elementary effects by input; `output` has shape (rows of the design, worlds).

    An effect is the change from the middle of an input's lowest quarter to that of its highest, in
    units of the output. `mu_star`: its mean size (Campolongo, Cariboni & Saltelli 2007), with the
    half-width `mu_star_conf` of its 90 % interval; `mu`: its mean; `sigma`: how it differs from
    place to place. `noise`: the `mu_star` that luck alone makes, from halves of the worlds set
    against each other, in whose difference no effect is left; nan for one world. `seen`: more than
    twice that.
    """
    from SALib.analyze import morris

    steps = (design - 0.5 / LEVELS) / (1.0 - 1.0 / LEVELS)

    def screened(values: Array) -> Any:
        return morris.analyze(
            _problem(names), steps, values, num_levels=LEVELS, conf_level=CONFIDENCE, seed=1
        )

    found = screened(output.mean(axis=1))
    noise = [np.asarray(screened(half)["mu_star"]) for half in _contrasts(output)]
    frame = pd.DataFrame(
        {"input": list(names)}
        | {k: np.asarray(found[k], float) for k in ("mu", "mu_star", "mu_star_conf", "sigma")}
    )
    frame["noise"] = np.mean(noise, axis=0) if noise else np.nan
    frame["seen"] = ~(frame["mu_star"] <= 2.0 * frame["noise"])
    return frame.sort_values(["mu_star", "input"], ascending=[False, True], ignore_index=True)


def _contrasts(output: Array) -> list[Array]:
    """Half the difference between halves of the worlds: as noisy as the mean over all of them."""
    worlds = output.shape[1] // 2 * 2
    first = range(1, worlds)
    halves = itertools.combinations(first, worlds // 2 - 1) if worlds else ()
    found = []
    for half in itertools.islice(halves, 10):
        sign = np.full(worlds, -1.0)
        sign[[0, *half]] = 1.0
        found.append(output[:, :worlds] @ sign / worlds)
    return found


class Indices(NamedTuple):
    """Sobol indices by input, and what luck does beside them.

    frame: `input`; `first`, the share of the variance that goes if the input is known; `total`, the
    share that stays if it alone is not; each with the ends of its 90 % interval, of the design and
    of the worlds together. variance: of the mean over worlds, luck taken out, in squared units of
    the output. luck: share of luck in the variance of one world's output; nan for one world.
    """

    frame: pd.DataFrame
    variance: float
    luck: float


def sobol_design(names: Sequence[str], base: int, seed: int) -> Array:
    """Places of inputs in their ranges, 0 to 1 (Saltelli et al. 2010, scrambled Sobol points).

    Shape (base x (inputs + 2), inputs); `base` is a power of two.
    """
    from SALib.sample import sobol

    return np.asarray(
        sobol.sample(_problem(names), base, calc_second_order=False, seed=seed + 1), dtype=float
    )


def sobol_indices(names: Sequence[str], output: Array) -> Indices:
    """First-order and total indices; `output` has shape (rows of the design, worlds).

    Numerators and variance are jackknifed over worlds: quadratic in the output, they are too large
    by what luck adds, which goes with one over the worlds, and so goes out exactly.
    """
    from SALib.analyze import sobol

    count, worlds = len(names), output.shape[1]
    mean = output.mean(axis=1)
    if np.ptp(mean) == 0.0:
        raise ValueError("an output that nothing moves has no indices")
    found = sobol.analyze(
        _problem(names), mean, calc_second_order=False, num_resamples=RESAMPLES,
        conf_level=CONFIDENCE, seed=1,
    )  # fmt: skip
    whole = _parts(mean, count)
    parts, spread = whole, np.zeros((2, count))
    if worlds > 1:
        rest = (output.sum(axis=1, keepdims=True) - output) / (worlds - 1)
        left = np.array([_parts(rest[:, k], count) for k in range(worlds)])
        parts = worlds * whole - (worlds - 1) * left.mean(axis=0)
        ratios = left[:, :2] / left[:, 2:]
        spread = np.sqrt((worlds - 1) * ratios.var(axis=0))
    variance = float(max(parts[2, 0], 0.0))
    columns: dict[str, Any] = {"input": list(names)}
    for row, (name, key) in enumerate((("first", "S1"), ("total", "ST"))):
        value = parts[row] / variance if variance > 0.0 else np.full(count, np.nan)
        # Both errors are those of shares of a variance that luck is still part of.
        half = NORMAL * np.hypot(np.asarray(found[f"{key}_conf"], float) / NORMAL, spread[row])
        half = half * whole[2] / variance if variance > 0.0 else half
        columns |= {name: value, f"{name}_low": value - half, f"{name}_high": value + half}
    luck = float("nan")
    if worlds > 1:
        drawn = output.reshape(-1, count + 2, worlds)[:, [0, -1]]  # rows that are drawn freely
        within = float(drawn.var(axis=2, ddof=1).mean())
        luck = within / (within + variance)
    return Indices(pd.DataFrame(columns), variance, luck)


def _parts(output: Array, count: int) -> Array:
    """Numerators of first-order and total indices, and the variance, shape (3, inputs)."""
    from SALib.analyze.sobol import first_order, separate_output_values, total_order

    centred = output - output.mean()
    a, b, ab, _ = separate_output_values(centred, count, len(output) // (count + 2), False)
    variance = float(np.var(np.r_[a, b]))
    first = [float(first_order(a, ab[:, j], b)) * variance for j in range(count)]
    total = [float(total_order(a, ab[:, j], b)) * variance for j in range(count)]
    return np.array([first, total, [variance] * count])


def _problem(names: Sequence[str]) -> dict[str, Any]:
    return {"num_vars": len(names), "names": list(names), "bounds": [[0.0, 1.0]] * len(names)}
