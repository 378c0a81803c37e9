"""The coefficients of the behavioural rules: what the evidence says of each, and how sure it is.

Every name is unique across groups, because the rules read them all from one flat record, the world.
Symbols are those of the published rules; the file of `agents/rules/` that uses a group is named in
the group's docstring. Confidence: V read in the source, V2 in a secondary source, C computed from
data, M from memory, J our judgement. What is M or J is drawn from its range, world by world.
"""

from __future__ import annotations

from .parameter import Frozen, parameter

OLIVER = "Oliver 1980; Szymanski & Henard 2001"
BOLTON = "Bolton 1998"
RUST = "Rust & Oliver 2000; Anderson, Fornell & Lehmann 1994"
MITTAL = "Mittal, Ross & Baldasare 1998"
RECOVERY = "Smith, Bolton & Wagner 1999; de Matos et al. 2007; Knox & van Oest 2014"
SLOVIC = "Slovic 1993"
MORGAN = "Morgan & Hunt 1994; Palmatier et al. 2006"
MARTIN = "Martin, Borah & Palmatier 2017"
VANDOORN = "van Doorn et al. 2010; Pansari & Kumar 2017"
GODFREY = "Godfrey, Seiders & Voss 2011"
EAST = "East, Hammond & Wright 2007; East, Hammond & Lomax 2008"
ANDERSON = "Anderson 1998"
GOODMAN = "Hirschman 1970; Goodman (TARP)"
SCHMITT = "Schmitt, Skiera & Van den Bulte 2011; Garnefeld et al. 2013"
PROGRAMME = "membership process not published"


class Satisfaction(Frozen):
    """Expectation, disconfirmation, failure and recovery (`agents/rules/satisfaction.py`)."""

    performance_weight: float = parameter(
        0.50, "weight of performance itself in the appraisal",
        symbol="wP", between=(0.2, 0.7), source=OLIVER, confidence="M",
    )  # fmt: skip
    disconfirmation_weight: float = parameter(
        0.65, "weight of performance against expectation",
        symbol="wD", between=(0.3, 0.9), source=OLIVER, confidence="M",
    )  # fmt: skip
    loss_aversion: float = parameter(
        1.5, "a shortfall counts this many times a gain of the same size",
        symbol="kS", between=(1.0, 2.25), source=MITTAL, confidence="V", limits=(1.0, 4.0),
    )  # fmt: skip
    anchor_encounters: float = parameter(
        3.0, "encounters that the first impression is worth", unit="encounters",
        symbol="n0", between=(1.0, 8.0), source=BOLTON, confidence="J", limits=(0.5, 50.0),
    )  # fmt: skip
    learning_floor: float = parameter(
        0.10, "least weight of a new encounter, however long the history",
        symbol="amin", between=(0.03, 0.25), source=BOLTON, confidence="J",
    )  # fmt: skip
    learning_pooling: float = parameter(
        0.5, "how much one encounter of a frequent category still teaches", unit="encounters",
        symbol="kap", between=(0.2, 2.0), source=BOLTON, confidence="J", limits=(0.05, 10.0),
    )  # fmt: skip
    expectation_learning: float = parameter(
        0.20, "share of the gap by which expectation moves to experience",
        symbol="aX", between=(0.05, 0.40), source=RUST, confidence="J",
    )  # fmt: skip
    norm_weight: float = parameter(
        0.4, "share of the standard that is the norm of the category, not own experience",
        symbol="xn", between=(0.1, 0.8), source="experience-based norms", confidence="J",
    )  # fmt: skip
    performance_sd: float = parameter(
        0.12, "sd of performance from one encounter to the next", unit="performance",
        symbol="sd_P", between=(0.08, 0.18), source="calibrated state spreads", confidence="J",
    )  # fmt: skip
    match_sd: float = parameter(
        0.20, "sd across customers of how well the company suits them", unit="performance",
        symbol="sd_q", between=(0.12, 0.25), source="calibrated state spreads", confidence="J",
    )  # fmt: skip
    failure_severity: float = parameter(
        0.35, "performance lost in a failure", unit="performance",
        symbol="sev", between=(0.1, 0.7), source=RECOVERY, confidence="J",
    )  # fmt: skip
    recovery_effect: float = parameter(
        0.6, "share of the loss that a recovery gives back",
        symbol="rho_R", between=(0.3, 1.1), source=RECOVERY, confidence="J", limits=(0.0, 1.5),
    )  # fmt: skip
    recovered_residue: float = parameter(
        0.3, "share of a failure's resentment and distrust that stays although recovered",
        symbol="rcv", between=(0.1, 0.6), source=RECOVERY, confidence="J",
    )  # fmt: skip
    contact_share: float = parameter(
        0.3, "share of encounters that are service contacts",
        symbol="sc", between=(0.05, 1.0), source="market practice", confidence="J",
    )  # fmt: skip
    effort_weight: float = parameter(
        0.5, "performance lost per unit of effort above the usual",
        symbol="ke", between=(0.2, 0.9), source="Dixon, Freeman & Toman 2010", confidence="J",
        limits=(0.0, 2.0),
    )  # fmt: skip
    surprise_effect: float = parameter(
        0.10, "performance added by a pleasant surprise", unit="performance",
        symbol="surp", between=(0.0, 0.2), source="judgement", confidence="J",
    )  # fmt: skip


class Trust(Frozen):
    """Trust built slowly and lost fast (`agents/rules/trust.py`)."""

    trust_gain: float = parameter(
        0.04, "pull of good encounters on trust", unit="1/month",
        symbol="rp", between=(0.02, 0.10), source=SLOVIC, confidence="J",
    )  # fmt: skip
    trust_loss: float = parameter(
        0.16, "pull of failures on trust", unit="1/month",
        symbol="rm", between=(0.04, 0.30), source=SLOVIC, confidence="J",
    )  # fmt: skip
    trust_threshold: float = parameter(
        0.50, "performance that neither builds nor costs trust", unit="performance",
        symbol="zT", between=(0.45, 0.60), source=SLOVIC, confidence="J",
    )  # fmt: skip
    mediocrity_weight: float = parameter(
        0.5, "weight of poor but faultless encounters beside good ones",
        symbol="kT", between=(0.0, 2.0), source=SLOVIC, confidence="J", limits=(0.0, 5.0),
    )  # fmt: skip
    trust_return: float = parameter(
        0.014, "pull of the disposition to trust", unit="1/month",
        symbol="dT", between=(0.004, 0.03), source=SLOVIC, confidence="J", limits=(1e-4, 1.0),
    )  # fmt: skip
    trust_openness: float = parameter(
        0.008, "trust built by transparency, control and ethics", unit="1/month",
        symbol="rt", between=(0.0, 0.02), source=MARTIN, confidence="J",
    )  # fmt: skip
    data_unease: float = parameter(
        0.005, "trust lost to the data held, per unit of depth", unit="1/month",
        symbol="ka", between=(0.0, 0.02), source=MARTIN, confidence="J",
    )  # fmt: skip
    trust_disposition: float = parameter(
        0.52, "mean disposition to trust",
        symbol="T0", between=(0.4, 0.6), source="calibrated state spreads", confidence="J",
        limits=(0.05, 0.95),
    )  # fmt: skip
    trust_precision: float = parameter(
        2.5, "precision (a + b) of the Beta of dispositions to trust",
        symbol="T0 precision", between=(1.5, 8.0), source="calibrated state spreads",
        confidence="J", limits=(0.5, 100.0),
    )  # fmt: skip


class Engagement(Frozen):
    """Emotional engagement, its set-point and its levers (`agents/rules/engagement.py`)."""

    engagement_speed: float = parameter(
        0.08, "speed at which the appraisal moves engagement", unit="1/month",
        symbol="eg", between=(0.02, 0.16), source=VANDOORN, confidence="J",
    )  # fmt: skip
    engagement_return: float = parameter(
        0.03, "pull of the personal set-point", unit="1/month",
        symbol="dE", between=(0.01, 0.10), source=VANDOORN, confidence="J", limits=(1e-4, 1.0),
    )  # fmt: skip
    engagement_hurt: float = parameter(
        0.10, "pull of an unrecovered failure", unit="1/month",
        symbol="em", between=(0.03, 0.25), source=VANDOORN, confidence="J",
    )  # fmt: skip
    from_satisfaction: float = parameter(
        0.9, "appraisal per unit of satisfaction above the market's mean",
        symbol="eS", between=(0.3, 2.0), source=VANDOORN, confidence="J", limits=(0.0, 5.0),
    )  # fmt: skip
    from_trust: float = parameter(
        0.6, "appraisal per unit of trust above the market's mean",
        symbol="eT", between=(0.0, 1.5), source=MORGAN, confidence="J", limits=(0.0, 5.0),
    )  # fmt: skip
    from_human: float = parameter(
        0.25, "appraisal per unit of human share in contacts",
        symbol="eH", between=(0.0, 0.6), source="Scherer et al. 2015", confidence="J",
    )  # fmt: skip
    from_participation: float = parameter(
        0.25, "appraisal per unit of participation in the community",
        symbol="eP", between=(0.0, 0.6), source="Manchanda et al. 2015", confidence="J",
    )  # fmt: skip
    from_ties: float = parameter(
        0.25, "appraisal per unit of social ties in the community",
        symbol="eK", between=(0.0, 0.6), source="Manchanda et al. 2015", confidence="J",
    )  # fmt: skip
    from_recognition: float = parameter(
        0.15, "appraisal of being recognised, times own engagement",
        symbol="eR", between=(0.0, 0.4), source="judgement", confidence="J",
    )  # fmt: skip
    from_surprise: float = parameter(
        0.10, "appraisal of one surprise a month",
        symbol="eU", between=(0.0, 0.3), source="judgement", confidence="J",
    )  # fmt: skip
    from_relevance: float = parameter(
        0.15, "appraisal per unit of relevance above the usual",
        symbol="eL", between=(0.0, 0.4), source=VANDOORN, confidence="J",
    )  # fmt: skip
    from_effort: float = parameter(
        0.4, "appraisal lost per unit of effort above the usual",
        symbol="eF", between=(0.0, 0.8), source="Dixon, Freeman & Toman 2010", confidence="J",
    )  # fmt: skip
    reactance: float = parameter(
        0.3, "appraisal lost per unit of pressure beyond own engagement",
        symbol="eC", between=(0.0, 0.8), source="Algesheimer et al. 2005", confidence="J",
        limits=(0.0, 2.0),
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
        confidence="J", limits=(1.0, 100.0),
    )  # fmt: skip
    involvement_sd: float = parameter(
        0.10, "sd of involvement across customers",
        symbol="sd_V", between=(0.0, 0.2), source="Zaichkowsky 1985", confidence="J",
        limits=(0.0, 0.3),
    )  # fmt: skip


class Contact(Frozen):
    """How much is too much of messages and self-service (`agents/rules/contact.py`)."""

    ideal_messages: float = parameter(
        4.0, "messages a month at which the response is best", unit="messages/month",
        symbol="m0", between=(2.0, 8.0), source=GODFREY, confidence="J", limits=(0.5, 60.0),
    )  # fmt: skip
    message_lift: float = parameter(
        0.05, "relative rise of purchases at the ideal",
        symbol="a", between=(0.02, 0.10), source=GODFREY, confidence="J",
    )  # fmt: skip
    message_floor: float = parameter(
        0.7, "what is left of purchases under endless messages",
        symbol="fl", between=(0.5, 0.9), source=GODFREY, confidence="J", limits=(0.05, 0.99),
    )  # fmt: skip
    message_hazard: float = parameter(
        1.0, "log-odds of leaving per unit of ln(response)",
        symbol="bR", between=(0.0, 2.0), source=GODFREY, confidence="J", limits=(0.0, 5.0),
    )  # fmt: skip
    opt_out: float = parameter(
        0.02, "monthly opt-out per unit of contact beyond twice the ideal", unit="1/month",
        symbol="opt-out", between=(0.0, 0.05), source=GODFREY, confidence="J",
    )  # fmt: skip
    best_self_service: float = parameter(
        0.5, "self-service share with the lowest defection",
        symbol="s*", between=(0.3, 0.7), source="Scherer et al. 2015", confidence="J",
    )  # fmt: skip
    self_service_curve: float = parameter(
        1.5, "log-odds of leaving per squared distance from it",
        symbol="kss", between=(0.5, 3.0), source="Scherer et al. 2015", confidence="J",
        limits=(0.0, 10.0),
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
    points_lift: float = parameter(
        0.08, "lift of purchases for a member whose wallet is all elsewhere",
        symbol="u0", between=(0.02, 0.20), source="Liu 2007; Lal & Bell 2003", confidence="V",
    )  # fmt: skip
    lift_erosion: float = parameter(
        9.0, "time constant at which the lift wears off to 30 %", unit="months",
        symbol="decay", between=(6.0, 60.0), source="Meyer-Waarden 2007", confidence="V",
        limits=(1.0, 1e6),
    )  # fmt: skip
    goal_gradient: float = parameter(
        0.30, "acceleration of purchases towards a reward",
        symbol="gG", between=(0.25, 0.50), source="Kivetz, Urminsky & Zheng 2006",
        confidence="V",
    )  # fmt: skip
    points_lock: float = parameter(
        0.15, "log-odds of staying that a full points balance adds",
        symbol="bpoints", between=(0.0, 0.4), source="Verhoef 2003", confidence="J",
    )  # fmt: skip
    member_bond: float = parameter(
        0.10, "log-odds of staying that membership adds",
        symbol="bM", between=(0.0, 0.3), source="Verhoef 2003", confidence="J",
    )  # fmt: skip
    closure_hurt: float = parameter(
        0.3, "trust that closing a programme costs its members, in unrecovered failures",
        symbol="sev_T", between=(0.0, 0.6), source=PROGRAMME, confidence="J", limits=(0.0, 5.0),
    )  # fmt: skip


class Talk(Frozen):
    """Word of mouth, voice and belief (`agents/rules/talk.py`)."""

    talk_base: float = parameter(
        0.02, "acts of talk a month of a customer who feels neither way", unit="1/month",
        symbol="w0", between=(0.005, 0.05), source=ANDERSON, confidence="J",
    )  # fmt: skip
    praise_curve: float = parameter(
        0.9, "praise per squared satisfaction above the middle", unit="1/month",
        symbol="ap", between=(0.4, 1.8), source=ANDERSON, confidence="J", limits=(0.0, 5.0),
    )  # fmt: skip
    warning_curve: float = parameter(
        1.5, "warnings per squared satisfaction below the middle", unit="1/month",
        symbol="an", between=(0.8, 2.4), source=ANDERSON, confidence="J", limits=(0.0, 5.0),
    )  # fmt: skip
    warning_failure: float = parameter(
        0.35, "warnings after an unrecovered failure",
        symbol="wf", between=(0.1, 0.7), source=EAST, confidence="J",
    )  # fmt: skip
    talk_engagement: float = parameter(
        2.0, "how strongly engagement makes people talk",
        symbol="te", between=(1.0, 3.0), source="de Matos & Rossi 2008", confidence="J",
        limits=(0.0, 10.0),
    )  # fmt: skip
    reputation_mean: float = parameter(
        0.50, "mean satisfaction below which one would not recommend",
        symbol="g", between=(0.35, 0.6), source="own reputation at stake", confidence="J",
    )  # fmt: skip
    reputation_sd: float = parameter(
        0.10, "sd of that threshold across customers",
        symbol="sd_g", between=(0.05, 0.15), source="own reputation at stake", confidence="J",
    )  # fmt: skip
    reach: float = parameter(
        2.0, "neighbours who hear one act of talk", unit="people",
        symbol="reach", between=(1.0, 4.0), source=EAST, confidence="J", limits=(0.0, 1000.0),
    )  # fmt: skip
    public_reach: float = parameter(
        10.0, "neighbours who see one public post", unit="people",
        symbol="public reach", between=(5.0, 50.0), source=GOODMAN, confidence="J",
        limits=(0.0, 1000.0),
    )  # fmt: skip
    praise_impact: float = parameter(
        0.25, "move of belief by praise",
        symbol="iP", between=(0.1, 0.35), source=EAST, confidence="M",
    )  # fmt: skip
    warning_impact: float = parameter(
        0.25, "move of belief by a warning",
        symbol="iN", between=(0.1, 0.4), source=EAST, confidence="M",
    )  # fmt: skip
    resistance: float = parameter(
        0.3, "resistance to news against one's belief",
        symbol="rr", between=(0.0, 0.6), source=EAST, confidence="J",
    )  # fmt: skip
    forgetting: float = parameter(
        0.10, "monthly return of belief to its anchor", unit="1/month",
        symbol="phi", between=(0.03, 0.25), source=EAST, confidence="J",
    )  # fmt: skip
    voice: float = parameter(
        0.30, "chance to complain to the company after a failure",
        symbol="vc", between=(0.05, 0.6), source=GOODMAN, confidence="J", limits=(0.0, 0.65),
    )  # fmt: skip
    post: float = parameter(
        0.05, "chance to post publicly after a failure",
        symbol="vs", between=(0.01, 0.15), source=GOODMAN, confidence="J", limits=(0.0, 0.35),
    )  # fmt: skip


class Referral(Frozen):
    """Customers won by a referral programme, and those who referred (`agents/rules/leaving.py`)."""

    referral_half: float = parameter(
        10.0, "referral reward that half of those who won somebody would claim",
        unit="currency", symbol="-", between=(2.0, 25.0),
        source="judgement around the EUR 25 of Schmitt et al. 2011", confidence="J",
        limits=(0.01, 10_000.0),
    )  # fmt: skip
    referred_hazard: float = parameter(
        0.82, "hazard ratio of a referred customer while the referrer stays",
        symbol="HR", between=(0.82, 0.82), source=SCHMITT, confidence="V", limits=(0.1, 1.0),
    )  # fmt: skip
    referred_premium: float = parameter(
        0.15, "margin premium of a referred customer at the start",
        symbol="mp0", between=(0.0, 0.3), source=SCHMITT, confidence="J",
    )  # fmt: skip
    referrer_hazard: float = parameter(
        0.60, "hazard ratio of a customer in the year after referring",
        symbol="HR_r", between=(0.34, 0.90), source="Garnefeld et al. 2013", confidence="J",
        limits=(0.1, 1.0),
    )  # fmt: skip
    referrer_spend: float = parameter(
        0.05, "extra spend in the year after referring",
        symbol="+5%", between=(0.0, 0.114), source="Garnefeld et al. 2013", confidence="J",
    )  # fmt: skip


class Adoption(Frozen):
    """How people come to a company (`agents/rules/joining.py`)."""

    adoption_external: float = parameter(
        0.0025, "monthly adoption by marketing alone", unit="1/month",
        symbol="p", between=(0.0001, 0.01), source="Sultan, Farley & Lehmann 1990",
        confidence="M",
    )  # fmt: skip
    adoption_social: float = parameter(
        0.0317, "monthly adoption when all neighbours are customers", unit="1/month",
        symbol="q", between=(0.007, 0.08), source="Sultan, Farley & Lehmann 1990",
        confidence="M",
    )  # fmt: skip


class Leaving(Frozen):
    """What moves the odds of leaving (`agents/rules/leaving.py`)."""

    hazard_satisfaction: float = parameter(
        2.0, "log-odds of staying per unit of (curved) satisfaction",
        symbol="bS", between=(0.5, 4.0), source="Anderson & Mittal 2000", confidence="J",
        limits=(0.0, 10.0),
    )  # fmt: skip
    hazard_trust: float = parameter(
        1.0, "log-odds of staying per unit of trust",
        symbol="bT", between=(0.3, 2.0), source=MORGAN, confidence="J", limits=(0.0, 10.0),
    )  # fmt: skip
    hazard_engagement: float = parameter(
        1.0, "log-odds of staying per unit of engagement",
        symbol="bE", between=(0.2, 2.0), source=MORGAN, confidence="J", limits=(0.0, 10.0),
    )  # fmt: skip
    hazard_resentment: float = parameter(
        0.5, "log-odds of leaving per unit of resentment",
        symbol="bX", between=(0.2, 1.1), source=RECOVERY, confidence="J", limits=(0.0, 5.0),
    )  # fmt: skip
    hazard_ties: float = parameter(
        0.3, "log-odds of staying per unit of community ties",
        symbol="bK", between=(0.0, 0.8), source="Manchanda et al. 2015", confidence="J",
        limits=(0.0, 5.0),
    )  # fmt: skip
    switching_cost: float = parameter(
        0.25, "log-odds of staying per sd of switching cost",
        symbol="bC", between=(0.1, 0.5), source="Pick & Eisend 2014", confidence="J",
        limits=(0.0, 5.0),
    )  # fmt: skip
    attraction: float = parameter(
        1.5, "log-odds of leaving per unit of a rival's greater utility",
        symbol="bA", between=(0.5, 3.0), source="Pick & Eisend 2014", confidence="J",
        limits=(0.0, 10.0),
    )  # fmt: skip
    contagion: float = parameter(
        0.5, "rise of the hazard per neighbour who has just left",
        symbol="cN", between=(0.2, 0.8), source="Nitzan & Libai 2011", confidence="J",
        limits=(0.0, 5.0),
    )  # fmt: skip


class Spending(Frozen):
    """What moves purchases and spend (`agents/rules/buying.py`)."""

    spend_satisfaction: float = parameter(
        0.4, "log purchase rate per unit of satisfaction",
        symbol="cS", between=(0.0, 1.0), source="Pansari & Kumar 2017", confidence="J",
        limits=(0.0, 3.0),
    )  # fmt: skip
    spend_engagement: float = parameter(
        0.25, "log purchase rate per unit of engagement",
        symbol="cE", between=(0.08, 0.6), source="Leenheer 2007; Manchanda 2015", confidence="J",
        limits=(0.0, 3.0),
    )  # fmt: skip
    discretionary: float = parameter(
        0.2, "share of a contract's bill that follows the purchase rate",
        symbol="ds", between=(0.0, 0.5), source="judgement", confidence="J",
    )  # fmt: skip
    rate_engagement: float = parameter(
        0.3, "rank correlation of purchase rate and engagement set-point",
        symbol="corr(lam, E0)", between=(0.3, 0.3), source="Gallup 2009, calibrated",
        confidence="C", limits=(-0.9, 0.9),
    )  # fmt: skip
    basket_sd_between: float = parameter(
        0.67, "sd of ln(mean basket) across customers",
        symbol="sigma_b", between=(0.4, 0.8), source="gamma-gamma on CDNOW (q 3.74)",
        confidence="M", limits=(0.0, 2.0),
    )  # fmt: skip
    basket_sd_within: float = parameter(
        0.39, "sd of ln(amount) from one purchase to the next",
        symbol="sigma_w", between=(0.2, 0.6), source="gamma-gamma on CDNOW (p 6.25)",
        confidence="M", limits=(0.0, 2.0),
    )  # fmt: skip


class Coefficients(Frozen):
    """All coefficients of behaviour, by group."""

    satisfaction: Satisfaction = Satisfaction()
    trust: Trust = Trust()
    engagement: Engagement = Engagement()
    contact: Contact = Contact()
    points: Points = Points()
    talk: Talk = Talk()
    referral: Referral = Referral()
    adoption: Adoption = Adoption()
    leaving: Leaving = Leaving()
    spending: Spending = Spending()
