"""A job beyond the machine's means is refused before it starts."""

import subprocess
import sys
from types import SimpleNamespace

import psutil
import pytest

import engagesim as es
from engagesim.sim.means import check_memory, needed

PEAK = """
import resource, sys
import engagesim as es
words = ("worlds=1", "horizon=3", "threads=1", "uncertainty=luck")
es.compare(es.scenario(f"population.size={sys.argv[1]}", *words))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
"""


def test_memory__is_refused_by_who_asks_for_too_much(
    monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    big = es.scenario("population.size=1000000", "worlds=20", "threads=8")
    free = needed(1_000_000, 3)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=free))
    check_memory(1_000_000, 3, "threads")
    with pytest.raises(es.BadInput, match=r"1,000,000 people in 9 worlds .* fewer threads"):
        es.compare(big)
    with pytest.raises(es.BadInput, match=r"in 4 worlds at once .* fewer cluster\.workers"):
        es.sweep("population.size=1000000,1000", f"out={tmp_path}/sweep", "cluster.workers=4")
    with pytest.raises(es.BadInput, match=r"4,000,000 people .* about [23],\d{3},\d{3} people"):
        es.simulate(es.scenario("population.size=4000000"), "none")


@pytest.mark.proof
@pytest.mark.skipif(sys.platform != "linux", reason="peak memory has other units elsewhere")
def test_memory__needed_is_what_a_comparison_takes():
    def peak(people: int) -> int:
        ran = subprocess.run(
            [sys.executable, "-c", PEAK, str(people)], capture_output=True, text=True, check=True
        )
        return int(ran.stdout)

    peak(1_000)  # compiles, which takes 1.3 GB by itself
    few, many = peak(50_000), peak(400_000)
    assert many - few == pytest.approx(needed(400_000, 1) - needed(50_000, 1), rel=0.15)
    assert few < 1.2 * needed(50_000, 1)
