"""The yearly budget of a company's programme: once it is spent, the programme pauses."""

from __future__ import annotations


class Budget:
    """What has been spent on a programme this year, in millionths of the currency.

    Years are of 12 months, from month 0. Fixed costs cannot be paused, so those of the rest of the
    year count as spent.
    """

    def __init__(self) -> None:
        self.year = -1
        self.spent = 0
        self.ahead = 0

    def note(self, month: int, amount: int, ahead: int) -> None:
        """Note a month's spending, and the fixed costs of the year's months after it."""
        if month // 12 != self.year:
            self.year, self.spent = month // 12, 0
        self.spent += amount
        self.ahead = ahead

    def used_up(self, month: int, limit: int) -> bool:
        """Whether a limit for the year has been reached before a month."""
        return month // 12 == self.year and self.spent + self.ahead >= limit
