"""The rules of the repository that no other tool checks."""

import ast
import re
import subprocess
import sys
import tokenize
import tomllib
import zipfile
from collections.abc import Collection, Iterator
from graphlib import CycleError, TopologicalSorter
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from hatchling.build import build_wheel

ROOT = Path(__file__).parents[2]
PACKAGES = ("agents", "adapters", "bots")
LONGEST = 350
VAGUE = {"utils", "helpers", "base", "common", "manager"}

# With brackets around the dots and letters that matter, so that this file does not break its own rules.
REGISTRIES = re.compile(r"pypi[.]org|pythonhosted[.]org|npmjs[.](?:org|com)|deb[.]debian[.]org|ghcr[.]io|docker[.]io/")
HOMES = re.compile(r"(?<![\w.~-])/(?:[w]ork|[r]oot|[f]arm|home/\w+|Users/\w+)/[\w.]")
REQUIREMENT = re.compile(r"(?<![\w/:`-])[CDIKMOPRSUXZ]\d{1,2}\b(?!/)")
COMPANIONS = {"pydantic-core": "pydantic"}
"""Libraries that come with another in the one version that fits, and are part of its interface."""


def tracked(*patterns: str) -> list[Path]:
    """Files that git knows, or would know."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    return [path for path in (ROOT / line for line in listed) if path.is_file()]


def normal(requirement: str) -> str:
    """The name of a distribution, as it is compared."""
    return re.sub(r"[-_.]+", "-", re.split(r"[\[>=<~]", requirement)[0]).lower()


def texts() -> Iterator[tuple[Path, str]]:
    for path in tracked():
        try:
            yield path.relative_to(ROOT), path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


@pytest.fixture(scope="module")
def project() -> dict[str, object]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_no_file_names_a_registry():
    assert [f"{path}: {match[0]}" for path, text in texts() for match in REGISTRIES.finditer(text)] == []


def test_no_file_holds_a_path_of_one_machine():
    assert [f"{path}: {match[0]}" for path, text in texts() for match in HOMES.finditer(text)] == []


def test_the_lock_file_has_hashes_and_no_addresses():
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "://" not in text
    assert not re.search(r"^-", text, re.MULTILINE)
    pins = re.findall(r"^([\w.-]+)(?:\[[\w,]+\])?==", text, re.MULTILINE)
    entries = re.split(r"(?m)^(?=[\w])", text)[1:]
    assert len(pins) == len(entries) > 40
    assert all("--hash=sha256:" in entry for entry in entries)


def test_the_lock_file_has_everything_that_pyproject_names(project: dict[str, dict[str, list[str]]]):
    pinned = re.findall(r"^([\w.-]+)(?:\[[\w,]+\])?==", (ROOT / "requirements.lock").read_text(), re.MULTILINE)
    named = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    assert {normal(one) for one in named} - {normal(one) for one in pinned} == set()


def test_every_folder_of_tests_is_a_package():
    folders = {path.parent for path in tracked("tests/**/*.py", "tests/*.py")}
    parents = {folder for each in folders for folder in (each, *each.parents) if folder.is_relative_to(ROOT / "tests")}
    assert [str(folder) for folder in sorted(parents) if not (folder / "__init__.py").exists()] == []


def test_files_are_short():
    long = {
        str(path.relative_to(ROOT)): count
        for path in tracked(*(f"{package}/**/*.py" for package in PACKAGES))
        if (count := len(path.read_text(encoding="utf-8").splitlines())) > LONGEST
    }
    assert long == {}


def test_no_file_has_a_name_that_says_nothing():
    assert [str(path) for path in tracked("*.py") if path.stem in VAGUE or path.parent.name in VAGUE] == []


def test_nothing_is_patched_with_the_mock_library():
    banned = "unittest" + ".mock"
    assert [str(path) for path, text in texts() if path.suffix == ".py" and banned in text] == []


def test_text_and_code_speak_of_the_project_alone():
    assert [str(path) for path, text in texts() if re.search(r"Co-Authored-By|Generated with", text)] == [
        "tests/unit/test_repository.py"
    ]


def _prose(path: Path) -> Iterator[str]:
    """What people read: a document whole, of code its comments and texts of several words."""
    if path.suffix != ".py":
        yield path.read_text(encoding="utf-8")
        return
    with path.open("rb") as file:
        for token in tokenize.tokenize(file.readline):
            if token.type == tokenize.COMMENT or (token.type == tokenize.STRING and " " in token.string):
                yield token.string


def test_numbers_of_requirements_stand_in_tests_alone():
    """Whoever reads the code has no list of requirements: the reason is said in words."""
    places = (*(f"{folder}/**" for folder in (*PACKAGES, "docs", "benchmarks", "scripts", "docker")), "*.md", "*.toml")
    told = [path for path in tracked(*places) if path.suffix in {".py", ".md", ".toml", ".sql", ".Dockerfile"}]
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in told
        for text in _prose(path)
        for match in REQUIREMENT.finditer(text)
        if path != ROOT / "pyproject.toml"
    ]
    assert found == []


def _imported(path: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    from_ = {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module and not node.level}
    return {name.partition(".")[0] for name in plain | from_}


def test_every_library_that_is_imported_is_a_dependency(project: dict[str, dict[str, list[str]]]):
    """A transitive dependency goes away with the next version of whoever brings it."""
    ours = tracked(*(f"{package}/**/*.py" for package in PACKAGES))
    foreign = set[str]().union(*map(_imported, ours)) - set(sys.stdlib_module_names) - set(PACKAGES)
    distributions = packages_distributions()
    needed = {normal(distributions[name][0]) for name in foreign if name in distributions}
    declared = {normal(one) for one in project["project"]["dependencies"]}
    assert {COMPANIONS.get(one, one) for one in needed} - declared == set()
    assert len(declared) == len(project["project"]["dependencies"])


def _modules() -> dict[str, Path]:
    paths = tracked(*(f"{package}/**/*.py" for package in PACKAGES), *(f"{package}/*.py" for package in PACKAGES))
    return {".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path for path in paths}


def _known_to(path: Path, modules: Collection[str]) -> set[str]:
    """The modules that a module imports, for types only or when it is called as well."""
    named = set[str]()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Import(names=names):
                named.update(alias.name for alias in names)
            case ast.ImportFrom(module=str(module), names=names):
                inside = {f"{module}.{alias.name}" for alias in names} & set(modules)
                named.update(inside or {module})
            case ast.Call(func=ast.Name(id="import_module"), args=[ast.Constant(value=str(name))]):
                named.add(name)
            case _:
                pass
    return named.intersection(modules)


def test_no_module_imports_one_that_imports_it():
    modules = _modules()
    graph = {module: _known_to(path, modules) - {module} for module, path in modules.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as circle:
        pytest.fail(" -> ".join(circle.args[1]))


def test_the_wheel_holds_the_three_packages_and_what_they_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(ROOT)
    with zipfile.ZipFile(tmp_path / build_wheel(str(tmp_path))) as wheel:
        names = set(wheel.namelist())
    assert {name.partition("/")[0] for name in names if ".dist-info/" not in name} == set(PACKAGES)
    assert "bots/config.example.toml" in names
    assert "agents/py.typed" in names
    inside = {str(path.relative_to(ROOT)) for package in PACKAGES for path in tracked(f"{package}/**", f"{package}/*")}
    assert inside - names == set()


def test_every_make_target_is_explained():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = re.findall(r"^([a-z-]+):", makefile, re.MULTILINE)
    helped = makefile.partition("help:")[2].partition("\n\n")[0]
    assert [target for target in targets if target != "help" and target not in helped] == []


def test_continuous_integration_runs_make_test_and_nothing_else():
    run = ROOT / ".ci" / "run"
    assert run.stat().st_mode & 0o111
    commands = [line for line in run.read_text().splitlines() if line and not line.startswith("#")]
    assert commands == ['cd "$(dirname "$0")/.." && exec make --no-print-directory test']
