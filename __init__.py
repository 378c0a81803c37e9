"""engagesim: which customer programme should we run, for whom, and how sure are we?

    import engagesim as es

    scenario = es.scenario("market=telecom", "population.size=5000")
    result = es.compare(scenario)

What is named here loads when it is first asked for, so that `import engagesim` costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .scenarios.compose import scenario
    from .scenarios.errors import BadInput
    from .sim.aftermath import shock_effect
    from .sim.compare import compare
    from .sim.experiments.explain import explain
    from .sim.experiments.map import map
    from .sim.experiments.optimise import optimise
    from .sim.experiments.sensitivity import sensitivity
    from .sim.knowledge import knowledge_value
    from .sim.loop import loop
    from .sim.model import Model
    from .sim.run import simulate
    from .sim.sweep.driver import sweep

__version__ = "0.1.0"

__all__ = [
    "BadInput",
    "Model",
    "__version__",
    "compare",
    "explain",
    "knowledge_value",
    "loop",
    "map",
    "optimise",
    "scenario",
    "sensitivity",
    "shock_effect",
    "simulate",
    "sweep",
]

_HOMES = {
    "BadInput": ".scenarios.errors",
    "Model": ".sim.model",
    "compare": ".sim.compare",
    "explain": ".sim.experiments.explain",
    "knowledge_value": ".sim.knowledge",
    "loop": ".sim.loop",
    "map": ".sim.experiments.map",
    "optimise": ".sim.experiments.optimise",
    "scenario": ".scenarios.compose",
    "sensitivity": ".sim.experiments.sensitivity",
    "shock_effect": ".sim.aftermath",
    "simulate": ".sim.run",
    "sweep": ".sim.sweep.driver",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name], __name__), name)


def __dir__() -> list[str]:
    return __all__
