"""The coefficients of acting on a relation: contact, points, spending, leaving."""

from __future__ import annotations

from .literature import (
    BECKER,
    BKB,
    BOMBAIJ,
    DOROTIC,
    GODFREY,
    MORGAN,
    NESLIN,
    PROGRAMME,
    RECOVERY,
    SIMESTER,
    WAGNER,
)
from .parameter import Frozen, parameter


class Contact(Frozen):
    """Contact, channels and deals (`agents/rules/contact.py` and its neighbours)."""

    ideal_messages: float = parameter(
        4.0, "messages a month at which the response is best", unit="messages/month",
        symbol="m0", between=(2.0, 8.0), source=GODFREY, confidence="J", switch="messages",
    )  # fmt: skip
    message_lift: float = parameter(
        0.05, "relative rise of purchases at the ideal",
        symbol="a", between=(0.02, 0.1), source=GODFREY, confidence="J", switch="messages",
        off=0.0,
    )  # fmt: skip
    message_floor: float = parameter(
        0.7, "what is left of purchases under endless messages",
        symbol="fl", between=(0.5, 0.9), source=GODFREY, confidence="J", switch="messages",
    )  # fmt: skip
    message_hazard: float = parameter(
        1.0, "log-odds of staying per unit of ln(response to messages)",
        symbol="bR", between=(0.0, 2.0), source=GODFREY, confidence="J", switch="messages",
        off=0.0,
    )  # fmt: skip
    opt_out: float = parameter(
        0.02, "monthly opt-out per unit of contact beyond twice the ideal", unit="1/month",
        symbol="opt-out", between=(0.0, 0.05), source=GODFREY, confidence="J", switch="messages",
        off=0.0,
    )  # fmt: skip
    best_self_service: float = parameter(
        0.5, "self-service share with the lowest defection",
        symbol="s*", between=(0.3, 0.7), source="Scherer et al. 2015", confidence="J",
        switch="self_service",
    )  # fmt: skip
    self_service_curve: float = parameter(
        1.5, "log-odds of leaving per squared distance from the best share",
        symbol="kss", between=(0.5, 3.0), source="Scherer et al. 2015", confidence="J",
        switch="self_service", off=0.0,
    )  # fmt: skip
    personal_response: float = parameter(
        1.0,
        "how far control doubles, and its absence undoes, the response to personalised messages",
        symbol="pi", between=(0.3, 1.0), source="Tucker 2014", confidence="V",
        switch="personal_control", off=0.0,
    )  # fmt: skip
    prevention: float = parameter(
        0.3, "share of failures that preventive contact avoids",
        symbol="phi", between=(0.1, 0.5), source=BECKER, confidence="J", switch="proactive",
        off=0.0,
    )  # fmt: skip
    salience_hazard: float = parameter(
        1.7,
        "hazard ratio of the ill-matched for three months after contact that makes use salient",
        unit="ratio",
        symbol="HRp", between=(1.0, 1.8), source="Ascarza, Iyengar & Schleicher 2016",
        confidence="C", switch="proactive", off=1.0,
    )  # fmt: skip
    channel_adoption: float = parameter(
        0.05, "chance to take up a second channel at a purchase",
        symbol="adopt", between=(0.01, 0.2), source=NESLIN, confidence="J", switch="omnichannel",
        off=0.0,
    )  # fmt: skip
    channel_spend: float = parameter(
        0.02, "purchases added by a second, aligned channel where pleasure prevails",
        symbol="c9", between=(0.0, 0.15), source=NESLIN, confidence="J", switch="omnichannel",
        off=0.0,
    )  # fmt: skip
    channel_ease: float = parameter(
        0.05, "effort that aligned channels take off a contact",
        symbol="ease", between=(0.0, 0.1), source=NESLIN, confidence="J", switch="omnichannel",
        off=0.0,
    )  # fmt: skip
    signal_lift: float = parameter(
        0.1, "purchases added by an offer in time with a wish, per unit of relevance",
        symbol="bs", between=(0.0, 0.3), source="judgement", confidence="J",
        switch="buying_signals", off=0.0,
    )  # fmt: skip
    signal_base: float = parameter(
        0.02, "monthly chance of a wish to buy where nothing is at stake", unit="1/month",
        symbol="intent", between=(0.0, 0.05), source="judgement", confidence="J",
        switch="buying_signals", off=0.0,
    )  # fmt: skip
    signal_involved: float = parameter(
        0.1, "rise of the chance of a wish with involvement", unit="1/month",
        symbol="intent V", between=(0.0, 0.2), source="judgement", confidence="J",
        switch="buying_signals", off=0.0,
    )  # fmt: skip
    appointment_sale: float = parameter(
        0.15, "purchase probability that an expert's appointment adds",
        symbol="ab", between=(0.0, 0.4), source="judgement", confidence="J", switch="escalation",
        off=0.0,
    )  # fmt: skip
    telling: float = parameter(
        0.05, "monthly chance to tell of oneself where involvement, trust and control are full",
        unit="1/month",
        symbol="vd", between=(0.0, 0.15), source="judgement", confidence="J",
        switch="voluntary_data", off=0.0,
    )  # fmt: skip
    told_relevance: float = parameter(
        0.2, "relevance that telling can add",
        symbol="told", between=(0.0, 0.4), source="judgement", confidence="J",
        switch="voluntary_data",
    )  # fmt: skip
    deal_newcomers: float = parameter(
        1.05, "later purchases of a newcomer after a deep deal", unit="ratio",
        symbol="D3 first", between=(1.0, 1.1), source=SIMESTER, confidence="J", switch="deals",
        off=1.0,
    )  # fmt: skip
    deal_established: float = parameter(
        0.97, "later purchases of the established after a deep deal", unit="ratio",
        symbol="D3 later", between=(0.93, 1.0), source=SIMESTER, confidence="J", switch="deals",
        off=1.0,
    )  # fmt: skip
    deal_habit: float = parameter(
        0.02, "proneness to deals that a deep deal adds for the established",
        symbol="d_i +=", between=(0.0, 0.05), source=SIMESTER, confidence="J", switch="deals",
        off=0.0,
    )  # fmt: skip
    deal_precision: float = parameter(
        5.0, "b of the Beta(1, b) of proneness to deals",
        symbol="d_i", between=(3.0, 8.0), source="panel of 2,469 households", confidence="C",
        switch="coupons",
    )  # fmt: skip


class Points(Frozen):
    """What customers do with a points programme (`agents/rules/points.py`)."""

    enrol_chance: float = parameter(
        0.15, "chance to enrol at a purchase",
        symbol="pe", between=(0.05, 0.5), source=PROGRAMME, confidence="J",
    )  # fmt: skip
    card_shown: float = parameter(
        0.85, "chance that a member shows the card",
        symbol="cp", between=(0.5, 1.0), source=PROGRAMME, confidence="J",
    )  # fmt: skip
    redeem_chance: float = parameter(
        0.5, "chance to redeem in a month in which a reward is reached", unit="1/month",
        symbol="pn", between=(0.1, 1.0), source=PROGRAMME, confidence="J",
    )  # fmt: skip
    saving_months: float = parameter(
        2.0, "months at one's own pace within which a better reward is worth waiting for",
        unit="months",
        symbol="save", between=(0.5, 6.0), source=PROGRAMME, confidence="J", switch="saving",
        off=0.0,
    )  # fmt: skip
    discount_pull: float = parameter(
        3.0, "weight of proneness to deals against pleasure in choosing a reward",
        symbol="d/Vh", between=(1.0, 6.0), source=PROGRAMME, confidence="J",
        switch="reward_choice",
    )  # fmt: skip
    fee_worth: float = parameter(
        1.0, "benefit, in fees, from which membership is worth paying for",
        symbol="fee", between=(0.5, 2.0), source="direction: DellaVigna & Malmendier 2006",
        confidence="J", switch="fee_choice", off=0.0,
    )  # fmt: skip
    points_lift: float = parameter(
        0.08, "lift of purchases for a member whose wallet is all elsewhere",
        symbol="u0", between=(0.02, 0.2), source="Liu 2007; Lal & Bell 2003", confidence="V",
        switch="points_lift", off=0.0,
    )  # fmt: skip
    price_orientation: float = parameter(
        0.5, "share of the lift that goes with proneness to deals", symbol="dl",
        between=(0.0, 1.0), source="direction: Kopalle et al. 2012", confidence="J",
        switch="price_orientation", off=0.0,
    )  # fmt: skip
    lift_erosion: float = parameter(
        9.0, "time constant at which the passing part of the lift wears off", unit="months",
        symbol="decay", between=(6.0, 60.0), source="Meyer-Waarden 2007", confidence="V",
        switch="lift_erosion",
    )  # fmt: skip
    lift_lasting: float = parameter(
        0.3, "share of the lift that does not wear off",
        symbol="E5 rest", between=(0.1, 0.5), source="Meyer-Waarden 2007", confidence="J",
        switch="lift_erosion", off=1.0,
    )  # fmt: skip
    goal_gradient: float = parameter(
        0.45, "acceleration of purchases towards a reward",
        symbol="gG", between=(0.25, 0.5), source="Kivetz, Urminsky & Zheng 2006", confidence="V",
        switch="goal_gradient", off=0.0,
    )  # fmt: skip
    points_lock: float = parameter(
        0.15, "log-odds of staying that a full points balance adds",
        symbol="bpoints", between=(0.0, 0.4), source="Verhoef 2003", confidence="J",
        switch="membership_bond", off=0.0,
    )  # fmt: skip
    member_bond: float = parameter(
        0.1, "log-odds of staying that membership adds",
        symbol="bM", between=(0.0, 0.3), source="Verhoef 2003", confidence="J",
        switch="membership_bond", off=0.0,
    )  # fmt: skip
    progressive_lift: float = parameter(
        0.3, "lift of a programme that pays late or progressively, against direct", unit="ratio",
        symbol="E7 progressive", between=(0.1, 0.6), source=BOMBAIJ, confidence="J",
        switch="programme_context", off=1.0,
    )  # fmt: skip
    rival_programme_loss: float = parameter(
        0.15, "share of the lift lost per rival with a programme",
        symbol="E7 rivals", between=(0.0, 0.2), source=BOMBAIJ, confidence="J",
        switch="programme_context", off=0.0,
    )  # fmt: skip
    discounter_lift: float = parameter(
        0.6, "lift at a discounter, against others", unit="ratio",
        symbol="E7 discounter", between=(0.3, 1.0), source=BOMBAIJ, confidence="J",
        switch="programme_context", off=1.0,
    )  # fmt: skip
    reward_momentum: float = parameter(
        1.05, "purchases in the two months after a reward, against the usual", unit="ratio",
        symbol="E3 rate", between=(1.0, 1.1), source=DOROTIC, confidence="J",
        switch="reward_momentum", off=1.0,
    )  # fmt: skip
    reward_letdown: float = parameter(
        0.1, "log-odds of leaving in the month after a reward, of those below their set-point of E",
        symbol="E3 index", between=(0.0, 0.2), source=DOROTIC, confidence="J",
        switch="reward_momentum", off=0.0,
    )  # fmt: skip
    reward_renewal: float = parameter(
        0.5, "share by which a reward sets back the wearing off of the lift",
        symbol="E3 clock", between=(0.0, 1.0), source=DOROTIC, confidence="J",
        switch="reward_momentum", off=0.0,
    )  # fmt: skip
    demotion_hazard: float = parameter(
        1.2, "hazard ratio for three months after a demotion", unit="ratio",
        symbol="E9 hazard", between=(1.0, 1.5), source=WAGNER, confidence="J", switch="tiers",
        off=1.0,
    )  # fmt: skip


class Spending(Frozen):
    """What moves purchases and spend (`agents/rules/buying.py`)."""

    spend_satisfaction: float = parameter(
        0.4, "log purchase rate per unit of satisfaction",
        symbol="cS", between=(0.0, 1.0), source="Pansari & Kumar 2017", confidence="J",
        switch="satisfied_spending", off=0.0,
    )  # fmt: skip
    spend_engagement: float = parameter(
        0.25, "log purchase rate per unit of engagement",
        symbol="cE", between=(0.08, 0.6), source="Leenheer 2007; Manchanda 2015", confidence="J",
        switch="engaged_spending", off=0.0,
    )  # fmt: skip
    discretionary: float = parameter(
        0.2, "share of a contract's bill that follows the purchase rate",
        symbol="ds", between=(0.0, 0.5), source="judgement", confidence="J",
    )  # fmt: skip
    engaged_premium: float = parameter(
        0.23, "spend of the fully engaged above the mean: how far set-points go with it",
        symbol="FE", between=(0.10, 0.35), source="Gallup 2009; calibrated", confidence="V",
        switch="engaged_buyers", off=0.0,
    )  # fmt: skip
    wallet_rate: float = parameter(
        0.5, "rank correlation of purchase rate and share of wallet",
        symbol="corr(lam, SOW)", between=(0.2, 0.8), source="Liu 2007", confidence="J",
    )  # fmt: skip
    basket_sd_between: float = parameter(
        0.67, "sd of ln(mean basket) across customers",
        symbol="sigma_b", between=(0.4, 0.8), source="gamma-gamma on CDNOW (q 3.74)",
        confidence="M",
    )  # fmt: skip
    basket_sd_within: float = parameter(
        0.39, "sd of ln(amount) from one purchase to the next",
        symbol="sigma_w", between=(0.2, 0.6), source="gamma-gamma on CDNOW (p 6.25)",
        confidence="M",
    )  # fmt: skip


class Leaving(Frozen):
    """What moves the odds of leaving (`agents/rules/leaving.py`)."""

    hazard_satisfaction: float = parameter(
        2.0, "log-odds of staying per unit of (curved) satisfaction",
        symbol="bS", between=(0.5, 4.0), source="Anderson & Mittal 2000", confidence="J",
    )  # fmt: skip
    hazard_trust: float = parameter(
        1.0, "log-odds of staying per unit of trust",
        symbol="bT", between=(0.3, 2.0), source=MORGAN, confidence="J", switch="trust", off=0.0,
    )  # fmt: skip
    hazard_engagement: float = parameter(
        1.0, "log-odds of staying per unit of engagement",
        symbol="bE", between=(0.2, 2.0), source=MORGAN, confidence="J", switch="commitment",
        off=0.0,
    )  # fmt: skip
    hazard_resentment: float = parameter(
        0.5, "log-odds of leaving per unit of resentment",
        symbol="bX", between=(0.2, 1.1), source=RECOVERY, confidence="J", switch="resentment",
        off=0.0,
    )  # fmt: skip
    hazard_ties: float = parameter(
        0.3, "log-odds of staying per unit of community ties",
        symbol="bK", between=(0.0, 0.8), source="Manchanda et al. 2015", confidence="J",
        switch="community", off=0.0,
    )  # fmt: skip
    switching_cost: float = parameter(
        0.25, "log-odds of staying per sd of switching cost",
        symbol="bC", between=(0.1, 0.5), source="Pick & Eisend 2014", confidence="J",
        switch="switching_costs", off=0.0,
    )  # fmt: skip
    attraction: float = parameter(
        1.5, "log-odds of leaving per unit of a rival's greater utility",
        symbol="bA", between=(0.5, 3.0), source="Pick & Eisend 2014", confidence="J",
        switch="attraction", off=0.0,
    )  # fmt: skip
    staying_in_category: float = parameter(
        0.6, "share of those who leave a company who look for another at once",
        symbol="st", between=(0.2, 0.95), source="judgement", confidence="J",
        switch="switching", off=0.0,
    )  # fmt: skip
    contagion: float = parameter(
        0.5, "rise of the hazard per neighbour who has just left",
        symbol="cN", between=(0.2, 0.8), source="Nitzan & Libai 2011", confidence="J",
        switch="contagion", off=0.0,
    )  # fmt: skip
    inertia: float = parameter(
        0.5, "share of a rival's pull that long custom takes off",
        symbol="G3", between=(0.0, 0.7), source="judgement", confidence="J", switch="inertia",
        off=0.0,
    )  # fmt: skip
    shield_losses: float = parameter(
        0.20, "share of lost satisfaction that members overlook in staying",
        symbol="E8", between=(0.0, 0.35), source=BKB, confidence="J", switch="shield", off=0.0,
    )  # fmt: skip
    shield_rivals: float = parameter(
        0.15, "share of a rival's pull that membership takes off",
        symbol="E8 rivals", between=(0.0, 0.35), source=BKB, confidence="J", switch="shield",
        off=0.0,
    )  # fmt: skip
    hostage_hazard: float = parameter(
        1.5, "hazard ratio of those held without trust, once the tie ends", unit="ratio",
        symbol="I12", between=(1.0, 2.0), source="judgement", confidence="J", switch="hostage",
        off=1.0,
    )  # fmt: skip
