"""Sweeps: many settings, run where there is room, kept as they come, and never lost.

`plan` says what is to be done, `unit` does it, `store` keeps it, `driver` sends it out, `report`
puts it together.
"""
