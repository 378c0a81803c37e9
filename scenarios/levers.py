"""A strategy: a set of levers with their prices, its schedule, and the reasons for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, field_validator, model_validator

from .channels import (
    Price,
)
from .errors import keys, refusal, unknown_key
from .formula import USUAL, Term, parsed
from .parameter import Currency, Frozen, Months, Unit
from .programme import (
    Acts,
    Community,
    Data,
    Flywheel,
    Invest,
    Marketing,
    Membership,
    Offer,
    Points,
    Referrals,
    Service,
)

DEPARTMENTS = {
    "marketing": ("marketing",),
    "sales": ("offer", "points", "membership", "referrals", "acts"),
    "service": ("service",),
    "community": ("community",),
    "data": ("data",),
}
"""The departments of a company, each with its levers, in the order of a customer's path: won by
marketing, sold to, served, at home in the community, known by what they left, and so back to
marketing. At each step of that round, one department hands the customer over to the next."""

ASPECTS = {
    "marketing": ("relevance",),
    "service": ("quality", "reliability", "recovery", "effort"),
    "community": ("community",),
}
"""The aspects of experience that are a department's to spend on (2H)."""

SAVING = "marketing.save.discount"
"""The lever that needs contracts: without them, nobody announces that they leave (D5)."""

Department = Literal["marketing", "sales", "service", "community", "data"]


class Levers(Frozen):
    """Everything a company can set."""

    offer: Offer = Offer()
    points: Points = Points()
    membership: Membership = Membership()
    service: Service = Service()
    marketing: Marketing = Marketing()
    community: Community = Community()
    data: Data = Data()
    referrals: Referrals = Referrals()
    acts: Acts = Acts()
    invest: Invest = Invest()
    flywheel: Flywheel = Flywheel()
    fixed_cost: Annotated[Currency, Field(ge=0.0, le=1e9)] = Field(
        0.0, description="cost per month, whatever the number of customers"
    )
    budget_year: Annotated[float, Field(ge=0.0, le=1e12), Unit("currency a year")] | None = Field(
        None,
        description="spending on the programme beyond neutral management, fixed costs included; "
        "once it is spent, the programme pauses until the next year; empty: no limit",
    )
    departments: tuple[Department, ...] = Field(
        ("marketing", "sales", "service", "community", "data"),
        description="which use the programme; the levers of others are neutral (I11). In this "
        "order they meet a customer, round and round: each hands over to the next",
    )
    score: str = Field(
        "",
        max_length=200,
        description="the company's own engagement score, a formula over counted interactions",
    )

    @field_validator("departments")
    @classmethod
    def _each_department_once(cls, departments: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(departments)) < len(departments):
            raise ValueError(f"got {list(departments)}, allowed is each department once")
        return departments

    @field_validator("score")
    @classmethod
    def _is_a_formula(cls, score: str) -> str:
        if score:
            parsed(score)
        return score

    def formula(self) -> Term:
        """The engagement score as it is worked out: the company's own, else the usual one."""
        return parsed(self.score or USUAL)

    def in_force(self) -> Levers:
        """The levers as they act: those of departments outside of the programme are neutral, and so
        are their prices. They spend on no aspect of theirs; their share of what would have been
        reinvested stays in the books."""
        outside = [name for name in DEPARTMENTS if name not in self.departments]
        if not outside:
            return self
        changed: dict[str, Any] = {
            name: type(getattr(self, name))() for one in outside for name in DEPARTMENTS[one]
        }
        idle = dict.fromkeys((name for one in outside for name in ASPECTS.get(one, ())), 0.0)
        changed["invest"] = self.invest.model_copy(update=idle)
        changed["flywheel"] = self.flywheel.without(idle)
        return self.model_copy(update=changed)

    def paused(self) -> Levers:
        """The levers once the year's budget is spent: neutral but for the price and fixed costs."""
        kept = {"fixed_cost": self.fixed_cost, "score": self.score, "budget_year": self.budget_year}
        return type(self)().model_copy(update={"offer": Offer(price=self.offer.price), **kept})

    @model_validator(mode="after")
    def _budget_covers_fixed_costs(self) -> Levers:
        fixed = 12.0 * self.fixed_cost
        if self.budget_year is not None and self.budget_year < fixed:
            raise ValueError(
                f"budget_year: got {self.budget_year:g}, allowed is at least the fixed costs of a "
                f"year, {fixed:g} (12 times fixed_cost); empty for no limit"
            )
        return self

    def broken_handovers(self) -> int:
        """Steps of a customer's path between a department that uses the programme and one that does
        not: 0, 2 or 4 (I11)."""
        within = [name in self.departments for name in DEPARTMENTS]
        return sum(one != other for one, other in zip(within, within[1:] + within[:1], strict=True))

    @model_validator(mode="after")
    def _a_fee_buys_something(self) -> Levers:
        if self.membership.fee > 0.0 and self.points.earn == self.membership.discount == 0.0:
            raise ValueError(
                f"membership.fee: got {self.membership.fee:g}, allowed only with points "
                "(points.earn above 0) or a members' price (membership.discount above 0)"
            )
        return self


class Switching(Frozen):
    """What it costs, once, to begin with new levers."""

    setup: Annotated[Currency, Field(ge=0.0, le=1e12)] = Field(
        0.0, description="systems, training, launch: currency, once"
    )
    per_customer: Price = Field(
        0.0, description="migration, for each customer on the books: currency, once"
    )


class Change(Frozen):
    """Levers that take other values from a month on."""

    month: Months = Field(ge=0, le=1200, description="first month of the new values")
    set: dict[str, Any] = Field(description="dotted lever: value", min_length=1)
    switching: Switching = Switching()


class Strategy(Levers):
    """A programme: levers, their schedule, and the reasons for them."""

    about: str = Field("", max_length=4000, description="why these levers, with sources")
    changes: tuple[Change, ...] = Field((), description="scheduled changes, by month")
    switching: Switching = Switching()

    @model_validator(mode="after")
    def _changes_are_levers(self) -> Strategy:
        self.schedule()
        return self

    def saving(self) -> Iterator[tuple[str, float]]:
        """What is offered off to those about to leave: (key, share) at the start and by change."""
        yield SAVING, self.marketing.save.discount
        for number, change in enumerate(self.changes):
            if SAVING in change.set:
                yield f"changes[{number}].set.{SAVING}", change.set[SAVING]

    def schedule(self) -> list[tuple[int, Levers]]:
        """The levers in force as (first month, levers), in order of month, the first at month 0.

        Raises ValueError where a change names no lever or gives it an impossible value.
        """
        tree = self.model_dump(exclude={"about", "changes", "switching"})
        steps = [(0, Levers.model_validate(tree).in_force())]
        for change in sorted(self.changes, key=lambda change: change.month):
            try:
                for key, value in change.set.items():
                    _assign(tree, key, value)
                steps.append((change.month, Levers.model_validate(tree).in_force()))
            except ValidationError as error:
                reason = refusal(error, Levers, keys(tree))
                raise ValueError(f"changes, month {change.month}: {reason}") from None
            except ValueError as error:
                raise ValueError(f"changes, month {change.month}: {error}") from None
        return steps

    def switches(self, baseline: Strategy) -> dict[int, Switching]:
        """What beginning costs, by month: of this strategy in month 0, and of each change.

        A strategy that begins with the levers of the `baseline` switches nothing in month 0.
        """
        continued = self.schedule()[0][1] == baseline.schedule()[0][1]
        once = {} if continued else {0: self.switching}
        for change in self.changes:
            before = once.get(change.month, Switching())
            once[change.month] = Switching(
                setup=before.setup + change.switching.setup,
                per_customer=before.per_customer + change.switching.per_customer,
            )
        return once


def _assign(tree: dict[str, Any], key: str, value: object) -> None:
    *path, leaf = key.split(".")
    node: Any = tree
    for name in path:
        node = node.get(name) if isinstance(node, dict) else None
    if not isinstance(node, dict) or leaf not in node or isinstance(node[leaf], dict):
        raise unknown_key(key, keys(tree), "lever")
    node[leaf] = value
