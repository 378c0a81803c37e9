"""Luck: the published generator, uniform and independent draws, and inversion without error."""

import inspect
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from scipy import stats

from engagesim.agents import luck as names
from engagesim.agents.accelerate import compiled
from engagesim.agents.rules.arithmetic import SCORES, binomial, normal, poisson, quantile
from engagesim.scenarios.coefficients import Coefficients
from engagesim.scenarios.costs import Costs
from engagesim.scenarios.parameter import parameters
from engagesim.sim import generator
from engagesim.sim.calibration import REFERENCE
from engagesim.sim.generator import (
    LOG,
    NETWORK,
    PERSON,
    RIVAL,
    START,
    TASTE,
    WORLD,
    address,
    columns,
    draws_from_python,
    key_of,
    struck_by,
)
from engagesim.sim.world import scores

WORD = 2**32
DRAWS = draws_from_python()
philox = compiled(generator.philox, keep=False)
uniforms = compiled(generator.uniforms, keep=False)


def twin(counter, key):
    """Philox4x32-10 from its paper, in whole numbers of any size."""
    x, k = [c % WORD for c in counter], list(key)
    for _ in range(10):
        (high0, low0), (high1, low1) = (
            divmod(0xD2511F53 * x[0], WORD),
            divmod(0xCD9E8D57 * x[2], WORD),
        )
        x = [high1 ^ x[1] ^ k[0], low1, high0 ^ x[3] ^ k[1], low0]
        k = [(k[0] + 0x9E3779B9) % WORD, (k[1] + 0xBB67AE85) % WORD]
    return x


VECTORS = [
    ("00000000 00000000 00000000 00000000", "00000000 00000000",
     "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    ("ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff",
     "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    ("243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0",
     "d16cfe09 94fdcceb 5001e420 24126ea1"),
]  # fmt: skip


def words(text):
    return [int(word, 16) for word in text.split()]


@pytest.mark.parametrize(("counter", "key", "expected"), VECTORS)
def test_philox__published_vectors(counter, key, expected):
    """Known answers of Random123 (Salmon et al. 2011), of the generator and of its twin here."""
    assert list(philox(key_of(*words(key)), *words(counter))) == words(expected)
    assert twin(words(counter), words(key)) == words(expected)


seeds = st.integers(0, WORD - 1)
people = st.integers(0, 20_000_000)
months = st.integers(-2000, 2000)
numbers = st.integers(-(2**31), WORD - 1)


@given(seeds, seeds, numbers, numbers, numbers, numbers)
@example(0, 0, -1, -1, -1, -1)
def test_philox__agrees_with_its_twin(seed, replication, a, b, c, d):
    key = key_of(seed, replication)
    assert list(philox(key, a, b, c, d)) == twin((a, b, c, d), (seed, replication))


@given(seeds, seeds, people, months, st.integers(0, RIVAL), st.integers(0, 20_000_000))
def test_uniforms__are_the_words_at_mid_cell(seed, replication, person, month, block, turn):
    drawn = uniforms(key_of(seed, replication), person, month, block, turn)
    expected = twin((person, month, block, turn), (seed, replication))
    assert list(drawn) == [(word + 0.5) / WORD for word in expected]
    assert all(0.0 < u < 1.0 for u in drawn)


def test_uniforms__even_the_extreme_words_lie_inside():
    assert 0.0 < 0.5 * 2.0**-32 < (WORD - 1 + 0.5) * 2.0**-32 < 1.0


# Every name has an address of its own.


def named(key, person, month, turn):
    """All named draws of one person, month and turn: (tuple, name) -> uniform."""
    drawn = [
        DRAWS.shop(key, person, month, True),
        DRAWS.serve(key, person, month, True),
        DRAWS.encounter(key, person, month, turn, True),
        DRAWS.hear(key, person, month, turn),
        DRAWS.leave(key, person, month),
        DRAWS.rival(key, person, month),
        DRAWS.spell(key, person, turn),
    ]
    ids = np.array([person])
    for kind, block, blocks, attempt in (
        (names.StartLuck, START, 1, 0),
        (names.BaseLuck, START, 1, turn + 1),
    ):
        values = columns(key, ids, block, blocks, attempt)[:, 0].tolist()
        drawn.append(kind(*values[: len(kind._fields)]))
    person_luck = [columns(key, ids, *at, turn)[:, 0] for at in ((PERSON, 2), (TASTE, 1))]
    values = np.concatenate(person_luck).tolist()
    drawn.append(names.PersonLuck(*values[: len(names.PersonLuck._fields)]))
    return {(type(d).__name__, name): getattr(d, name) for d in drawn for name in d._fields}


def test_names__each_has_its_own_address():
    """No two names share (block, lane, turn), nor a block with the network or the world."""
    key, person, month, turn = key_of(3, 4), 17, 5, 2
    declared = {
        (name, field)
        for name, kind in inspect.getmembers(names, inspect.isclass)
        if name.endswith("Luck")
        for field in kind._fields
    }
    drawn = named(key, person, month, turn)
    assert set(drawn) == declared
    addresses = {}
    for at_month in (0, month):
        for block in range(RIVAL + 1):
            for at_turn in (0, turn, turn + 1):
                for lane, u in enumerate(uniforms(key, person, at_month, block, at_turn)):
                    addresses[u] = (block, lane, at_turn, at_month)
    found = {name: addresses[u] for name, u in drawn.items()}
    # Turns of the same block and lane differ, yet a name must not lie on another one's turns.
    lanes = [(block, lane) for name, (block, lane, *_) in found.items() if name[0] != "BaseLuck"]
    assert len(set(lanes)) == len(lanes) == len(declared) - len(names.BaseLuck._fields)
    assert {block for block, _ in lanes}.isdisjoint({NETWORK, WORLD, LOG})
    # Those of a base are the start's, of later turns: the start has turn 0 alone.
    assert found["BaseLuck", "lasts"][:3] == (START, 0, turn + 1)
    assert {found["StartLuck", name][2] for name in names.StartLuck._fields} == {0}
    # What changes from month to month has its month in its address; who a person is, has not.
    lasting = {"SpellLuck", "PersonLuck", "StartLuck", "BaseLuck"}
    assert {name for name, _ in drawn} > lasting
    assert all((at[3] == 0) == (name in lasting) for (name, _), at in found.items())


def test_names__of_a_world_have_their_own_address():
    leaves = [
        name.rpartition(".")[2]
        for group in (Coefficients(), Costs())
        for name, _, _ in parameters(group)
    ]
    assert len({address(name) for name in leaves}) == len(set(leaves)) == len(leaves) > 80
    assert address("a") == 0xE40C292C  # published value of FNV-1a, 32 bits


def test_reference__has_luck_of_its_own():
    """No world of a comparison is the reference population's: there are at most 100,000."""
    assert REFERENCE > 100_000
    assert key_of(1, REFERENCE) != key_of(1, 0)


# Uniform, and independent across persons, months, turns, names and keys.

MANY = 100_000
FAR = 2.23 / MANY**0.5
"""Kolmogorov's bound at p = .0001, for there are 76 lanes. A cdf that is off by .0133 anywhere
would pass it with a chance below 1e-4; so would a correlation of twice the bound below."""
CORRELATED = 4.0 / MANY**0.5


def departure(u):
    """Kolmogorov-Smirnov distance from the uniform distribution."""
    return stats.kstest(u, "uniform").statistic


def correlation(u, v):
    return abs(float(np.corrcoef(u, v)[0, 1]))


IDS = np.arange(MANY)
BLOCKS = columns(key_of(1, 0), IDS, 0, RIVAL + 1, 0)


@pytest.mark.parametrize("lane", range(4 * (RIVAL + 1)))
def test_uniforms__uniform_over_people(lane):
    assert departure(BLOCKS[lane]) < FAR


def test_uniforms__a_small_departure_would_be_seen():
    """The power of the bound: u ** 1.04 departs by .0144."""
    assert departure(BLOCKS[0] ** 1.04) > FAR
    assert correlation(BLOCKS[0], 0.03 * BLOCKS[0] + BLOCKS[1]) > CORRELATED


def test_uniforms__uniform_over_months_and_turns():
    key = key_of(5, 6)
    by_month = np.array([uniforms(key, 3, month, 6, 0) for month in range(-500, MANY // 10)])
    by_turn = np.array([uniforms(key, 3, 1, 3, turn) for turn in range(MANY // 10)])
    for u in (*by_month.T, *by_turn.T):
        assert departure(u) < FAR * 10**0.5
        assert correlation(u[1:], u[:-1]) < CORRELATED * 10**0.5


def test_uniforms__uncorrelated_over_people_blocks_and_keys():
    for one, other in pairwise(BLOCKS):
        assert correlation(one, other) < CORRELATED
    for u in BLOCKS:
        assert correlation(u[1:], u[:-1]) < CORRELATED
    for key in (key_of(1, 1), key_of(2, 0), key_of(0, 1)):
        assert correlation(columns(key, IDS, 0, 1, 0)[0], BLOCKS[0]) < CORRELATED
    assert correlation(columns(key_of(1, 0), IDS, 0, 1, 1)[0], BLOCKS[0]) < CORRELATED


def test_luck__same_person_same_month_same_draw():
    """A draw is a function of its address: nothing is used up, whatever was drawn before."""
    key = key_of(7, 8)
    first = named(key, 11, 12, 3)
    for person in range(20):
        named(key, person, 12, 3)
    assert named(key, 11, 12, 3) == first
    assert all(first[name] != u for name, u in named(key, 12, 12, 3).items())
    assert all(first[name] != u for name, u in named(key_of(7, 9), 11, 12, 3).items())
    assert key_of(7, 8) == key


@pytest.mark.parametrize(
    ("draw", "turn", "idle"),
    [
        (DRAWS.encounter, (3,), ["surprise", "concierge", "settled", "step"]),
        (DRAWS.shop, (), ["coupon", "booking", "advice"]),
        (DRAWS.serve, (), ["wish", "answer", "tell", "idea", "share", "subscribe", "approach",
                           "manner", "struck", "attended"]),
    ],
)  # fmt: skip
def test_luck__of_what_is_seldom_asked_is_drawn_only_where_it_is(draw, turn, idle):
    """Undrawn it is 1, which no chance is above; what is drawn anyway is the same."""
    key = key_of(7, 8)
    asked = draw(key, 1, 2, *turn, True)
    assert draw(key, 1, 2, *turn, False) == asked._replace(**dict.fromkeys(idle, 1.0))
    assert 1.0 not in asked


def test_luck__of_the_market_is_nobody_s():
    """Whether an event comes about is drawn at an address that no person's month has."""
    key = key_of(7, 8)
    lucks = [struck_by(key, month, turn) for month in range(5) for turn in range(5)]
    assert len(set(lucks)) == 25
    for person in range(5):
        for month in range(5):
            mine = {u for luck in named(key, person, month, 0).values() for u in [luck]}
            assert not mine & set(lucks)


# Inversion.

EDGE = 1e-12
"""Rounding of a sum of chances; uniforms lie 2.3e-10 apart."""
cells = st.integers(0, WORD - 1).map(lambda word: (word + 0.5) / WORD)


def test_normal__against_scipy():
    u = np.concatenate([np.linspace(1e-4, 1 - 1e-4, 20_001), np.geomspace(0.5 / WORD, 0.5, 2000)])
    u = np.concatenate([u, 1.0 - np.geomspace(0.5 / WORD, 0.5, 2000), [0.02425, 0.97575]])
    drawn = np.array([normal(float(x)) for x in u])
    exact = np.where(u < 0.5, stats.norm.ppf(u), stats.norm.isf(1.0 - u))
    off = exact != 0.0
    assert np.max(np.abs(drawn[off] / exact[off] - 1.0)) < 1.2e-9
    assert normal(0.5) == 0.0
    assert all(normal(1.0 - x) == -normal(x) for x in (0.25, 0.125, 2.0**-20, 2.0**-32))


def steps(distribution, *shape):
    """Each value n of a distribution with u just inside of its step: (n, lowest, highest)."""
    top = int(distribution.isf(0.5 / WORD, *shape))
    below = 0.0
    for n in range(top + 1):
        upto = float(distribution.cdf(n, *shape))
        if upto * (1.0 - EDGE) > below * (1.0 + EDGE) + EDGE * 1e-3:
            yield n, below * (1.0 + EDGE), min(upto * (1.0 - EDGE), 1.0 - 0.5 / WORD)
        below = upto


@pytest.mark.parametrize("rate", [1e-6, 0.01, 0.3, 1.0, 2.5, 7.0, 20.0, 60.0])
def test_poisson__steps_are_those_of_the_cdf(rate):
    tried = 0
    for n, low, high in steps(stats.poisson, rate):
        assert (poisson(max(low, 1e-300), rate), poisson(high, rate)) == (n, n)
        tried += 1
    assert tried > rate


def test_poisson__nothing_at_rate_zero():
    assert {poisson(u, 0.0) for u in (0.5 / WORD, 0.5, 1.0 - 0.5 / WORD)} == {0}


@pytest.mark.parametrize(
    ("trials", "chance"), [(1, 0.5), (2, 0.01), (3, 0.999), (12, 0.25), (60, 0.7), (255, 0.9)]
)
def test_binomial__steps_are_those_of_the_cdf(trials, chance):
    tried = 0
    for n, low, high in steps(stats.binom, trials, chance):
        inside = (binomial(max(low, 1e-300), trials, chance), binomial(high, trials, chance))
        assert inside == (n, n)
        tried += 1
    assert tried > 1


def test_binomial__certain_and_impossible():
    for u in (0.5 / WORD, 0.5, 1.0 - 0.5 / WORD):
        assert [binomial(u, 5, chance) for chance in (0.0, 1.0, 1.5)] == [0, 5, 5]
        assert binomial(u, 0, 0.5) == 0


@given(cells, st.floats(0.0, 60.0), st.floats(0.0, 60.0))
def test_poisson__more_of_a_rate_is_never_fewer(u, one, other):
    low, high = sorted((one, other))
    assert poisson(u, low) <= poisson(u, high)


@given(cells, st.integers(0, 255), st.integers(0, 255), st.floats(0.0, 0.9), st.floats(0.0, 0.9))
def test_binomial__more_trials_or_chance_are_never_fewer(u, one, other, rare, likely):
    few, many = sorted((one, other))
    rare, likely = sorted((rare, likely))
    assert binomial(u, few, rare) <= binomial(u, many, rare)
    assert binomial(u, many, rare) <= binomial(u, many, likely)
    assert 0 <= binomial(u, few, rare) <= few


@given(st.floats(0.0, 60.0), cells, cells)
def test_poisson__more_luck_is_never_fewer(rate, u, v):
    low, high = sorted((u, v))
    assert poisson(low, rate) <= poisson(high, rate)


@given(st.integers(0, 1000), st.floats(-9.0, 9.0))
def test_quantile__interpolates_a_table(number, score):
    table = np.sort(np.random.default_rng(number).normal(size=SCORES)).tolist()
    assert quantile(table, score) == pytest.approx(np.interp(score, scores(), table), abs=1e-5)


def test_quantile__is_the_table_at_its_scores():
    table = np.square(scores()).tolist()
    drawn = [quantile(table, float(score)) for score in scores()]
    assert drawn == pytest.approx(table, rel=1e-6, abs=1e-9)
    middle = quantile(table, float(scores()[100] + scores()[101]) / 2.0)
    assert middle == pytest.approx((table[100] + table[101]) / 2.0, rel=1e-9)
    assert quantile(table, -40.0) == table[0]
    assert quantile(table, 40.0) == pytest.approx(table[-1], rel=1e-6)


@given(cells, cells)
def test_normal__order_is_kept(u, v):
    assume(u != v)
    assert (normal(u) < normal(v)) == (u < v)
