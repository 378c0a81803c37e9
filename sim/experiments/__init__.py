"""Questions that take many settings: what matters, why it wins, where it wins, how to do better.

Each is a study (`sim/sweep/study.py`): what it has lived is kept, and it goes on where it stopped.
"""
