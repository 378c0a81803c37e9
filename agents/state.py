"""All state there is, declared once: name, type, unit or range, meaning.

A class below is at the same time the type that rules are checked against, the layout of a record in
the compiled engine (`layout`), and the list of attributes of a Mesa agent. `float` is stored in 8
bytes, `int` in 4, `Big` in 8; money is `Big`, in millionths of the currency.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, get_args, get_type_hints

import numpy as np

COMPANIES = 8
"""Companies a person can hold a belief about: fixed, or the kernels recompile per number."""

LOTS = 4
"""Dated lots in which a member's points age."""

TIERS = 5
"""Most tiers of a programme."""

GOALS = 4
"""Most goals of a programme: rewards to save for, each better than the one before."""


class About(NamedTuple):
    """What a field holds, how many of it, and how it is stored if not as its type usually is."""

    unit: str
    meaning: str
    width: int = 1
    stored: str = ""


def wide(unit: str, meaning: str, width: int = 1) -> About:
    """An integer that needs 8 bytes."""
    return About(unit, meaning, width, "i8")


class Person:
    """One person and their one current relation with a company."""

    # What a month asks of everybody, prospects too: it lies together in memory.
    id: Annotated[int, About("", "number of the person, for ever")]
    firm: Annotated[int, About("", "company of the relation, -1 for a prospect")]
    alive: Annotated[int, About("0/1", "still a customer in truth")]
    listed: Annotated[int, About("0/1", "on the company's books")]
    spell: Annotated[int, About("", "relations so far, this one counted")]
    base: Annotated[int, About("0/1", "customer of the home company at the start")]
    cohort: Annotated[int, About("month", "month of joining, -1 for the base")]
    past: Annotated[int, About("", "company last left, -1 for none")]
    since_left: Annotated[int, About("months", "since that relation ended in truth")]
    ended: Annotated[int, About("month", "in which its books closed it, if it knew them by name")]
    referrer: Annotated[int, About("id", "who brought them, -1 for nobody")]
    customers_near: Annotated[int, About("people", "neighbours who are customers")]
    defenders_near: Annotated[int, About("people", "neighbours who defend their company")]
    departing: Annotated[float, About("[0,1]", "left last month (a share in the reference run)")]
    exposure: Annotated[float, About("neighbours", "x: recent leavers around, fading")]
    belief: Annotated[list[float], About("[0,1]", "pr: chance of choosing each company", COMPANIES)]
    # What the start of a relation draws on.
    engagement_score: Annotated[float, About("z", "normal score of the set-point")]
    wallet_score: Annotated[float, About("z", "what of the share of wallet is one's own")]
    leaving_score: Annotated[float, About("z", "persistent leaning to leave, standardised")]
    # Who they are.
    rational: Annotated[float, About("[0,1]", "Vr: involvement by risk and stakes")]
    hedonic: Annotated[float, About("[0,1]", "Vh: involvement by pleasure and identity")]
    match: Annotated[float, About("performance", "q: how well the company suits them")]
    trust_home: Annotated[float, About("[0,1]", "T0: disposition to trust")]
    engagement_home: Annotated[float, About("[0,1]", "E0: set-point of engagement")]
    reputation: Annotated[float, About("[0,1]", "g: threshold for recommending")]
    wallet: Annotated[float, About("[0,1]", "SOW: share of wallet without a programme")]
    switching: Annotated[float, About("z", "C: switching cost")]
    basket: Annotated[float, About("currency", "mean spend per purchase or bill")]
    deal_prone: Annotated[float, About("[0,1]", "d: proneness to deals")]
    # What a neutral company would leave them feeling in the long run.
    satisfaction_norm: Annotated[float, About("[0,1]", "S*: neutral long-run satisfaction")]
    satisfaction_curved: Annotated[float, About("[0,1]", "g(S*): the same, curved")]
    trust_norm: Annotated[float, About("[0,1]", "T*: neutral long-run trust")]
    engagement_norm: Annotated[float, About("[0,1]", "E*: neutral long-run engagement")]
    expectation_norm: Annotated[float, About("performance", "X*: neutral long-run expectation")]
    # The relation.
    known: Annotated[int, About("", "companies they have been customers of, one bit each")]
    back: Annotated[int, About("0/1", "has been a customer of this company before")]
    tenure: Annotated[int, About("months", "completed months as a customer")]
    bought: Annotated[int, About("purchases", "in this relation")]
    silence: Annotated[int, About("months", "since the last purchase")]
    propensity: Annotated[float, About("[0,1]", "hazard at renewal, or dropout per purchase")]
    propensity_odds: Annotated[float, About("log-odds", "of the propensity")]
    rate: Annotated[float, About("1/month", "lam: purchases while active, neutral")]
    satisfaction: Annotated[float, About("[0,1]", "S: cumulative satisfaction, .5 neutral")]
    expectation: Annotated[float, About("performance", "X: what is expected of an encounter")]
    trust: Annotated[float, About("[0,1]", "T: trust")]
    engagement: Annotated[float, About("[0,1]", "E: emotional engagement")]
    resentment: Annotated[float, About("[0,1]", "res: left by failures")]
    ties: Annotated[float, About("[0,1]", "social ties in the community")]
    told: Annotated[float, About("times", "that they have told of themselves")]
    reference_price: Annotated[float, About("reference", "ref: price thought fair")]
    deal_habit: Annotated[float, About("[0,1]", "proneness to deals that they have taught, fading")]
    deal_mood: Annotated[float, About("log rate", "left by deals, fading")]
    promised: Annotated[float, About("share", "of the price that was promised off, for a time")]
    promised_months: Annotated[int, About("months", "left of that after this one")]
    multichannel: Annotated[int, About("0/1", "uses a second channel")]
    returning: Annotated[int, About("contacts", "that come back next month")]
    backlog: Annotated[int, About("contacts", "not served for lack of staff")]
    seeking: Annotated[int, About("0/1", "has asked for an expert's appointment")]
    wishing: Annotated[int, About("0/1", "a wish to buy was seen last month")]
    alerted: Annotated[int, About("months", "left since a contact made use salient")]
    since_surprise: Annotated[int, About("months", "since the last surprise")]
    asked: Annotated[int, About("0/1", "asked by the company to be an ambassador")]
    crowding: Annotated[float, About("[0,1]", "unpaid praise crowded out by rewards for it")]
    won_by_talk: Annotated[int, About("-1/0/1", "won by marketing, there from the start, by talk")]
    experience: Annotated[int, About("encounters", "n: encounters so far")]
    calm: Annotated[int, About("months", "since the last failure")]
    opted_out: Annotated[int, About("0/1", "receives no messages any more")]
    spared: Annotated[int, About("0/1/2", "targeted; not this month; held out for good")]
    leaning: Annotated[float, About("log-odds", "shift of the odds of leaving")]
    quiet: Annotated[int, About("months", "since the last unpaid recommendation")]
    # Among companies with a name.
    customers_by: Annotated[
        list[int], About("people", "neighbours who are customers, by company", COMPANIES, "i4")
    ]
    defenders_by: Annotated[
        list[int], About("people", "neighbours who defend each company", COMPANIES, "i4")
    ]
    unseen: Annotated[int, About("", "company that lists them still, gone over unseen; -1: none")]
    unseen_silence: Annotated[int, About("months", "since their last purchase there")]
    # Referral.
    referred: Annotated[int, About("0/1", "came by the referral programme")]
    referrer_active: Annotated[int, About("0/1", "the referrer is still a customer")]
    since_referral: Annotated[int, About("months", "since they last won somebody")]
    winner: Annotated[int, About("id", "who won them first by talk, credited for ever, or -1")]
    rewarded: Annotated[int, About("0/1", "that winner claimed the referral reward")]
    # The points programme.
    member: Annotated[int, About("0/1", "enrolled")]
    member_months: Annotated[int, About("months", "since enrolment")]
    novelty: Annotated[float, About("months", "for which the programme has been wearing off")]
    rewards: Annotated[int, About("", "redeemed so far")]
    since_reward: Annotated[int, About("months", "since the last of them")]
    since_active: Annotated[int, About("months", "since points were last earned or redeemed")]
    tier: Annotated[int, About("", "0 for none")]
    year_spend: Annotated[int, wide("currency/1e6", "since the last review of the tier")]
    demoted: Annotated[int, About("months", "left of the anger at a demotion")]
    points: Annotated[list[int], wide("points", "balance, by age of lot", LOTS)]
    progress: Annotated[float, About("[0,1]", "prog: way to the next reward")]
    usual_progress: Annotated[float, About("[0,1]", "running mean of progress, 6 months")]
    # Flows of the month.
    dealt: Annotated[int, About("", "company that they are with, -1 for none so far")]
    lapsing: Annotated[int, About("0/1", "the last purchase was the last one")]
    shaken: Annotated[float, About("failures", "sev_T: distrust by the month's events, signed")]
    couponed: Annotated[int, About("0/1", "redeemed a coupon")]
    approached: Annotated[int, About("0/1", "contacted before anything failed")]
    offered: Annotated[int, About("0/1/2", "a price to stay: no, and left; stayed for it")]
    cut_off: Annotated[int, About("0/1", "struck by an outage")]
    purchases: Annotated[int, About("1/month", "purchases or bills")]
    spend: Annotated[int, wide("currency/1e6", "at list price")]
    issued: Annotated[int, wide("points", "earned in the month")]
    redeemed: Annotated[int, wide("points", "turned into rewards in the month")]
    expired: Annotated[int, wide("points", "lost in the month")]
    reward_cost: Annotated[int, wide("currency/1e6", "cost of the rewards taken in the month")]
    identified: Annotated[int, About("0/1", "bought under their name: a card, or a contract")]
    saved: Annotated[int, wide("currency/1e6", "by the members' price in the month")]
    fee: Annotated[int, wide("currency/1e6", "paid for membership in the month")]
    arrived: Annotated[int, About("1/month", "contacts begun, those that came back included")]
    encounters: Annotated[int, About("1/month", "with the company")]
    consulted: Annotated[int, About("0/1", "had an expert's appointment")]
    advised: Annotated[int, About("0/1", "bought at it")]
    refused: Annotated[int, About("0/1", "was refused one")]
    failures: Annotated[int, About("1/month", "all")]
    unrecovered: Annotated[int, About("1/month", "failures not made good")]
    complaints: Annotated[int, About("1/month", "voiced to the company")]
    posts: Annotated[int, About("1/month", "public, negative")]
    surprises: Annotated[int, About("1/month", "received")]
    delight: Annotated[float, About("1/month", "surprises, those soon after another at less")]
    praise: Annotated[int, About("1/month", "unpaid recommendations")]
    paid_praise: Annotated[int, About("1/month", "rewarded recommendations")]
    subscribed: Annotated[int, About("0/1", "takes messages again, for a reward")]
    ambassador: Annotated[int, About("0/1/2", "no, unpaid, paid")]
    ideas: Annotated[int, About("1/month", "submitted")]
    warnings: Annotated[int, About("1/month", "negative word of mouth")]
    referrals: Annotated[int, About("1/month", "customers won through them")]
    performance_sum: Annotated[float, About("performance", "over the month's encounters")]
    gap_sum: Annotated[float, About("performance", "felt gap to expectation, over encounters")]
    good_sum: Annotated[float, About("1", "pull of good encounters on trust")]
    poor_sum: Annotated[float, About("1", "pull of poor encounters on trust")]
    # Value.
    contribution: Annotated[int, wide("currency/1e6", "of the month")]
    unseen_dues: Annotated[int, wide("currency/1e6", "of the month, for being listed unseen")]
    value: Annotated[float, About("currency", "discounted contribution to date, to the home firm")]


class Said:
    """What neighbours can know of a person: all they read, at most 16 bytes."""

    departed: Annotated[float, About("[0,1]", "left last month", stored="f4")]
    referrer: Annotated[int, About("id", "who won this person last month, -1 for nobody")]
    firm: Annotated[int, About("", "company they are a customer of, or -1", stored="i1")]
    about: Annotated[int, About("", "company that they talk about, or -1", stored="i1")]
    left: Annotated[int, About("", "company last left, or -1", stored="i1")]
    paid: Annotated[int, About("acts", "rewarded recommendations", stored="u1")]
    praise: Annotated[int, About("acts", "recommendations", stored="u1")]
    warnings: Annotated[int, About("acts", "warnings in private", stored="u1")]
    posts: Annotated[int, About("acts", "warnings in public", stored="u1")]
    ambassador: Annotated[int, About("0/1/2", "no, unpaid, paid", stored="u1")]


class Offer:
    """What one company does for its customers in one month: levers as the rules feel them."""

    price: Annotated[float, About("reference", "price less discount")]
    performance: Annotated[float, About("[0,1]", "mu_P: mean performance of an encounter")]
    failure: Annotated[float, About("[0,1]", "f: chance that an encounter fails")]
    recovery: Annotated[float, About("[0,1]", "R: share of failures recovered")]
    effort: Annotated[float, About("[0,1]", "e: of a contact, before waiting")]
    waiting: Annotated[float, About("[0,1]", "effort added by waiting")]
    attended: Annotated[float, About("[0,1]", "share of the contacts due that are served")]
    resolution: Annotated[float, About("[0,1]", "failures settled in the first contact")]
    repeats: Annotated[int, About("0/1", "whether failures come back as contacts")]
    path: Annotated[float, About("[0,1]", "share of contacts that may lead to an appointment")]
    booking: Annotated[float, About("[0,1]", "share of requests for one that are met")]
    human: Annotated[float, About("[0,1]", "human share of contacts")]
    self_service: Annotated[float, About("[0,1]", "s: share of contacts by self-service")]
    surprise: Annotated[float, About("1/month", "surprises per customer")]
    surprise_stage: Annotated[int, About("", "stage that surprises are for, 0 for all")]
    proactive: Annotated[float, About("[0,1]", "chance of a proactive contact")]
    proactive_stage: Annotated[int, About("", "stage that they are for, 0 for all")]
    salient: Annotated[float, About("[0,1]", "share of them that make use salient")]
    selling: Annotated[float, About("[0,1]", "share of them that sell")]
    concierge: Annotated[float, About("[0,1]", "share of contacts with a concierge")]
    timing: Annotated[float, About("[0,1]", "wishes to buy that are answered in time")]
    coupon: Annotated[float, About("share", "of the price that a coupon takes off")]
    listening: Annotated[float, About("[0,1]", "customers who are listened to")]
    channels: Annotated[int, About("", "nch: channels used")]
    aligned: Annotated[float, About("[0,1]", "how well they are aligned")]
    ideas: Annotated[float, About("[0,1]", "cap: ideas read per customer")]
    control: Annotated[float, About("[0,1]", "chi: control over one's data")]
    active: Annotated[int, About("0/1", "whether anything asks for the luck of acts")]
    relevance: Annotated[float, About("[0,1]", "rel: relevance of messages")]
    relevance_known: Annotated[float, About("[0,1]", "the same, to those who can be told apart")]
    overload: Annotated[float, About("ideals", "max(0, m/m* - 2)")]
    overload_known: Annotated[float, About("ideals", "the same, of those who can be told apart")]
    response: Annotated[float, About("ratio", "m_comm of those who receive messages, neutral 1")]
    response_known: Annotated[float, About("ratio", "the same, of those who can be told apart")]
    response_unheard: Annotated[float, About("ratio", "m_comm of those who opted out")]
    community: Annotated[float, About("[0,1]", "comm: how much community there is")]
    recognition: Annotated[float, About("[0,1]", "recog: share of customers recognised")]
    ambassadors: Annotated[float, About("[0,1]", "share of the identified who are asked to be one")]
    pressure: Annotated[float, About("[0,1]", "press: of the community's norm")]
    breach: Annotated[float, About("failures", "sev_T of a breach")]
    breached: Annotated[float, About("[0,1]", "share of customers whom it strikes")]
    scandal: Annotated[float, About("failures", "sev_T of a scandal")]
    scandalised: Annotated[float, About("[0,1]", "share of customers whom it strikes")]
    uproar: Annotated[float, About("ratio", "warnings, against the usual")]
    spill: Annotated[
        float, About("failures", "sev_T of a rival's breach, below 0 where it is severe")
    ]
    spilled: Annotated[float, About("[0,1]", "share of customers who hear of it")]
    freed: Annotated[int, About("0/1", "switching costs hold nobody any more")]
    outage: Annotated[float, About("[0,1]", "encounters that fail beyond the usual, of the rest")]
    cut_off: Annotated[float, About("[0,1]", "share of customers whom an outage strikes")]
    slump: Annotated[float, About("[0,1]", "purchases that a recession takes off")]
    undercut: Annotated[float, About("reference", "price that rivals ask less, in a price war")]
    opinion: Annotated[float, About("ratio", "adoption by marketing, by what is said")]
    openness: Annotated[float, About("1/month", "ct: pull of openness on trust, signed")]
    unease: Annotated[float, About("1/month", "pull of the data held on trust")]
    acquisition: Annotated[float, About("ratio", "adoption by marketing, by what is spent on it")]
    save: Annotated[float, About("share", "of the price offered off to those about to leave")]
    save_months: Annotated[int, About("months", "for which that holds")]
    winback: Annotated[int, About("months", "for which former customers are contacted; 0: none")]
    winback_discount: Annotated[float, About("share", "of the price that those back get off")]
    winback_months: Annotated[int, About("months", "for which that holds")]
    points_per_unit: Annotated[float, About("points/currency", "earned; 0: no programme")]
    points_value: Annotated[float, About("share", "of spend that points are worth")]
    goal: Annotated[int, wide("points", "at which a reward is reached; 0: nothing is redeemed")]
    goals: Annotated[list[int], wide("points", "of each reward, the first one first", GOALS)]
    goal_count: Annotated[int, About("", "how many of them there are")]
    payout: Annotated[int, About("0/1", "rewards are paid out unasked")]
    experience: Annotated[int, About("0/1", "members may choose an experience")]
    endowed: Annotated[float, About("share", "of the goal, shown as reached at the start")]
    lift: Annotated[float, About("ratio", "of the programme's lift, by design and context")]
    devalued: Annotated[float, About("failures", "sev_T of a devaluation this month")]
    tiers: Annotated[int, About("", "how many there are")]
    thresholds: Annotated[list[float], About("currency", "spend a year for each tier", TIERS)]
    tier_bonus: Annotated[float, About("share", "points more per tier")]
    tier_recognition: Annotated[float, About("[0,1]", "recog of those in a tier")]
    sharing: Annotated[float, About("1/month", "rewarded recommendations")]
    subscribing: Annotated[int, About("0/1", "taking messages again is rewarded")]
    welcome: Annotated[int, wide("points", "given at enrolment")]
    welcome_pull: Annotated[float, About("[0,1]", "wb: welcome as a share of the goal")]
    automatic: Annotated[int, About("0/1", "enrolment without asking")]
    lot_months: Annotated[int, About("months", "width of a lot of points")]
    points_inactivity: Annotated[int, About("months", "silence that voids all points")]
    member_discount: Annotated[float, About("share", "of the price that members alone get off")]
    fee_months: Annotated[int, About("months", "that a membership fee is paid for")]
    # Unit prices, in millionths of the currency.
    list_price: Annotated[float, About("reference", "price before discount")]
    discount: Annotated[float, About("share", "of list price given back")]
    goods: Annotated[float, About("share", "cost of goods, of list price at the reference")]
    referral_reward: Annotated[int, wide("currency/1e6", "per customer won")]
    encounter_cost: Annotated[int, wide("currency/1e6", "service cost per encounter")]
    recovery_cost: Annotated[int, wide("currency/1e6", "per recovered failure")]
    surprise_cost: Annotated[int, wide("currency/1e6", "per surprise")]
    proactive_cost: Annotated[int, wide("currency/1e6", "per proactive contact")]
    sharing_cost: Annotated[int, wide("currency/1e6", "per rewarded recommendation")]
    subscribing_cost: Annotated[int, wide("currency/1e6", "per rewarded subscription")]
    idea_cost: Annotated[int, wide("currency/1e6", "per idea read")]
    ambassador_cost: Annotated[int, wide("currency/1e6", "per ambassador-month")]
    ambassador_pay: Annotated[int, wide("currency/1e6", "paid to an ambassador, a month")]
    service_cost: Annotated[int, wide("currency/1e6", "budget per customer-month")]
    staff_cost: Annotated[int, wide("currency/1e6", "people on duty, per customer-month")]
    expert_cost: Annotated[int, wide("currency/1e6", "experts, per customer-month")]
    appointment_cost: Annotated[int, wide("currency/1e6", "per appointment")]
    message_cost: Annotated[int, wide("currency/1e6", "messages per customer-month")]
    paused: Annotated[int, About("0/1", "the programme pauses, its budget being spent")]
    usual_message_cost: Annotated[int, wide("currency/1e6", "the same under neutral management")]
    usual_encounter_cost: Annotated[int, wide("currency/1e6", "per encounter, likewise")]
    marketing_cost: Annotated[int, wide("currency/1e6", "budget per customer-month")]
    community_cost: Annotated[int, wide("currency/1e6", "budget per customer-month")]
    service_invested: Annotated[int, wide("currency/1e6", "on experience, per customer-month")]
    marketing_invested: Annotated[int, wide("currency/1e6", "on experience, per customer-month")]
    community_invested: Annotated[int, wide("currency/1e6", "on experience, per customer-month")]
    reinvested: Annotated[int, wide("currency/1e6", "of these three, out of the extra margin")]
    data_cost: Annotated[int, wide("currency/1e6", "budget per customer-month")]
    points_cost: Annotated[int, wide("currency/1e6", "running the programme, per customer-month")]
    point_costs: Annotated[list[int], wide("currency/1e6", "of one point, by goal", GOALS)]
    experience_costs: Annotated[list[int], wide("currency/1e6", "of one as experience", GOALS)]
    point_liability: Annotated[int, wide("currency/1e6", "accrued for one point outstanding")]
    point_deferred: Annotated[int, wide("currency/1e6", "value of one that is to be redeemed")]
    fee: Annotated[int, wide("currency/1e6", "of membership, each time that it is due")]
    acquisition_cost: Annotated[int, wide("currency/1e6", "per prospect and month")]
    save_cost: Annotated[int, wide("currency/1e6", "per offer to stay")]
    winback_cost: Annotated[int, wide("currency/1e6", "per former customer contacted")]
    fixed_cost: Annotated[int, wide("currency/1e6", "per month")]


class Totals:
    """What one month adds up to for one company, in one block of people."""

    listed: Annotated[int, wide("people", "on the books at the month's end")]
    alive: Annotated[int, wide("people", "customers in truth at the month's end")]
    joined: Annotated[int, wide("people", "new on the books")]
    returned: Annotated[int, wide("people", "written off before, buying again")]
    lost: Annotated[int, wide("people", "struck off the books")]
    left: Annotated[int, wide("people", "who left in truth")]
    joined_by_talk: Annotated[int, wide("people", "of those who joined, credited to a neighbour")]
    came_over: Annotated[int, wide("people", "of those who joined, straight from another company")]
    went_over: Annotated[int, wide("people", "of those who left, straight to another company")]
    offers: Annotated[int, wide("", "of a lower price, to customers about to leave")]
    kept: Annotated[int, wide("people", "of them, who stayed for it")]
    addressed: Annotated[int, wide("people", "former customers contacted, to win them back")]
    won_back: Annotated[int, wide("people", "of those who joined, who were contacted so")]
    members: Annotated[int, wide("people", "enrolled at the month's end")]
    enrolled: Annotated[int, wide("people", "of them, who enrolled in the month")]
    active_members: Annotated[int, wide("people", "of them, who earned or redeemed in 12 months")]
    served: Annotated[int, wide("people", "whom the company's programmes are paid for")]
    messaged: Annotated[int, wide("people", "of those served, who receive messages")]
    targeted: Annotated[int, wide("people", "of those served, identified and targeted")]
    held_out: Annotated[int, wide("people", "of those served, held out of all targeting")]
    contacts: Annotated[int, wide("", "encounters of those served")]
    repairs: Annotated[int, wide("", "failures made good, of those served")]
    appointments: Annotated[int, wide("", "with experts, of those served")]
    surprises: Annotated[int, wide("", "of those served")]
    approaches: Annotated[int, wide("", "proactive contacts of those served")]
    purchases: Annotated[int, wide("", "purchases or bills")]
    arrived: Annotated[int, wide("", "contacts begun")]
    encounters: Annotated[int, wide("", "with customers")]
    backlog: Annotated[int, wide("", "contacts not served yet at the month's end")]
    dropped: Annotated[int, wide("", "contacts of those who left before they were served")]
    requests: Annotated[int, wide("", "for an expert's appointment, to be met next month")]
    consulted: Annotated[int, wide("", "appointments with experts")]
    refused: Annotated[int, wide("", "requests for one that were refused")]
    failures: Annotated[int, wide("", "all")]
    unrecovered: Annotated[int, wide("", "failures not made good")]
    complaints: Annotated[int, wide("", "voiced to the company")]
    posts: Annotated[int, wide("", "public, negative")]
    praise: Annotated[int, wide("", "unpaid recommendations")]
    warnings: Annotated[int, wide("", "negative word of mouth")]
    paid_praise: Annotated[int, wide("", "rewarded recommendations")]
    ideas: Annotated[int, wide("", "submitted")]
    told: Annotated[int, wide("people", "who have told of themselves")]
    ambassadors: Annotated[int, wide("people", "of those served")]
    multichannel: Annotated[int, wide("people", "who use a second channel")]
    disengaged: Annotated[int, wide("people", "actively disengaged: engagement, trust both low")]
    hostages: Annotated[
        int, wide("people", "who stay without trust, held by switching costs or a captive market")
    ]
    unengaged: Annotated[int, wide("people", "satisfied, but not engaged")]
    referrals: Annotated[int, wide("", "customers won by the referral programme")]
    advocates: Annotated[int, wide("people", "with an unpaid recommendation in 12 months")]
    issued: Annotated[int, wide("points", "earned or given")]
    redeemed: Annotated[int, wide("points", "turned into rewards")]
    expired: Annotated[int, wide("points", "lost")]
    outstanding: Annotated[int, wide("points", "at the month's end")]
    reward_cost: Annotated[int, wide("currency/1e6", "cost of the rewards taken")]
    revenue: Annotated[int, wide("currency/1e6", "at list price")]
    identified: Annotated[int, wide("currency/1e6", "of it, from buyers known by name")]
    fees: Annotated[int, wide("currency/1e6", "paid for membership")]
    discounts: Annotated[int, wide("currency/1e6", "given back")]
    member_discounts: Annotated[int, wide("currency/1e6", "of them, had by members alone")]
    goods: Annotated[int, wide("currency/1e6", "cost of goods")]
    rewards: Annotated[int, wide("currency/1e6", "accrual, redemption and running of points")]
    service: Annotated[int, wide("currency/1e6", "contacts, recovery, surprises and programme")]
    experts: Annotated[int, wide("currency/1e6", "experts and their appointments")]
    marketing: Annotated[int, wide("currency/1e6", "messages and programme")]
    community: Annotated[int, wide("currency/1e6", "programme and ambassadors")]
    data: Annotated[int, wide("currency/1e6", "programme for data and ethics")]
    referral_rewards: Annotated[int, wide("currency/1e6", "paid to referrers")]
    acts: Annotated[int, wide("currency/1e6", "rewards for sharing, subscribing, ambassadors")]
    contribution: Annotated[int, wide("currency/1e6", "sum over people")]
    satisfaction: Annotated[float, About("sum", "over customers")]
    trust: Annotated[float, About("sum", "over customers")]
    engagement: Annotated[float, About("sum", "over customers")]
    base_value: Annotated[float, About("currency", "discounted contribution of the start base")]


class World:
    """The numbers of one world, which the rules read: coefficients, market, tables, the month.

    Fields are those of the scenario's coefficients and costs, by name, and of `sim/world.py`; they
    are numbers, but for two quantile tables.
    """

    def __init__(self, **numbers: Any) -> None:
        vars(self).update(numbers)

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...
        def __setattr__(self, name: str, value: Any) -> None: ...


STORED: dict[Any, str] = {float: "f8", int: "i4", list[float]: "f8"}


def fields(state: type) -> dict[str, tuple[Any, About]]:
    """The declared fields of a state class: name -> (type, what it holds)."""
    hints = get_type_hints(state, include_extras=True)
    return {name: (get_args(hint)[0], get_args(hint)[1]) for name, hint in hints.items()}


def layout(state: type) -> np.dtype[np.void]:
    """The record of a state class, aligned."""
    return np.dtype(
        [
            (name, about.stored or STORED[kind], (about.width,) if about.width > 1 else ())
            for name, (kind, about) in fields(state).items()
        ],
        align=True,
    )
