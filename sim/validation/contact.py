"""Facts of contact: how much is too much."""

from __future__ import annotations

import numpy as np

from ...agents.rules.contact import message_response, self_service_strain
from .fact import Band, fact
from .laboratory import Laboratory, person


@fact(
    "10", "Repurchase is an inverted U in messages",
    Band("load with the best response, in ideals", 0.5, 2.0, "ideals"),
    Band("response at three ideals over that to no messages", 0.0, 1.0, "ratio"),
    kind="verification", basis="Godfrey, Seiders & Voss 2011", quantity="Godfrey's form",
    where="anywhere",
)  # fmt: skip
def messages_have_a_best(lab: Laboratory) -> tuple[float, float]:
    """An interior optimum, and worse than silence beyond it."""
    world = lab.numbers_of_rules()
    loads = np.linspace(0.0, 6.0, 601)
    response = np.array([message_response(float(load), world) for load in loads])
    return float(loads[response.argmax()]), float(response[300] / response[0])


@fact(
    "11", "Churn is a U in the self-service share, weaker with tenure",
    Band("self-service share with the least churn", 0.30, 0.70, "share"),
    Band("strain of full self-service after two years over that at the start", 0.0, 1.0, "ratio"),
    kind="verification", basis="Scherer, Wuenderlich & von Wangenheim 2015",
    quantity="Scherer's form", where="anywhere",
)  # fmt: skip
def self_service_has_a_best(lab: Laboratory) -> tuple[float, float]:
    """Log-odds of leaving by the share, of a customer with and without history."""
    world = lab.numbers_of_rules()
    offer = lab.offer({}, world)

    def strain(share: float, tenure: int) -> float:
        offer.self_service = share
        return float(self_service_strain(person(tenure=tenure), offer, world))

    shares = np.linspace(0.0, 1.0, 101)
    least = float(shares[np.argmin([strain(float(share), 0) for share in shares])])
    return least, strain(1.0, 24) / strain(1.0, 0)
