"""The house keeps its own rules: packages, the lock, and nothing of any one machine."""

import ast
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

import engagesim

ROOT = Path(__file__).parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
NOT_PACKAGES = {"build", "dist", "docs", "notebooks", "tests"}
MODULES = [
    file
    for top in ROOT.iterdir()
    if top.is_dir() and top.name not in NOT_PACKAGES and not top.name.startswith(".")
    for file in top.rglob("*.py")
]

# Written as patterns, so that this file does not match itself.
OF_A_MACHINE = re.compile(
    r"\b(py"
    r"pi|python"
    r"hosted|npm"
    r"js|deb"
    r"ian)\.org"
    r"|(?<![\w.~-])/(?:home|root|work|Users)/"
)


def test_packages__listed_as_on_disk():
    folders = {file.parent.relative_to(ROOT) for file in MODULES}
    on_disk = {"engagesim", *(".".join(("engagesim", *folder.parts)) for folder in folders)}
    assert set(PYPROJECT["tool"]["setuptools"]["packages"]) == on_disk
    assert all((ROOT / folder / "__init__.py").is_file() for folder in folders)


def test_root__holds_the_door_only():
    assert [file.name for file in ROOT.glob("*.py")] == ["__init__.py"]


def imported(node: ast.AST) -> list[str]:
    """Names of the modules that a statement imports absolutely."""
    match node:
        case ast.Import(names):
            return [alias.name for alias in names]
        case ast.ImportFrom(str(module), level=0):
            return [module]
    return []


def test_imports__relative_inside_the_package():
    absolute = [
        f"{file.relative_to(ROOT)}:{node.lineno}"
        for file in [ROOT / "__init__.py", *MODULES]
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if any(name.split(".")[0] == "engagesim" for name in imported(node))
    ]
    assert not absolute


def test_version__same_in_metadata_and_door():
    assert engagesim.__version__ == PYPROJECT["project"]["version"]


def test_tracked_files__name_no_registry_and_no_home():
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    files = [ROOT / name for name in listed.stdout.decode().split("\0") if name]
    found = {
        str(file.relative_to(ROOT)): match.group()
        for file in files
        if file.is_file()
        and (match := OF_A_MACHINE.search(file.read_text(encoding="utf-8", errors="ignore")))
    }
    assert files
    assert not found


def test_lock__hashed_and_without_index():
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    lines = lock.replace("\\\n", " ").splitlines()
    required = [line for line in lines if line and not line.lstrip().startswith("#")]
    unhashed = [line for line in required if not re.match(r"[\w.-]+==\S+ .*--hash=sha256:", line)]
    assert required
    assert not unhashed
    assert "://" not in lock
