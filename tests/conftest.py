"""Generated cases are the same on every machine and in every run, so a failure can be repeated."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

import engagesim as es

from .units import WORDS

settings.register_profile(
    "engagesim",
    derandomize=True,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("engagesim")


@pytest.fixture(scope="session")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of WORDS, swept at a stretch."""
    folder = tmp_path_factory.mktemp("sweep") / "whole"
    report = es.sweep(*WORDS, f"out={folder}", "cluster.workers=2")
    assert report is not None
    assert report.failed == 0
    return folder
