"""Published numbers that facts are measured against, with their sources."""

from __future__ import annotations

REGULAR = (100.0, 63.1, 46.8, 38.2, 32.6, 28.9, 26.2, 24.1, 22.3, 20.7, 19.4, 18.3, 17.3)
"""Percent of "Regular" customers surviving 0 .. 12 years (Fader & Hardie 2007, Table 1)."""

FITTED_YEARS = 7
"""Years of it that may be fitted; the others are held out."""

DERL = {
    (3.80, 15.20): (3.31, 3.45, 3.59, 3.72, 3.84),
    (0.067, 0.267): (7.68, 9.46, 9.86, 10.06, 10.19),
}
"""Discounted expected residual lifetime, years, of a customer in contract year 1 .. 5 at a discount
rate of 10 % a year, by Beta(a, b) of yearly churn (Fader & Hardie 2010, Table 3)."""

DURABLES = {
    "air conditioners": (96, 195, 238, 380, 1045, 1230, 1267, 1828, 1586, 1673, 1800, 1580, 1500),
    "clothes dryers": (106, 319, 492, 635, 737, 890, 1397, 1523, 1294, 1240, 1425, 1260, 1236),
}
"""Sales in the United States, thousands a year, 1949 to 1961: first purchases of room air
conditioners and of clothes dryers (Bass, Krishnan & Jain 1994)."""

FAILURES_AT_ONE, FREQUENCY = 0.065, -0.2
"""Failures per encounter at one encounter a month, and the power of frequency by which they change
(our judgement, calibrated at one encounter a month)."""
