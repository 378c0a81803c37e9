"""The public door: what it names, and that looking through it costs nothing."""

import subprocess
import sys
from types import SimpleNamespace

import pytest

import engagesim
from engagesim.sim.main import VERBS, main

HEAVY = ("matplotlib", "mesa", "networkx", "numba", "numpy", "pandas", "pyarrow", "scipy")


def python(code: str, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", code, *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_door__public_names():
    assert engagesim.__all__ == [
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
    assert dir(engagesim) == engagesim.__all__


@pytest.mark.parametrize("name", engagesim.__all__)
def test_door__leads_to_each_name(name: str) -> None:
    assert getattr(engagesim, name).__doc__


def test_door__no_other_names():
    with pytest.raises(AttributeError, match="no attribute 'simulat'"):
        _ = engagesim.simulat


def loaded_after(code: str) -> set[str]:
    ran = python(f"import sys\n{code}\nprint('loaded', *sys.modules, file=sys.stderr)")
    assert ran.returncode == 0
    return set(ran.stderr.split())


def test_import__loads_nothing_heavy():
    loaded = loaded_after("import engagesim")
    assert "engagesim" in loaded
    assert not loaded & {*HEAVY, "hydra", "pydantic", "yaml"}


def test_help__loads_nothing_heavy():
    loaded = loaded_after("from engagesim.sim.main import main\nmain(['--help'])")
    assert "engagesim.sim.main" in loaded
    assert not loaded & {*HEAVY, "hydra", "pydantic"}


def test_scenario__composed_without_engines():
    loaded = loaded_after("import engagesim\nengagesim.scenario()")
    assert "hydra" in loaded
    assert not loaded & set(HEAVY)


@pytest.mark.parametrize("words", [["--help"], ["-h"], ["run", "--help"]])
def test_help__tells_verbs_and_presets(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 0
    text = capsys.readouterr().out
    for word in (*VERBS, "flywheel_badly_run", "market=apparel|bank|car", "--config-dir"):
        assert word in text
    assert max(map(len, text.splitlines())) <= 100


def test_version__is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"engagesim {engagesim.__version__}\n"


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The verbs that were called, in place of what they do."""
    called: list[str] = []
    verbs = SimpleNamespace(
        **{verb: lambda *given, verb=verb: called.append(verb) for verb in VERBS},
        experiment=lambda verb, *given: called.append(verb),
    )
    monkeypatch.setitem(sys.modules, "engagesim.sim.verbs", verbs)
    monkeypatch.setattr("engagesim.sim.verbs", verbs, raising=False)
    return called


@pytest.mark.parametrize("verb", VERBS)
def test_verb__is_called(verb: str, calls: list[str]) -> None:
    assert main([verb, "horizon=3"]) == 0
    assert main(["horizon=3", verb]) == 0
    assert calls == [verb, verb]


def test_verb__compare_when_none_is_named(calls: list[str]) -> None:
    assert main([]) == 0
    assert calls == ["compare"]


def test_verb__stopped_by_the_user(
    calls: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stop(scenario: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(sys.modules["engagesim.sim.verbs"], "compare", stop)
    assert main([]) == 130
    assert capsys.readouterr() == ("", "engagesim: stopped\n")


def test_reader_gone__is_no_error():
    code = "from engagesim.sim.main import main; raise SystemExit(main(['--cfg', 'job']))"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(60) == 141
