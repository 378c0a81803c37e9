"""The generator behind all luck: Philox4x32-10, counter-based, without state and without order.

A draw is a function of its address: counter (person, month, name's block, turn) under the key
(seed, replication). So luck does not depend on programme, engine, threads or the size of
the population. Source: Salmon, Moraes, Dror & Shaw (2011), Parallel random numbers: as easy as
1, 2, 3.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..agents.accelerate import compiled, rule
from ..agents.luck import (
    EncounterLuck,
    HearLuck,
    LeaveLuck,
    RivalLuck,
    ServeLuck,
    ShopLuck,
    SpellLuck,
)

Key = tuple[np.uint32, np.uint32]

# Blocks of four uniforms; a name's place in its tuple and its tuple's first block are its address.
SHOP, SERVE, ENCOUNTER, HEAR, LEAVE, SPELL, PERSON, START, NETWORK, WORLD, ACTS = (
    0, 2, 3, 5, 6, 7, 8, 10, 11, 12, 13,
)  # fmt: skip
LOG, TASTE, STRIKE, RIVAL, TARGET = 16, 17, 18, 19, 20

MASK = np.uint64(0xFFFFFFFF)
SHIFT = np.uint64(32)
MULTIPLY = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
WEYL = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)
ROUNDS = 10


def key_of(seed: int, replication: int) -> Key:
    """The key of one replication; both numbers in [0, 2^32)."""
    return np.uint32(seed), np.uint32(replication)


@rule
def philox(key: Key, a: int, b: int, c: int, d: int) -> tuple[Any, Any, Any, Any]:
    """Four 32-bit words at a counter; negative counters wrap, as unsigned words do."""
    x0, x1 = np.uint64(a) & MASK, np.uint64(b) & MASK
    x2, x3 = np.uint64(c) & MASK, np.uint64(d) & MASK
    k0, k1 = np.uint64(key[0]), np.uint64(key[1])
    for _ in range(ROUNDS):
        p0 = MULTIPLY[0] * x0
        p1 = MULTIPLY[1] * x2
        x0, x1, x2, x3 = (p1 >> SHIFT) ^ x1 ^ k0, p1 & MASK, (p0 >> SHIFT) ^ x3 ^ k1, p0 & MASK
        k0 = (k0 + WEYL[0]) & MASK
        k1 = (k1 + WEYL[1]) & MASK
    return x0, x1, x2, x3


@rule
def uniforms(
    key: Key, person: int, month: int, block: int, turn: int
) -> tuple[float, float, float, float]:
    """Four uniforms in (0, 1), on a grid of 2^-32."""
    w = philox(key, person, month, block, turn)
    return (
        (float(w[0]) + 0.5) * 2.0**-32,
        (float(w[1]) + 0.5) * 2.0**-32,
        (float(w[2]) + 0.5) * 2.0**-32,
        (float(w[3]) + 0.5) * 2.0**-32,
    )


@rule
def shop_luck(key: Key, person: int, month: int, special: bool) -> ShopLuck:
    """Luck of one person's month of shopping; that of coupons and appointments is drawn where there
    are any, in a `special` month."""
    a = uniforms(key, person, month, SHOP, 0)
    b = uniforms(key, person, month, SHOP + 1, 0)
    c = 1.0, 1.0, 1.0, 1.0
    if special:
        c = uniforms(key, person, month, STRIKE, 0)
    return ShopLuck(a[0], a[1], a[2], a[3], b[0], b[1], b[2], b[3], c[1], c[2], c[3])


@rule
def serve_luck(key: Key, person: int, month: int, active: bool) -> ServeLuck:
    """Luck of one person's month with the company; that of acts is drawn where any are asked."""
    a = uniforms(key, person, month, SERVE, 0)
    if not active:
        o = 1.0
        return ServeLuck(a[0], a[1], a[2], a[3], o, o, o, o, o, o, o, o, o, o)
    b = uniforms(key, person, month, ACTS, 0)
    c = uniforms(key, person, month, ACTS + 1, 0)
    d = uniforms(key, person, month, ACTS + 2, 0)
    return ServeLuck(
        a[0], a[1], a[2], a[3], b[0], b[1], b[2], b[3], c[0], c[1], c[2], c[3], d[0], d[1]
    )


@rule
def encounter_luck(key: Key, person: int, month: int, turn: int, special: bool) -> EncounterLuck:
    """Luck of encounter number `turn` of a month; that of surprises, of a concierge and of what
    follows from it is drawn where there are `special` ones."""
    a = uniforms(key, person, month, ENCOUNTER, turn)
    if not special:
        return EncounterLuck(a[0], a[1], a[2], a[3], 1.0, 1.0, 1.0, 1.0)
    b = uniforms(key, person, month, ENCOUNTER + 1, turn)
    return EncounterLuck(a[0], a[1], a[2], a[3], b[0], b[1], b[2], b[3])


@rule
def hear_luck(key: Key, person: int, month: int, neighbour: int) -> HearLuck:
    """Luck of hearing one neighbour in a month."""
    a = uniforms(key, person, month, HEAR, neighbour)
    return HearLuck(a[0], a[1], a[2], a[3])


@rule
def leave_luck(key: Key, person: int, month: int) -> LeaveLuck:
    """Luck of leaving, and of being won, in a month."""
    a = uniforms(key, person, month, LEAVE, 0)
    return LeaveLuck(a[0], a[1], a[2], a[3])


@rule
def rival_luck(key: Key, person: int, month: int) -> RivalLuck:
    """Luck of choosing between companies, and of coming back to one, in a month."""
    a = uniforms(key, person, month, RIVAL, 0)
    return RivalLuck(a[0], a[1], a[2])


@rule
def spell_luck(key: Key, person: int, spell: int) -> SpellLuck:
    """Luck of relation number `spell` of a person."""
    a = uniforms(key, person, 0, SPELL, spell)
    return SpellLuck(a[0], a[1], a[2])


class Draws(NamedTuple):
    """The draws of a month, as compiled loops take them."""

    shop: Callable[..., ShopLuck] = shop_luck
    serve: Callable[..., ServeLuck] = serve_luck
    encounter: Callable[..., EncounterLuck] = encounter_luck
    hear: Callable[..., HearLuck] = hear_luck
    leave: Callable[..., LeaveLuck] = leave_luck
    spell: Callable[..., SpellLuck] = spell_luck
    rival: Callable[..., RivalLuck] = rival_luck


@functools.cache
def draws_from_python() -> Draws:
    """The same draws, compiled one by one, for passes that run in Python."""
    draws: tuple[Any, ...] = Draws()
    return Draws(*(compiled(draw) for draw in draws))


@compiled
def struck_by(key: Key, month: int, turn: int) -> float:
    """Luck of the market as a whole: whether event number `turn` of a month comes about."""
    return uniforms(key, 0, month, STRIKE, turn + 1)[0]


@compiled
def columns(
    key: Key, ids: NDArray[np.int64], block: int, blocks: int, turn: int
) -> NDArray[np.float64]:
    """Uniforms of many people at one address: shape (4 * blocks, people)."""
    out = np.empty((4 * blocks, len(ids)))
    for i in range(len(ids)):
        for b in range(blocks):
            u = uniforms(key, ids[i], 0, block + b, turn)
            for k in range(4):
                out[4 * b + k, i] = u[k]
    return out


def luck_of_targets(key: Key, firm: int) -> Callable[[int, int], NDArray[np.float64]]:
    """Uniforms by turn and number of people: whom company number `firm` picks at random in a month,
    and at turn -1 whom it holds out."""
    return lambda turn, people: columns(key, np.arange(people), TARGET + firm // 4, 1, turn)[
        firm % 4
    ]


def address(name: str) -> int:
    """A number for a name, the same everywhere: FNV-1a, 32 bits."""
    value: Any = 2166136261
    for byte in name.encode():
        value = (value ^ byte) * 16777619 % 2**32
    return int(value)
