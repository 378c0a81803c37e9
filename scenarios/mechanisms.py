"""The switches of the mechanisms: off is exactly absent.

A switch stands in for the numbers that carry its mechanism: each coefficient names its switch and
the value at which it adds nothing (`scenarios/parameter.py`), and a world reads that value instead.
Where no number can do so, the rules read the switch itself, as `world.with_NAME`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

from pydantic import Field, model_validator

from .parameter import Frozen


class Mechanism(NamedTuple):
    """One published mechanism: its row of the evidence, the room of its rule, what it needs."""

    name: str
    code: str
    meaning: str
    room: str
    needs: tuple[str, ...]


def switch(code: str, meaning: str, room: str, *, needs: tuple[str, ...] = ()) -> Any:
    """Declare a mechanism, on by default; `room` is its file in `agents/rules/`."""
    about: Any = {"code": code, "room": room, "needs": list(needs)}
    return Field(True, description=meaning, json_schema_extra={"mechanism": about})


class Mechanisms(Frozen):
    """What acts in a world. One that needs another cannot be on without it."""

    # Satisfaction.
    disconfirmation: bool = switch("A1", "performance counts against expectation", "satisfaction")
    anchoring: bool = switch("A2", "a long history makes the next encounter count less",
                             "satisfaction")  # fmt: skip
    adaptation: bool = switch("A3", "expectation follows experience", "satisfaction")
    raising_bar: bool = switch("A3", "the norm of the category follows the rivals", "satisfaction",
                               needs=("adaptation",))  # fmt: skip
    negativity: bool = switch("A4", "a shortfall weighs more than a gain", "satisfaction")
    curved_loyalty: bool = switch("A5", "only the very satisfied are loyal where rivals are near",
                                  "leaving")  # fmt: skip
    recovery: bool = switch("A6", "what is made good gives back part of a failure", "satisfaction")
    resentment: bool = switch("A6", "failures leave a resentment that makes leave", "satisfaction")
    effort: bool = switch("A7", "effort of a contact costs more than ease wins", "satisfaction")
    self_service: bool = switch("A8", "too much and too little self-service make leave", "contact")
    proactive: bool = switch("A9", "contact before anything fails: prevents, alerts, may sell",
                             "proactive")  # fmt: skip
    # Trust.
    commitment: bool = switch("B1", "the engaged stay", "leaving")
    trust: bool = switch("B1", "trust makes stay, and feeds engagement", "leaving")
    membership_bond: bool = switch("B2", "members and their points hold to the company", "points")
    trust_asymmetry: bool = switch("B3", "trust is lost faster than won", "trust")
    openness: bool = switch("B3", "transparency, control and ethics build trust", "trust")
    privacy: bool = switch("B4", "the data held unsettle", "trust")
    breach: bool = switch("B4", "a breach of data costs trust; openness softens it", "trust")
    spill_over: bool = switch("B4", "a rival's breach unsettles; a severe one flatters", "trust",
                              needs=("breach",))  # fmt: skip
    personal_control: bool = switch("B5", "personalised messages work with control, else backfire",
                                    "contact", needs=("messages",))  # fmt: skip
    scandal: bool = switch("B6", "a scandal costs trust and makes talk", "trust")
    # Engagement.
    engaged_spending: bool = switch("C2", "the engaged spend more", "buying")
    engaged_buyers: bool = switch("C2", "frequent buyers have higher set-points: selection",
                                  "joining")  # fmt: skip
    satisfied_spending: bool = switch("C3", "the satisfied spend more", "buying")
    involvement: bool = switch("C4", "categories and people differ in involvement", "involvement")
    community: bool = switch("C5", "taking part and ties engage and hold", "engagement")
    reactance: bool = switch("C6", "pressure beyond one's engagement puts off", "engagement")
    engagement_dynamics: bool = switch("C7", "experience moves engagement off its set-point",
                                       "engagement")  # fmt: skip
    human_contact: bool = switch("C7", "people in contacts engage", "engagement",
                                 needs=("engagement_dynamics",))  # fmt: skip
    relevance: bool = switch("C7", "what is relevant engages", "engagement",
                             needs=("engagement_dynamics",))  # fmt: skip
    co_creation: bool = switch("C8", "customers' ideas improve what is offered", "ideas")
    omnichannel: bool = switch("C9", "a second channel, well aligned, eases and sells", "channels")
    # Communication.
    messages: bool = switch("D1", "messages work up to an ideal, then irritate", "contact")
    deals: bool = switch("D3", "a deep deal wins newcomers, and spoils the established", "deals",
                         needs=("coupons",))  # fmt: skip
    coupons: bool = switch("D4", "the deal-prone redeem coupons", "deals")
    save: bool = switch("D5", "who is about to leave may stay for a lower price", "offers")
    winback: bool = switch("D6", "former customers who are contacted may come back", "offers")
    # The points programme.
    goal_gradient: bool = switch("E1", "purchases quicken towards a reward", "points")
    endowed_progress: bool = switch("E2", "a head start counts as progress", "points",
                                    needs=("goal_gradient",))  # fmt: skip
    reward_momentum: bool = switch("E3", "a reward gives momentum, then a let-down", "points")
    points_lift: bool = switch("E4", "members with wallet elsewhere buy more", "points")
    price_orientation: bool = switch("E4", "points move those most who look for a good price",
                                     "points", needs=("points_lift",))  # fmt: skip
    lift_erosion: bool = switch("E5", "the lift wears off", "points", needs=("points_lift",))
    programme_context: bool = switch("E7", "design, discounters and rivals shrink the lift",
                                     "points", needs=("points_lift",))  # fmt: skip
    shield: bool = switch("E8", "members who are dissatisfied overlook it and rivals", "leaving")
    tiers: bool = switch("E9", "promotion pleases, demotion hurts more", "tiers")
    expiry: bool = switch("E10", "points expire", "points")
    crowding_out: bool = switch("E12", "paid advocacy crowds out the unpaid", "acts",
                                needs=("word_of_mouth",))  # fmt: skip
    betrayal: bool = switch("E0", "closing or devaluing a programme costs trust", "points")
    saving: bool = switch("E0", "members save for a better reward that is near", "points")
    reward_choice: bool = switch("E0", "those who seek pleasure choose an experience as reward",
                                 "deals")  # fmt: skip
    fee_choice: bool = switch("E0", "those pay for membership to whom it is worth the fee",
                              "membership")  # fmt: skip
    # Word of mouth.
    word_of_mouth: bool = switch("F1", "the delighted and the angry talk", "talk")
    reputation: bool = switch("F1", "people recommend only what they stand behind", "talk",
                              needs=("word_of_mouth",))  # fmt: skip
    engaged_talk: bool = switch("F2", "the engaged talk more", "talk",
                                needs=("word_of_mouth",))  # fmt: skip
    former_customers: bool = switch("F2", "those who left go on warning", "talk",
                                    needs=("word_of_mouth",))  # fmt: skip
    belief: bool = switch("F3", "talk moves what others believe", "talk")
    resistance: bool = switch("F3", "news against one's belief is resisted", "talk",
                              needs=("belief",))  # fmt: skip
    referral: bool = switch("F4", "the referred and referrers stay longer and spend more",
                            "leaving")  # fmt: skip
    won_by_talk: bool = switch("F5", "customers won by talk fit better and talk more", "joining")
    public_opinion: bool = switch("F6", "volume and valence of talk draw new customers", "joining",
                                  needs=("word_of_mouth",))  # fmt: skip
    voice: bool = switch("F7", "failures are voiced, or posted in public", "satisfaction")
    contagion: bool = switch("F8", "neighbours who leave make leave", "leaving")
    defence: bool = switch("F9", "the engaged resist warnings and defend the brand", "talk",
                           needs=("belief",))  # fmt: skip
    rewarded_acts: bool = switch("mission", "sharing and subscribing for a reward", "acts")
    # The market.
    adoption: bool = switch("G1", "people join by marketing and by neighbours", "joining")
    diminishing_returns: bool = switch("G1", "more spent on acquisition wins less and less",
                                       "joining")  # fmt: skip
    switching_costs: bool = switch("G2", "switching costs hold", "neutral")
    attraction: bool = switch("G2", "rivals attract those who have lost by staying", "leaving")
    switching: bool = switch("G2", "who leaves may go to a rival at once", "switching")
    inertia: bool = switch("G3", "long custom dulls the pull of rivals", "leaving",
                           needs=("attraction",))  # fmt: skip
    # The company's money.
    investing: bool = switch("2H", "money becomes experience, late and with saturation",
                             "investing")  # fmt: skip
    # What practitioners describe beyond.
    surprise: bool = switch("I1", "a pleasant surprise", "satisfaction")
    recognition: bool = switch("I2", "being recognised, unless everybody is", "engagement")
    buying_signals: bool = switch("I3", "offers in time with a wish to buy", "signals")
    concierge: bool = switch("I4", "contacts with somebody who takes care of all", "satisfaction")
    escalation: bool = switch("I5", "a search may lead on to an expert's appointment, if there is "
                              "one left", "escalation")  # fmt: skip
    ambassadors: bool = switch("I6", "the most engaged, asked to stand for the company, reach more",
                               "ambassadors")  # fmt: skip
    voluntary_data: bool = switch("I7", "those who trust tell of themselves when listened to",
                                  "signals")  # fmt: skip
    drift: bool = switch("I8", "needs change with time", "drift")
    compulsion: bool = switch("I9", "feeling compelled to spend for a tier or for points", "tiers",
                              needs=("reactance",))  # fmt: skip
    cheapening: bool = switch("I10", "discounts lower the price thought fair", "deals")
    partial_adoption: bool = switch("I11", "hand-overs into and out of a programme cost effort",
                                    "satisfaction")  # fmt: skip
    hostage: bool = switch("I12", "those who stay without trust talk ill, leave when freed",
                           "leaving")  # fmt: skip
    disengaged: bool = switch("I13", "the actively disengaged post and warn more", "talk",
                              needs=("word_of_mouth",))  # fmt: skip

    @model_validator(mode="after")
    def _needs_are_met(self) -> Mechanisms:
        for mechanism in mechanisms():
            for other in mechanism.needs:
                if getattr(self, mechanism.name) and not getattr(self, other):
                    raise ValueError(
                        f"{mechanism.name}: got true, which needs {other}; allowed with "
                        f"mechanisms.{other}=true, or turn {mechanism.name} off as well"
                    )
        return self

    def without(self, name: str) -> Mechanisms:
        """The same with one mechanism off, and all that need it."""
        return acting({other for other, on in self if on and other != name})


def acting(wanted: Collection[str]) -> Mechanisms:
    """Those of the wanted ones on whose needs are met, all others off."""
    on, before = set(wanted), -1
    while len(on) != before:
        before = len(on)
        on = {one.name for one in mechanisms() if one.name in on and on.issuperset(one.needs)}
    return Mechanisms(**{name: name in on for name in Mechanisms.model_fields})


def mechanisms() -> Iterator[Mechanism]:
    """All mechanisms, in the order of the evidence."""
    for name, field in Mechanisms.model_fields.items():
        extra = field.json_schema_extra
        assert isinstance(extra, dict)
        about: Any = extra["mechanism"]
        yield Mechanism(
            name, about["code"], str(field.description), about["room"], tuple(about["needs"])
        )
