"""Service operations: staff of finite capacity turns contacts into waiting and a backlog (H4)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from scipy import special

from .state import Offer, Totals

if TYPE_CHECKING:
    from ..scenarios.channels import Desk


def meet(offer: Offer, desks: Sequence[Desk], need: Totals) -> None:
    """Let the contacts of a month meet the staff: what it makes customers wait, whom it leaves.

    `need`: the contacts due (`encounters`), those left over from before included, and the customers
    on the books. Sets `offer.waiting`, the effort added by waiting over all contacts, in [0, .3],
    and `offer.attended`, the share of them that can be served this month. A desk whose contacts
    exceed its capacity serves that capacity, and its queue has grown all month.
    """
    added, left = 0.0, 0.0
    for desk in desks:
        due, servers = desk.share * need.encounters, desk.staff * need.listed
        if due > 0.0 and servers > 0.0:
            load = due / (servers * desk.pace)
            added += desk.share * effort_of_waiting(waiting(load, servers))
            left += desk.share * max(0.0, 1.0 - 1.0 / load)
    offer.waiting = added
    offer.attended = 1.0 - left
    if left > 0.0:
        offer.active = 1


def waiting(load: float, servers: float) -> float:
    """Mean wait in a queue M/M/c, in times that it takes to serve one; infinite from load 1 on.

    `load` >= 0: arrivals over capacity; `servers` > 0, c, need not be whole. Less than one is one
    who is there part of the time and so takes longer for each (Erlang 1917).
    """
    if load >= 1.0:
        return math.inf
    servers = max(1.0, servers)
    return erlang_c(servers, load * servers) / (servers * (1.0 - load))


def erlang_c(servers: float, offered: float) -> float:
    """Chance to have to wait, by Erlang's C; `offered` load in [0, servers), `servers` >= 1.

    By Erlang's B, in its form for any real number of servers (Jagerman 1974): the chance of c
    among a Poisson number's values up to c.
    """
    if offered == 0.0:
        return 0.0
    chance = servers * math.log(offered) - offered - special.gammaln(servers + 1.0)
    blocked = math.exp(chance) / special.gammaincc(servers + 1.0, offered)
    return float(blocked / (1.0 - offered / servers * (1.0 - blocked)))


def effort_of_waiting(wait: float) -> float:
    """Effort added by a mean wait, in times that it takes to serve one; in [0, .3] (H4).

    H4 says .3 * max(0, load - .8) / .2. Here `load` is that of a single server at whom one waits
    as long, w / (1 + w): for a desk of one it is H4 at any load, and for every desk nothing is
    added up to a load of .8, and .3 from 1 on. Between, a large desk at the same load makes wait
    less, and so adds less, which H4 by itself cannot tell.
    """
    alike = 1.0 if math.isinf(wait) else wait / (1.0 + wait)
    return 0.3 * max(0.0, alike - 0.8) / 0.2
