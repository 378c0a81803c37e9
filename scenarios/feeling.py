"""The coefficients of feeling: satisfaction, trust and engagement."""

from __future__ import annotations

from .literature import (
    BECKER,
    BOLTON,
    GODFREY,
    LUO,
    MARTIN,
    MITTAL,
    MORGAN,
    MUJI,
    OLIVER,
    PROGRAMME,
    RECOVERY,
    RUST,
    SLOVIC,
    VANDOORN,
    WAGNER,
)
from .parameter import Frozen, parameter


class Satisfaction(Frozen):
    """Expectation, disconfirmation, failure and recovery (`agents/rules/satisfaction.py`)."""

    performance_weight: float = parameter(
        0.5, "weight of performance itself in the appraisal",
        symbol="wP", between=(0.2, 0.7), source=OLIVER, confidence="M",
    )  # fmt: skip
    disconfirmation_weight: float = parameter(
        0.65, "weight of performance against expectation",
        symbol="wD", between=(0.3, 0.9), source=OLIVER, confidence="M", switch="disconfirmation",
        off=0.0,
    )  # fmt: skip
    loss_aversion: float = parameter(
        1.5, "a shortfall counts this many times a gain of the same size",
        symbol="kS", between=(1.0, 2.25), source=MITTAL, confidence="V", switch="negativity",
        off=1.0,
    )  # fmt: skip
    anchor_encounters: float = parameter(
        3.0, "encounters that the first impression is worth", unit="encounters",
        symbol="n0", between=(1.0, 8.0), source=BOLTON, confidence="J", switch="anchoring",
    )  # fmt: skip
    learning_floor: float = parameter(
        0.1, "least weight of a new encounter, however long the history",
        symbol="amin", between=(0.03, 0.25), source=BOLTON, confidence="J", switch="anchoring",
    )  # fmt: skip
    learning_pooling: float = parameter(
        0.5, "how much one encounter of a frequent category still teaches", unit="encounters",
        symbol="kap", between=(0.2, 2.0), source=BOLTON, confidence="J",
    )  # fmt: skip
    expectation_learning: float = parameter(
        0.2, "share of the gap by which expectation moves to experience",
        symbol="aX", between=(0.05, 0.4), source=RUST, confidence="J", switch="adaptation",
        off=0.0,
    )  # fmt: skip
    norm_weight: float = parameter(
        0.4, "share of the standard that is the norm of the category, not own experience",
        symbol="xn", between=(0.1, 0.8), source="experience-based norms", confidence="J",
        switch="adaptation",
    )  # fmt: skip
    norm_drift: float = parameter(
        0.02, "monthly move of the category's norm to what rivals perform", unit="1/month",
        symbol="dXn", between=(0.0, 0.05), source=RUST, confidence="J", switch="raising_bar",
        off=0.0,
    )  # fmt: skip
    performance_sd: float = parameter(
        0.12, "sd of performance from one encounter to the next", unit="performance",
        symbol="sd_P", between=(0.08, 0.18), source="calibrated state spreads", confidence="J",
    )  # fmt: skip
    match_sd: float = parameter(
        0.2, "sd across customers of how well the company suits them", unit="performance",
        symbol="sd_q", between=(0.12, 0.25), source="calibrated state spreads", confidence="J",
    )  # fmt: skip
    failure_severity: float = parameter(
        0.35, "performance lost in a failure", unit="performance",
        symbol="sev", between=(0.1, 0.7), source=RECOVERY, confidence="J",
    )  # fmt: skip
    recovery_effect: float = parameter(
        0.6, "share of the loss that a recovery gives back",
        symbol="rho_R", between=(0.3, 1.1), source=RECOVERY, confidence="J", switch="recovery",
        off=0.0,
    )  # fmt: skip
    recovered_residue: float = parameter(
        0.3, "share of a failure's resentment and distrust that stays although recovered",
        symbol="rcv share", between=(0.1, 0.6), source=RECOVERY, confidence="J", switch="recovery",
        off=1.0,
    )  # fmt: skip
    contact_share: float = parameter(
        0.3, "share of encounters that are service contacts",
        symbol="sc", between=(0.05, 1.0), source="market practice", confidence="J",
    )  # fmt: skip
    handover_effort: float = parameter(
        0.03, "effort added by each hand-over into or out of the programme", unit="0 to 1",
        symbol="I11", between=(0.0, 0.1), source="judgement", confidence="J",
        switch="partial_adoption", off=0.0,
    )  # fmt: skip
    effort_weight: float = parameter(
        0.5, "performance lost per unit of effort above the usual",
        symbol="ke", between=(0.2, 0.9), source="Dixon, Freeman & Toman 2010", confidence="J",
        switch="effort", off=0.0,
    )  # fmt: skip
    surprise_effect: float = parameter(
        0.1, "performance added by a pleasant surprise", unit="performance",
        symbol="P surp", between=(0.0, 0.2), source="judgement", confidence="J", switch="surprise",
        off=0.0,
    )  # fmt: skip
    surprise_repeat: float = parameter(
        0.5, "weight of a surprise within six months of another",
        symbol="repeat", between=(0.0, 1.0), source="judgement", confidence="J", switch="surprise",
    )  # fmt: skip
    concierge_effect: float = parameter(
        1.0, "share of a concierge's ease, company and skill that is felt",
        symbol="I4", between=(0.0, 1.0), source="judgement", confidence="J", switch="concierge",
        off=0.0,
    )  # fmt: skip
    drift_sd: float = parameter(
        0.01, "monthly sd by which needs drift", unit="performance",
        symbol="dn", between=(0.0, 0.03), source="judgement", confidence="J", switch="drift",
        off=0.0,
    )  # fmt: skip
    drift_tracked: float = parameter(
        0.5, "share of the drift followed for those who tell of themselves",
        symbol="tracked", between=(0.0, 1.0), source="judgement", confidence="J",
        switch="voluntary_data", off=0.0,
    )  # fmt: skip
    cheapening: float = parameter(
        0.2, "performance lost per share of the price above the one thought fair",
        symbol="rc", between=(0.0, 0.5), source="judgement", confidence="J", switch="cheapening",
        off=0.0,
    )  # fmt: skip
    idea_gain: float = parameter(
        0.03, "performance that used ideas can add at most", unit="performance",
        symbol="gI", between=(0.0, 0.06), source=MUJI, confidence="J", switch="co_creation",
        off=0.0,
    )  # fmt: skip


class Trust(Frozen):
    """Trust built slowly and lost fast (`agents/rules/trust.py`)."""

    trust_gain: float = parameter(
        0.04, "pull of good encounters on trust", unit="1/month",
        symbol="rp", between=(0.02, 0.1), source=SLOVIC, confidence="J",
    )  # fmt: skip
    trust_loss: float = parameter(
        0.16, "pull of failures on trust", unit="1/month",
        symbol="rm", between=(0.04, 0.3), source=SLOVIC, confidence="J", switch="trust_asymmetry",
        off="trust_gain",
    )  # fmt: skip
    trust_threshold: float = parameter(
        0.5, "performance that neither builds nor costs trust", unit="performance",
        symbol="zT", between=(0.45, 0.6), source=SLOVIC, confidence="J",
    )  # fmt: skip
    mediocrity_weight: float = parameter(
        0.5, "weight of poor but faultless encounters beside good ones",
        symbol="kT", between=(0.0, 2.0), source=SLOVIC, confidence="J", switch="trust_asymmetry",
        off=1.0,
    )  # fmt: skip
    trust_return: float = parameter(
        0.014, "pull of the disposition to trust", unit="1/month",
        symbol="dT", between=(0.004, 0.03), source=SLOVIC, confidence="J",
    )  # fmt: skip
    trust_openness: float = parameter(
        0.008, "trust built by transparency, control and ethics", unit="1/month",
        symbol="rt", between=(0.0, 0.02), source=MARTIN, confidence="J", switch="openness",
        off=0.0,
    )  # fmt: skip
    data_unease: float = parameter(
        0.005, "trust lost to the data held, per unit of depth", unit="1/month",
        symbol="ka", between=(0.0, 0.02), source=MARTIN, confidence="J", switch="privacy", off=0.0,
    )  # fmt: skip
    trust_disposition: float = parameter(
        0.52, "mean disposition to trust",
        symbol="T0", between=(0.4, 0.6), source="calibrated state spreads", confidence="J",
    )  # fmt: skip
    trust_precision: float = parameter(
        2.5, "precision (a + b) of the Beta of dispositions to trust",
        symbol="T0 precision", between=(1.5, 8.0), source="calibrated state spreads",
        confidence="J",
    )  # fmt: skip
    breach_hurt: float = parameter(
        3.0, "distrust of a breach of severity 1, in unrecovered failures",
        symbol="sev_T breach", between=(1.5, 4.5), source=MARTIN, confidence="J", switch="breach",
        off=0.0,
    )  # fmt: skip
    breach_transparency: float = parameter(
        0.4, "share of a breach's distrust that full transparency takes off",
        symbol="tau breach", between=(0.2, 0.6), source=MARTIN, confidence="J", switch="breach",
    )  # fmt: skip
    breach_control: float = parameter(
        0.4, "share of a breach's distrust that full control takes off",
        symbol="chi breach", between=(0.2, 0.6), source=MARTIN, confidence="J", switch="breach",
    )  # fmt: skip
    spill_mild: float = parameter(
        0.2, "distrust of a rival's mild breach, as a share of that of an own one", unit="ratio",
        symbol="spill mild", between=(0.0, 0.4), source=MARTIN, confidence="J", switch="spill_over",
        off=0.0,
    )  # fmt: skip
    spill_severe: float = parameter(
        0.1, "trust won by a rival's severe breach, as a share of that lost by an own one",
        unit="ratio", symbol="spill severe", between=(0.0, 0.2), source=MARTIN, confidence="J",
        switch="spill_over", off=0.0,
    )  # fmt: skip
    spill_severe_from: float = parameter(
        0.5, "severity above which a rival's breach is severe", unit="0 to 1",
        symbol="severe", between=(0.3, 0.7), source="judgement", confidence="J",
        switch="spill_over",
    )  # fmt: skip
    scandal_hurt: float = parameter(
        2.0, "distrust of a scandal of severity 1, in unrecovered failures",
        symbol="sev_T scandal", between=(0.0, 4.0), source=LUO, confidence="J", switch="scandal",
        off=0.0,
    )  # fmt: skip
    scandal_talk: float = parameter(
        3.0, "warnings in the month of a scandal, against the usual", unit="ratio",
        symbol="burst", between=(1.0, 5.0), source=LUO, confidence="J", switch="scandal", off=1.0,
    )  # fmt: skip
    closure_hurt: float = parameter(
        0.3, "distrust that closing a programme costs its members, in unrecovered failures",
        symbol="sev_T closure", between=(0.0, 0.6), source=PROGRAMME, confidence="J",
        switch="betrayal", off=0.0,
    )  # fmt: skip
    devaluation_hurt: float = parameter(
        0.5, "distrust that devaluing a programme by a fifth costs, in unrecovered failures",
        symbol="sev_T devaluation", between=(0.0, 1.5), source=PROGRAMME, confidence="J",
        switch="betrayal", off=0.0,
    )  # fmt: skip
    sales_suspicion: float = parameter(
        0.02, "trust lost to a preventive contact that sells",
        symbol="T-=", between=(0.0, 0.05), source=BECKER, confidence="J", switch="proactive",
        off=0.0,
    )  # fmt: skip


class Engagement(Frozen):
    """Emotional engagement, its set-point and its levers (`agents/rules/engagement.py`)."""

    engagement_speed: float = parameter(
        0.08, "speed at which the appraisal moves engagement", unit="1/month",
        symbol="eg", between=(0.02, 0.16), source=VANDOORN, confidence="J",
        switch="engagement_dynamics", off=0.0,
    )  # fmt: skip
    engagement_return: float = parameter(
        0.03, "pull of the personal set-point", unit="1/month",
        symbol="dE", between=(0.01, 0.1), source=VANDOORN, confidence="J",
    )  # fmt: skip
    engagement_hurt: float = parameter(
        0.1, "pull of an unrecovered failure", unit="1/month",
        symbol="em", between=(0.03, 0.25), source=VANDOORN, confidence="J",
        switch="engagement_dynamics", off=0.0,
    )  # fmt: skip
    from_satisfaction: float = parameter(
        0.9, "appraisal per unit of satisfaction above the market's mean",
        symbol="eS", between=(0.3, 2.0), source=VANDOORN, confidence="J",
        switch="engagement_dynamics",
    )  # fmt: skip
    from_trust: float = parameter(
        0.6, "appraisal per unit of trust above the market's mean",
        symbol="eT", between=(0.0, 1.5), source=MORGAN, confidence="J", switch="trust", off=0.0,
    )  # fmt: skip
    from_human: float = parameter(
        0.25, "appraisal per unit of human share in contacts",
        symbol="eH", between=(0.0, 0.6), source="Scherer et al. 2015", confidence="J",
        switch="human_contact", off=0.0,
    )  # fmt: skip
    from_participation: float = parameter(
        0.25, "appraisal per unit of participation in the community",
        symbol="eP", between=(0.0, 0.6), source="Manchanda et al. 2015", confidence="J",
        switch="community", off=0.0,
    )  # fmt: skip
    from_ties: float = parameter(
        0.25, "appraisal per unit of social ties in the community",
        symbol="eK", between=(0.0, 0.6), source="Manchanda et al. 2015", confidence="J",
        switch="community", off=0.0,
    )  # fmt: skip
    from_recognition: float = parameter(
        0.15, "appraisal of being recognised, times own engagement",
        symbol="eR", between=(0.0, 0.4), source="judgement", confidence="J", switch="recognition",
        off=0.0,
    )  # fmt: skip
    from_surprise: float = parameter(
        0.1, "appraisal of one surprise a month",
        symbol="eU", between=(0.0, 0.3), source="judgement", confidence="J", switch="surprise",
        off=0.0,
    )  # fmt: skip
    from_relevance: float = parameter(
        0.15, "appraisal per unit of relevance above the usual",
        symbol="eL", between=(0.0, 0.4), source=VANDOORN, confidence="J", switch="relevance",
        off=0.0,
    )  # fmt: skip
    from_effort: float = parameter(
        0.4, "appraisal lost per unit of effort above the usual",
        symbol="eF", between=(0.0, 0.8), source="Dixon, Freeman & Toman 2010", confidence="J",
        switch="effort", off=0.0,
    )  # fmt: skip
    message_irritation: float = parameter(
        0.1, "appraisal lost per ideal of messages beyond two",
        symbol="D1 E", between=(0.0, 0.2), source=GODFREY, confidence="J", switch="messages",
        off=0.0,
    )  # fmt: skip
    reactance: float = parameter(
        0.3, "appraisal lost per unit of pressure beyond own engagement",
        symbol="eC", between=(0.0, 0.8), source="Algesheimer et al. 2005", confidence="J",
        switch="reactance", off=0.0,
    )  # fmt: skip
    set_point_base: float = parameter(
        0.24, "mean set-point where the category gives no pleasure",
        symbol="E0 intercept", between=(0.1, 0.3), source="Zaichkowsky 1985", confidence="J",
    )  # fmt: skip
    set_point_slope: float = parameter(
        0.48, "rise of the set-point with hedonic involvement",
        symbol="E0 slope", between=(0.2, 0.6), source="Zaichkowsky 1985", confidence="J",
    )  # fmt: skip
    set_point_precision: float = parameter(
        5.5, "precision (a + b) of the Beta of set-points",
        symbol="E0 precision", between=(4.0, 12.0), source="calibrated state spreads",
        confidence="J",
    )  # fmt: skip
    involvement_sd: float = parameter(
        0.1, "sd of involvement across customers",
        symbol="sd_V", between=(0.0, 0.2), source="Zaichkowsky 1985", confidence="J",
        switch="involvement", off=0.0,
    )  # fmt: skip
    promotion: float = parameter(
        0.03, "engagement won by promotion to a tier",
        symbol="E9 up", between=(0.0, 0.06), source=WAGNER, confidence="J", switch="tiers",
        off=0.0,
    )  # fmt: skip
    demotion: float = parameter(
        0.06, "engagement lost by demotion from a tier",
        symbol="E9 down", between=(0.03, 0.09), source=WAGNER, confidence="J", switch="tiers",
        off=0.0,
    )  # fmt: skip
