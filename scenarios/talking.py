"""The coefficients of talk and of what it brings: word of mouth, referral, adoption."""

from __future__ import annotations

from .literature import (
    AHLUWALIA,
    ANDERSON,
    DECI,
    EAST,
    GOODMAN,
    MUJI,
    SCHMITT,
    SETHURAMAN,
    THOMAS,
    VILLANUEVA,
    YOU,
)
from .parameter import Frozen, parameter


class Talk(Frozen):
    """Word of mouth, voice, belief, ideas and rewarded acts (`agents/rules/talk.py`, `acts.py`)."""

    talk_base: float = parameter(
        0.02, "acts of talk a month of a customer who feels neither way", unit="1/month",
        symbol="w0", between=(0.005, 0.05), source=ANDERSON, confidence="J",
        switch="word_of_mouth", off=0.0,
    )  # fmt: skip
    praise_curve: float = parameter(
        0.9, "praise per squared satisfaction above the middle", unit="1/month",
        symbol="ap", between=(0.4, 1.8), source=ANDERSON, confidence="J", switch="word_of_mouth",
        off=0.0,
    )  # fmt: skip
    warning_curve: float = parameter(
        1.5, "warnings per squared satisfaction below the middle", unit="1/month",
        symbol="an", between=(0.8, 2.4), source=ANDERSON, confidence="J", switch="word_of_mouth",
        off=0.0,
    )  # fmt: skip
    warning_failure: float = parameter(
        0.27, "warnings after an unrecovered failure",
        symbol="wf", between=(0.1, 0.7), source=EAST, confidence="J", switch="word_of_mouth",
        off=0.0,
    )  # fmt: skip
    talk_engagement: float = parameter(
        2.0, "how strongly engagement makes people talk",
        symbol="te", between=(1.0, 3.0), source="de Matos & Rossi 2008", confidence="J",
        switch="engaged_talk", off=0.0,
    )  # fmt: skip
    reputation_mean: float = parameter(
        0.5, "mean satisfaction below which one would not recommend",
        symbol="g", between=(0.35, 0.6), source="own reputation at stake", confidence="J",
        switch="reputation", off=0.0,
    )  # fmt: skip
    reputation_sd: float = parameter(
        0.1, "sd of that threshold across customers",
        symbol="sd_g", between=(0.05, 0.15), source="own reputation at stake", confidence="J",
        switch="reputation", off=0.0,
    )  # fmt: skip
    reach: float = parameter(
        2.0, "neighbours who hear one act of talk", unit="people",
        symbol="reach", between=(1.0, 4.0), source=EAST, confidence="J",
    )  # fmt: skip
    public_reach: float = parameter(
        10.0, "neighbours who see one public post", unit="people",
        symbol="public reach", between=(5.0, 50.0), source=GOODMAN, confidence="J", switch="voice",
    )  # fmt: skip
    praise_impact: float = parameter(
        0.25, "move of belief by praise",
        symbol="iP", between=(0.1, 0.35), source=EAST, confidence="M", switch="belief", off=0.0,
    )  # fmt: skip
    warning_impact: float = parameter(
        0.25, "move of belief by a warning",
        symbol="iN", between=(0.1, 0.4), source=EAST, confidence="M", switch="belief", off=0.0,
    )  # fmt: skip
    resistance: float = parameter(
        0.3, "resistance to news against one's belief",
        symbol="rr", between=(0.0, 0.6), source=EAST, confidence="J", switch="resistance", off=0.0,
    )  # fmt: skip
    forgetting: float = parameter(
        0.1, "monthly return of belief to its anchor", unit="1/month",
        symbol="phi", between=(0.03, 0.25), source=EAST, confidence="J", switch="belief",
    )  # fmt: skip
    voice: float = parameter(
        0.3, "chance to complain to the company after a failure",
        symbol="vc", between=(0.05, 0.6), source=GOODMAN, confidence="J", switch="voice", off=0.0,
    )  # fmt: skip
    post: float = parameter(
        0.05, "chance to post publicly after a failure",
        symbol="vs", between=(0.01, 0.15), source=GOODMAN, confidence="J", switch="voice", off=0.0,
    )  # fmt: skip
    former_talk: float = parameter(
        0.333, "warnings of former customers for six months, against the usual", unit="ratio",
        symbol="ex NWOM", between=(0.0, 0.67), source="de Matos & Rossi 2008", confidence="J",
        switch="former_customers", off=0.0,
    )  # fmt: skip
    won_talk: float = parameter(
        1.2, "praise of customers won by talk, against the usual", unit="ratio",
        symbol="F5 talk", between=(1.0, 1.5), source=VILLANUEVA, confidence="J",
        switch="won_by_talk", off=1.0,
    )  # fmt: skip
    defence: float = parameter(
        0.5, "share of a warning that the fully engaged resist",
        symbol="F9", between=(0.2, 0.8), source=AHLUWALIA, confidence="J", switch="defence",
        off=0.0,
    )  # fmt: skip
    defence_posts: float = parameter(
        0.2, "share of public warnings that each defender nearby cancels",
        symbol="F9 posts", between=(0.0, 0.4), source=AHLUWALIA, confidence="J", switch="defence",
        off=0.0,
    )  # fmt: skip
    recognition_talk: float = parameter(
        1.1, "unpaid praise of those who are recognised, against others", unit="ratio",
        symbol="E12 recognition", between=(1.0, 1.2), source=DECI, confidence="J",
        switch="recognition", off=1.0,
    )  # fmt: skip
    crowding_out: float = parameter(
        0.15, "share of unpaid praise lost once rewards for it end",
        symbol="co", between=(0.0, 0.35), source=DECI, confidence="J", switch="crowding_out",
        off=0.0,
    )  # fmt: skip
    disengaged_posts: float = parameter(
        2.0, "public posts of the actively disengaged, against the usual", unit="ratio",
        symbol="I13 posts", between=(1.0, 2.5), source="judgement", confidence="J",
        switch="disengaged", off=1.0,
    )  # fmt: skip
    disengaged_warnings: float = parameter(
        1.5, "warnings of the actively disengaged, against the usual", unit="ratio",
        symbol="I13 NWOM", between=(1.0, 2.5), source="judgement", confidence="J",
        switch="disengaged", off=1.0,
    )  # fmt: skip
    hostage_warnings: float = parameter(
        1.5, "warnings of those who stay without trust, against the usual", unit="ratio",
        symbol="I12 NWOM", between=(1.0, 2.0), source="judgement", confidence="J",
        switch="hostage", off=1.0,
    )  # fmt: skip
    idea_rate: float = parameter(
        0.01, "monthly chance of an idea where involvement and engagement are full", unit="1/month",
        symbol="su", between=(0.0, 0.03), source=MUJI, confidence="J", switch="co_creation",
        off=0.0,
    )  # fmt: skip
    idea_uptake: float = parameter(
        0.005, "share of the ideas read that are taken up",
        symbol="uptake", between=(0.002, 0.02), source=MUJI, confidence="J", switch="co_creation",
        off=0.0,
    )  # fmt: skip
    ambassador_reach: float = parameter(
        1.0, "more neighbours who hear an ambassador, as a share of the usual; of a paid one half",
        symbol="am", between=(0.0, 3.0), source="judgement", confidence="J", switch="ambassadors",
        off=0.0,
    )  # fmt: skip
    shared_most: float = parameter(
        0.1, "rewarded recommendations a month at any reward", unit="1/month",
        symbol="share max", between=(0.0, 0.3), source="judgement", confidence="J",
        switch="rewarded_acts", off=0.0,
    )  # fmt: skip
    shared_half: float = parameter(
        2.0, "reward for sharing at which half of the most is shared", unit="currency",
        symbol="share half", between=(0.5, 8.0), source="judgement", confidence="J",
        switch="rewarded_acts",
    )  # fmt: skip
    paid_credibility: float = parameter(
        0.5, "move of belief by paid praise, against unpaid", unit="ratio",
        symbol="paid", between=(0.2, 1.0), source="pitfall of paid word of mouth", confidence="J",
        switch="rewarded_acts",
    )  # fmt: skip


class Referral(Frozen):
    """Customers won by a referral programme, and those who referred (`agents/rules/leaving.py`)."""

    referral_half: float = parameter(
        10.0, "referral reward that half of those who won somebody would claim", unit="currency",
        symbol="r half", between=(2.0, 25.0),
        source="judgement around the EUR 25 of Schmitt et al. 2011", confidence="J",
    )  # fmt: skip
    referred_hazard: float = parameter(
        0.82, "hazard ratio of a referred customer while the referrer stays", unit="ratio",
        symbol="HR", between=(0.70, 1.0), source=SCHMITT, confidence="V", switch="referral",
        off=1.0,
    )  # fmt: skip
    referred_premium: float = parameter(
        0.6, "extra spend, so margin, of a referred customer at the start",
        symbol="mp0", between=(0.2, 1.0), source=SCHMITT, confidence="J", switch="referral",
        off=0.0,
    )  # fmt: skip
    referrer_hazard: float = parameter(
        0.6, "hazard ratio of a customer in the year after referring", unit="ratio",
        symbol="HR_r", between=(0.34, 0.9), source="Garnefeld et al. 2013", confidence="J",
        switch="referral", off=1.0,
    )  # fmt: skip
    referrer_spend: float = parameter(
        0.05, "extra spend in the year after referring",
        symbol="+5%", between=(0.0, 0.114), source="Garnefeld et al. 2013", confidence="J",
        switch="referral", off=0.0,
    )  # fmt: skip


class Adoption(Frozen):
    """How people come to a company (`agents/rules/joining.py`)."""

    adoption_external: float = parameter(
        0.0025, "monthly adoption by marketing alone", unit="1/month",
        symbol="p", between=(0.0001, 0.01), source="Sultan, Farley & Lehmann 1990", confidence="M",
        switch="adoption", off=0.0,
    )  # fmt: skip
    adoption_social: float = parameter(
        0.0317, "monthly adoption when all neighbours are customers", unit="1/month",
        symbol="q", between=(0.007, 0.08), source="Sultan, Farley & Lehmann 1990", confidence="M",
        switch="adoption", off=0.0,
    )  # fmt: skip
    acquisition_elasticity: float = parameter(
        0.5, "elasticity of adoption by marketing to what is spent on it",
        symbol="ae", between=(0.1, 1.0), source=SETHURAMAN, confidence="J",
        switch="diminishing_returns", off=1.0,
    )  # fmt: skip
    return_chance: float = parameter(
        0.01, "monthly chance that a fully satisfied former customer comes back when contacted",
        unit="1/month",
        symbol="rr", between=(0.0, 0.05), source=THOMAS, confidence="J", switch="winback", off=0.0,
    )  # fmt: skip
    volume_elasticity: float = parameter(
        0.236, "elasticity of adoption by marketing to the volume of talk",
        symbol="F6 volume", between=(0.05, 0.5), source=YOU, confidence="V",
        switch="public_opinion", off=0.0,
    )  # fmt: skip
    valence_elasticity: float = parameter(
        0.417, "elasticity of adoption by marketing to the valence of talk",
        symbol="F6 valence", between=(0.05, 0.5), source=YOU, confidence="V",
        switch="public_opinion", off=0.0,
    )  # fmt: skip
    won_match: float = parameter(
        0.03, "better match of customers won by talk", unit="performance",
        symbol="F5 q", between=(0.0, 0.06), source=VILLANUEVA, confidence="J",
        switch="won_by_talk", off=0.0,
    )  # fmt: skip
