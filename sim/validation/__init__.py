"""Validation: the published facts that the model is held to, measured, and judged in the open."""
