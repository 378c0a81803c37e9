"""The command line: `engagesim [VERB] [KEY=VALUE ...] [FLAGS]`.

Composing needs Hydra and a verb needs the engines; both are imported once they are needed, so that
help is there at once and bad input is refused before anything heavy is loaded.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from functools import partial
from textwrap import fill
from typing import NoReturn

from ..scenarios.errors import BadInput, unknown

VERBS = {
    "compare": "paired comparison of the chosen strategies: curves, differences, a decision",
    "run": "the chosen strategies in one world, month by month",
    "calibrate": "a population fitted to your own log or retention table, and how well it fits",
    "validate": "published facts, measured: what is built in, and what emerges or was held out",
    "sensitivity": "which inputs make the difference: a screening of all, indices of the few",
    "explain": "which levers or mechanisms make the difference, and for whom: Shapley values",
    "map": "where each strategy wins, along two settings",
    "optimise": "the levers of a strategy, set for the most of a goal within a budget",
    "bench": "speed of both engines, and of sweeps, on this machine",
    "verify": "whether a results folder (engagesim verify FOLDER) is as it was written",
}

OWN_WORDS = {"validate": ("quick", "only", "also")}
"""Words of a verb's own, KEY=VALUE, that are no keys of a scenario."""

EXPERIMENTS = ("sensitivity", "explain", "map", "optimise")
"""Verbs that live many settings, and read all of their words themselves."""

HELP = """\
engagesim: which customer programme should we run, for whom, and how sure are we?

usage: engagesim [VERB] [KEY=VALUE ...] [FLAGS]

verbs (the first is the default):
{verbs}

examples:
  engagesim                                          points-only against the flywheel, telecom
  engagesim market=apparel horizon=36                another market, three years
  engagesim "strategy=[none,points_only,./mine.yaml]"
                                                     presets, and a strategy of your own
  engagesim strategies.flywheel.service.recovery=0.9 one lever of one strategy
  engagesim calibrate population.survival=mine.csv   what your own customers say
  engagesim validate quick=on only=1,22              two published facts, in few worlds
  engagesim validate "also=[ablation]"               all facts, and each mechanism off in turn
  engagesim validate "also=[conditions]"             and where points alone should win
  engagesim run strategy=flywheel map=on             one programme, with its engagement map
  engagesim mechanisms.contagion=false               without one mechanism
  engagesim costs.programme=0.5                      programmes at half their price
  engagesim bench population.size=20000
  engagesim -m "market=glob(*)" "costs.programme=range(0.5,1.5,0.25)"
                                                     a sweep; run again, it goes on where it was
  engagesim -m seed=1,2,3 cluster.scheduler=tcp://HOST:8786 out=sweep
  engagesim sensitivity population.size=2000         what is worth knowing before deciding
  engagesim explain by=levers                        what makes the second strategy differ
  engagesim map "costs.programme=interval(0.2,3)" "market.gross_margin=interval(0.1,0.6)"
  engagesim optimise budget=3 objective=equity       how to spend 3.00 a customer and month

settings:
  GROUP=PRESET   replaces a whole part: {groups}
  KEY=VALUE      sets one number, as in population.size=5000 or market.gross_margin=0.3
  strategy=[..]  {strategies}
                 or files; each lever is then at strategies.NAME, NAME being that of the file
  All keys with their values: engagesim --cfg job

of a sweep, and of the last four verbs before bench:
  cluster.scheduler=ADDRESS  a Dask scheduler that runs already; cluster.workers=N  here, 0: all
  cluster.hours=N            what it may take, as estimated (24)
  out=FOLDER                 where it is kept (sweep); what is done there is not done again
  shard=2/8                  a sweep's part only, for arrays of jobs; then once without
  retry=failed               a sweep's failed units again

flags:
  -m, --multirun       sweep over words with several values: A,B  range(A,B,STEP)  glob(*)
  -h, --help           show this
  --version            show the version
  --cfg job            print the composed, validated scenario as YAML and stop; with -m the
                       words of each point
  --config-dir DIR     add a folder of your own configs, laid out as those shipped
  --config-name NAME   start from another config than "config"
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code.

    0 done; 1 something built in is not as it should be (validate); 2 bad input, said in one line on
    stderr; 130 stopped by Ctrl-C, 143 by a request to end (SIGTERM); 141 the reader of our output
    has gone.
    """
    try:
        with _ended_gently():
            code = _command(sys.argv[1:] if argv is None else argv)
        sys.stdout.flush()
    except BadInput as problem:
        print(f"engagesim: {problem}", file=sys.stderr)
        return 2
    except KeyboardInterrupt as stopped:
        print("engagesim: stopped", file=sys.stderr)
        return 143 if stopped.args else 130
    except BrokenPipeError:
        # The interpreter flushes stdout once more at exit: let it do so into nothing.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    return code


@contextlib.contextmanager
def _ended_gently() -> Iterator[None]:
    """A request to end, as batch systems send it, is what Ctrl-C is: workers are ended too."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(*_: object) -> NoReturn:
        raise KeyboardInterrupt("SIGTERM")

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _command(argv: Sequence[str]) -> int:
    flags, verb, words = _parsed(argv)
    if flags.multirun and not (flags.help or flags.version):
        from . import verbs

        what = verbs.points if flags.cfg else verbs.sweep
        return what(words, flags.config_dir, flags.config_name)
    if verb == "verify" and not flags.help:
        from . import verbs

        return int(verbs.verify(words) or 0)
    if verb in EXPERIMENTS and not (flags.help or flags.version):
        from . import verbs

        experiment = verbs.ground if flags.cfg else verbs.experiment
        experiment(verb, words, flags.config_dir, flags.config_name)
        return 0
    own, overrides = _own_words(OWN_WORDS.get(verb, ()), words)
    if flags.help:
        print(_help(), end="")
    elif flags.version:
        from importlib.metadata import version

        print(f"engagesim {version('engagesim')}")
    else:
        from ..scenarios.compose import scenario, to_yaml

        compose = partial(scenario, config_dir=flags.config_dir, config_name=flags.config_name)
        composed = compose(*overrides)
        if flags.cfg:
            print(to_yaml(composed), end="")
        else:
            from . import verbs

            if verb in OWN_WORDS:
                return int(getattr(verbs, verb)(composed, own, overrides, compose) or 0)
            getattr(verbs, verb)(composed)
    return 0


def _own_words(keys: Sequence[str], words: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """Words of these keys, by key, and the overrides of a scenario."""
    own, overrides = {}, []
    for word in words:
        key, _, value = word.partition("=")
        if key in keys:
            own[key] = value
        else:
            overrides.append(word)
    return own, overrides


def _parsed(argv: Sequence[str]) -> tuple[Namespace, str, list[str]]:
    """Flags, verb and overrides."""
    parser = _Parser(prog="engagesim", add_help=False, allow_abbrev=False)
    parser.add_argument("-h", "--help", action="store_true")
    parser.add_argument("--version", action="store_true")
    parser.add_argument("-c", "--cfg", choices=["job"])
    parser.add_argument("-cd", "--config-dir")
    parser.add_argument("-cn", "--config-name", default="config")
    parser.add_argument("-m", "--multirun", action="store_true")
    parser.add_argument("words", nargs="*")
    flags = parser.parse_intermixed_args(argv)
    named = [word for word in flags.words if "=" not in word and not word.startswith(("+", "~"))]
    if named[:1] == ["verify"]:
        return flags, "verify", [word for word in flags.words if word != "verify"]
    for word in named:
        if word not in VERBS:
            raise unknown("no verb", word, VERBS, ", or KEY=VALUE")
    if len(named) > 1:
        raise BadInput(f"got the verbs {' and '.join(named)}, allowed is one")
    verb = named[0] if named else next(iter(VERBS))
    if flags.multirun and verb != "compare":
        raise BadInput(f"-m: got the verb {verb}, allowed is compare: a sweep compares strategies")
    return flags, verb, [word for word in flags.words if word not in named]


class _Parser(ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise BadInput(f"{message} (see engagesim --help)")


def _help() -> str:
    from ..scenarios.files import CONFIGS, options

    groups = sorted(path.name for path in CONFIGS.iterdir() if options(path.name))
    return HELP.format(
        verbs="\n".join(f"  {verb:<13}{meaning}" for verb, meaning in VERBS.items()),
        groups="\n                 ".join(
            f"{group}={'|'.join(options(group))}" for group in groups if group != "strategy"
        ),
        strategies=fill(", ".join(options("strategy")), 80, subsequent_indent=" " * 17),
    )
