"""The maximum of a likelihood, and how sharp it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

Floats = NDArray[np.float64]

WIDEST = 5.0
"""Largest standard error of the log of a parameter: a ridge in the likelihood is no wider."""


class Maximum(NamedTuple):
    """A maximum of a likelihood, in logs of its n parameters."""

    logs: Floats
    """Shape (n,)."""
    covariance: Floats
    """Inverse of the observed information, shape (n, n); 0 where a parameter is at its limit."""
    log_likelihood: float
    edge: NDArray[np.bool_]
    """Which parameters are held at a limit, shape (n,)."""

    @property
    def natural(self) -> Floats:
        """The parameters themselves, shape (n,)."""
        return np.exp(self.logs)


def maximise(
    likelihood: Callable[[Floats], tuple[float, Floats]],
    start: Floats,
    limits: tuple[tuple[float, float], ...],
    size: float,
) -> Maximum:
    """The maximum of a log-likelihood that takes logs of parameters and also gives its gradient.

    `start` and `limits` are of the parameters themselves, `size` is how many observations there
    are. The information is the central difference of the gradient.
    """
    bounds = np.log(np.asarray(limits))

    def loss(logs: Floats) -> tuple[float, Floats]:
        value, gradient = likelihood(logs)
        return -value / size, -gradient / size

    found = optimize.minimize(
        loss, np.clip(np.log(start), bounds[:, 0], bounds[:, 1]), jac=True, method="L-BFGS-B",
        bounds=bounds, options={"ftol": 1e-15, "gtol": 1e-9, "maxiter": 2000, "maxfun": 5000},
    )  # fmt: skip
    logs = np.asarray(found.x)
    for _ in range(3):
        edge = (logs - bounds[:, 0] < 1e-6) | (bounds[:, 1] - logs < 1e-6)
        covariance = _covariance(likelihood, logs, ~edge)
        value, gradient = likelihood(logs)
        moved = np.clip(logs + covariance @ gradient, bounds[:, 0], bounds[:, 1])
        if likelihood(moved)[0] <= value:
            break
        logs = moved
    edge = (logs - bounds[:, 0] < 1e-6) | (bounds[:, 1] - logs < 1e-6)
    covariance = _covariance(likelihood, logs, ~edge)
    return Maximum(logs, covariance, float(likelihood(logs)[0]), edge)


def _covariance(
    likelihood: Callable[[Floats], tuple[float, Floats]], logs: Floats, free: NDArray[np.bool_]
) -> Floats:
    width, size = 1e-4, len(logs)
    information = np.zeros((size, size))
    for place in np.flatnonzero(free):
        step = width * np.eye(size)[place]
        information[place] = (likelihood(logs - step)[1] - likelihood(logs + step)[1]) / (2 * width)
    covariance = np.zeros((size, size))
    inside = np.ix_(free, free)
    if free.any():
        values, vectors = np.linalg.eigh((information + information.T)[inside] / 2)
        covariance[inside] = vectors / np.maximum(values, WIDEST**-2) @ vectors.T
    return covariance
