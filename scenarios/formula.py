"""The formula of an engagement score: read by a parser of its own, never evaluated as Python.

It knows numbers, interactions by name, + - * /, min, max and parentheses, for example
`3*referrals + 2*ideas + min(purchases, 12)`. What it comes to is worked out in `agents/score.py`.
"""

from __future__ import annotations

import ast
import functools

INTERACTIONS = {
    "purchases": "purchases or bills",
    "spend": "currency spent, at list price",
    "contacts": "encounters with the company",
    "complaints": "voiced to the company",
    "posts": "public, negative",
    "ideas": "submitted",
    "shares": "rewarded recommendations",
    "referrals": "customers won by the referral programme",
    "coupons": "redeemed",
    "rewards": "months in which points were redeemed",
    "wishes": "wishes to buy that were seen and answered",
    "told": "times they have told of themselves, in all",
    "channels": "in use today, 1 or 2",
    "subscribed": "whether they take messages today, 1 or 0",
    "tier": "of the programme today, 0 for none",
}
"""What a formula may count, by name: over about a year, if not said otherwise."""

USUAL = "min(purchases, 12) + 10*referrals + 5*ideas + 3*shares + 2*told"
"""The score of a company that looks for ambassadors and has written none of its own: acts weigh by
what they cost those who do them (judgement)."""

LARGEST = 1e6
"""The largest number in a formula."""

ALLOWED = f"interactions ({', '.join(INTERACTIONS)}), numbers, + - * /, min, max, parentheses"

SIGNS: dict[type[ast.operator], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}

Term = float | str | tuple[str, tuple["Term", ...]]
"""A number, an interaction, or an operation (+ - * / min max) and what it is done to."""


@functools.cache
def parsed(text: str) -> Term:
    """The formula that a text holds; raises ValueError with what is wrong and what is allowed."""
    try:
        return _term(ast.parse(" ".join(text.split()), mode="eval").body)
    except (SyntaxError, RecursionError, MemoryError):
        raise _refused(text) from None


def _term(node: ast.expr) -> Term:
    match node:
        case ast.Constant(value=int() | float() as number) if _is_plain(number):
            return float(number)
        case ast.Name(id=name) if name in INTERACTIONS:
            return name
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            return "-", (0.0, _term(inner))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in SIGNS:
            return SIGNS[type(op)], (_term(left), _term(right))
        case ast.Call(func=ast.Name(id="min" | "max" as name), args=[_, _, *_], keywords=[]):
            return name, tuple(_term(argument) for argument in node.args)
    raise _refused(ast.unparse(node))


def _is_plain(number: float) -> bool:
    """Whether a number may stand in a formula: true and false are numbers to Python."""
    return type(number) is not bool and abs(number) <= LARGEST


def _refused(part: str) -> ValueError:
    part = part if len(part) <= 60 else f"{part[:57]}..."
    return ValueError(f"got {part!r}, allowed are {ALLOWED}")
