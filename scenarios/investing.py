"""The coefficients of money that becomes experience: one response for each of six aspects (2H)."""

from __future__ import annotations

from typing import Any

from .parameter import Frozen, parameter


def gain(default: float, meaning: str, symbol: str, most: float) -> Any:
    """How far an aspect can be moved by any amount of money."""
    return parameter(
        default, meaning, symbol=symbol, between=(0.0, most), source="judgement", confidence="J",
        switch="investing", off=0.0,
    )  # fmt: skip


def scale(default: float, meaning: str, symbol: str) -> Any:
    """The spending by which 63 % of a gain is reached."""
    return parameter(
        default, meaning, symbol=symbol, between=(round(default / 3.0, 4), round(default * 3.0, 4)),
        source="judgement", confidence="J", unit="share of revenue", switch="investing",
    )  # fmt: skip


def lag(default: float, meaning: str, symbol: str) -> Any:
    """The months in which 63 % of the way is gone."""
    return parameter(
        default, meaning, symbol=symbol, between=(default / 2.0, default * 2.0),
        source="judgement", confidence="J", unit="months", switch="investing",
    )  # fmt: skip


class Investing(Frozen):
    """What money makes of what customers experience, and how fast (`agents/rules/investing.py`)."""

    quality_gain: float = gain(0.08, "performance that spending on quality can add", "g H1", 0.15)
    quality_scale: float = scale(0.03, "spending on quality that reaches 63 % of it", "h H1")
    quality_lag: float = lag(6.0, "lag of quality behind the spending", "lag H1")
    reliability_gain: float = gain(
        0.5, "share of failures that spending on reliability can avoid", "g H2", 0.8
    )
    reliability_scale: float = scale(
        0.015, "spending on reliability that reaches 63 % of it", "h H2"
    )
    reliability_lag: float = lag(3.0, "lag of reliability behind the spending", "lag H2")
    recovery_gain: float = gain(
        0.35, "share of failures made good that spending on recovery can add", "g H3", 0.5
    )
    recovery_scale: float = scale(0.01, "spending on recovery that reaches 63 % of it", "h H3")
    recovery_lag: float = lag(2.0, "lag of recovery behind the spending", "lag H3")
    effort_gain: float = gain(
        0.2, "effort of a contact that spending on ease can take off", "g H4", 0.3
    )
    effort_scale: float = scale(0.015, "spending on ease that reaches 63 % of it", "h H4")
    effort_lag: float = lag(3.0, "lag of ease behind the spending", "lag H4")
    relevance_gain: float = gain(
        0.4, "relevance that spending on it can add for those who are known", "g H5", 0.6
    )
    relevance_scale: float = scale(0.007, "spending on relevance that reaches 63 % of it", "h H5")
    relevance_lag: float = lag(3.0, "lag of relevance behind the spending", "lag H5")
    community_gain: float = gain(0.5, "community to join that spending on it can add", "g H6", 0.8)
    community_scale: float = scale(0.01, "spending on community that reaches 63 % of it", "h H6")
    community_lag: float = lag(9.0, "lag of the community behind the spending", "lag H6")
