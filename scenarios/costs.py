"""How sure the prices are: factors on the price tags of all strategies, shared within a world.

No literature fixes what programmes cost, and costs decide who wins. So each tag has a factor,
neutral at 1, drawn uniformly from its range, world by world. The range of programme budgets is
that of the evidence's sweep: 0.3 to 3.0 around 1.65 currency per customer-month. Beside them stands
`programme`, one factor for a grid of costs, which is not drawn: on all prices that only programmes
pay. Contacts, messages and acquisition keep theirs, which a company without a programme pays too;
so does money handed to customers, on which they act.
"""

from __future__ import annotations

from typing import Any

from .parameter import Frozen, parameter


def factor(meaning: str, symbol: str, low: float, high: float) -> Any:
    """A factor on a price."""
    return parameter(
        1.0,
        meaning,
        symbol=symbol,
        between=(low, high),
        source="no literature fixes costs; sweep",
        confidence="J",
        unit="ratio",
        limits=(0.0, 100.0),
    )


class Costs(Frozen):
    """Factors on prices, by what is bought."""

    programme: float = parameter(
        1.0,
        "on all that only programmes pay: budgets, rewards, recoveries, surprises, proactive "
        "contacts, ideas, fixed cost",
        symbol="",
        between=(0.18, 1.82),
        source="0.3 to 3.0 around 1.65 a customer-month: a grid to compare over, not drawn",
        confidence="C",
        unit="ratio",
        limits=(0.0, 100.0),
    )
    cost_service: float = factor("on the service budget", "cF", 0.18, 1.82)
    cost_marketing: float = factor("on the marketing budget", "cF", 0.18, 1.82)
    cost_community: float = factor("on the community budget", "cF", 0.18, 1.82)
    cost_data: float = factor("on the budget for data and ethics", "cF", 0.18, 1.82)
    cost_points: float = factor("on running a points programme", "FC", 0.29, 1.71)
    cost_reward: float = factor("on the cost of a reward", "cr", 0.5, 1.4)
    cost_contact: float = factor("on contacts, human or self-service", "contact", 0.5, 1.5)
    cost_message: float = factor("on messages", "message", 0.5, 1.5)
    cost_recovery: float = factor("on recovered failures", "recovery", 0.5, 1.5)
    cost_surprise: float = factor("on surprises", "surprise", 0.5, 1.5)
    cost_proactive: float = factor(
        "on proactive contacts and offers to stay", "proactive", 0.5, 1.5
    )
    cost_staff: float = factor("on people on duty", "staff", 0.5, 1.5)
    cost_appointment: float = factor("on experts and appointments", "appointment", 0.5, 1.5)
    cost_idea: float = factor("on reading ideas", "idea", 0.5, 1.5)
    cost_ambassador: float = factor("on keeping ambassadors", "ambassador", 0.5, 1.5)
    cost_acquisition: float = factor("on acquisition and winning back", "acquisition", 0.5, 1.5)
