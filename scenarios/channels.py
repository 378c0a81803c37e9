"""Channels of service: what a contact by each costs, and what it is like for a customer.

No literature fixes these numbers: they are judgement, and the mean over the mix of a company with
about as many contacts in person as by itself is near the neutral levers (effort .4, human .5).
"""

from __future__ import annotations

from typing import Annotated, Literal, NamedTuple, get_args

from pydantic import Field

from .parameter import Frozen, Share, Unit

OPEN_MINUTES = 12_000.0
"""Minutes of service in a month (200 hours): what one person on duty has (judgement)."""

USUAL_MINUTES = 6.0
"""Minutes of staff that a contact takes where no channels are told apart (judgement)."""

APPOINTMENT_MINUTES = 60.0
"""Minutes of an expert that an appointment takes (judgement)."""

Name = Literal["store", "web", "app", "phone", "video", "chat", "self_service", "social", "email",
               "community"]  # fmt: skip
Price = Annotated[float, Field(ge=0.0, le=1e6), Unit("currency")]
Heads = Annotated[float, Field(gt=0.0, le=1e6), Unit("people per 1,000 customers")]


class Channel(NamedTuple):
    """A channel. All of it is judgement (J)."""

    price: float
    """Cost of a contact, in currency."""
    human: float
    """Human presence in it, in [0, 1]."""
    effort: float
    """Effort that it costs a customer, in [0, 1]."""
    alone: float
    """Share of its contacts in which customers serve themselves."""
    minutes: float
    """Minutes of staff that a contact takes, 0 for none."""


CHANNELS: dict[Name, Channel] = {
    "store": Channel(6.0, 1.0, 0.50, 0.0, 12.0),
    "web": Channel(0.3, 0.0, 0.40, 1.0, 0.0),
    "app": Channel(0.2, 0.0, 0.30, 1.0, 0.0),
    "phone": Channel(4.0, 1.0, 0.45, 0.0, 6.0),
    "video": Channel(5.0, 1.0, 0.35, 0.0, 10.0),
    "chat": Channel(2.0, 0.7, 0.35, 0.0, 4.0),
    "self_service": Channel(0.1, 0.0, 0.50, 1.0, 0.0),
    "social": Channel(2.0, 0.6, 0.40, 0.0, 5.0),
    "email": Channel(2.5, 0.5, 0.50, 0.0, 6.0),
    "community": Channel(0.3, 0.3, 0.45, 1.0, 0.0),
}
assert tuple(CHANNELS) == get_args(Name)


class InUse(Frozen):
    """A channel that a company offers: its share of contacts, and who serves them."""

    name: Name
    share: Share = Field(description="share of contacts")
    staff: Heads | None = Field(
        None, description="people on duty per 1,000 customers; empty: as many as are needed"
    )
    price: Price | None = Field(None, description="cost of a contact; empty: the usual one")


class Blend(NamedTuple):
    """What contacts are like on average."""

    human: float
    """Human share of contacts, in [0, 1]."""
    self_service: float
    """Share of contacts by self-service, in [0, 1]."""
    effort: float
    """Effort of a contact, in [0, 1]."""
    price: float
    """Cost of a contact, in currency."""


class Desk(NamedTuple):
    """Staff of finite capacity, and the contacts that it is there for."""

    share: float
    """Of all contacts, in (0, 1]."""
    staff: float
    """People on duty for each customer."""
    pace: float
    """Contacts a month that one of them can serve."""


def checked(channels: tuple[InUse, ...]) -> None:
    """Raise ValueError unless the channels are a mix: each once, shares that sum to one."""
    names = [one.name for one in channels]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise ValueError(f"channels: got {twice} twice, allowed once each")
    whole = sum(one.share for one in channels)
    if channels and abs(whole - 1.0) > 1e-9:
        raise ValueError(f"channels: got shares that sum to {whole:.10g}, allowed 1")
    for one in channels:
        if one.staff is not None and CHANNELS[one.name].minutes == 0.0:
            raise ValueError(f"channels: got staff for {one.name}, allowed none: it takes nobody")


def blend_of(channels: tuple[InUse, ...]) -> Blend:
    """What contacts by these channels are like on average."""
    rows = [(one.share, CHANNELS[one.name], one.price) for one in channels]
    return Blend(
        human=min(1.0, sum(share * usual.human for share, usual, _ in rows)),
        self_service=min(1.0, sum(share * usual.alone for share, usual, _ in rows)),
        effort=sum(share * usual.effort for share, usual, _ in rows),
        price=sum(share * (usual.price if own is None else own) for share, usual, own in rows),
    )


def desks_of(channels: tuple[InUse, ...]) -> tuple[Desk, ...]:
    """The desks of the channels whose staff is finite."""
    return tuple(
        Desk(one.share, one.staff / 1000.0, OPEN_MINUTES / CHANNELS[one.name].minutes)
        for one in channels
        if one.staff is not None and one.share > 0.0
    )
