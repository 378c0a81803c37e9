"""What is said of bad input."""


class BadInput(ValueError):
    """One line for the user: the key (or file and line), the value, and what is allowed."""
