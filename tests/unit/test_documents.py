"""The guides and docstrings tell the truth: their examples run, and they list what there is."""

import ast
import asyncio
import builtins
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import pytest
from msgspec import Struct

import agents
import agents.log
import agents.ports
import agents.testing
from agents.log import events, records, transcript
from agents.team.team import Team
from agents.testing import FakeClock, FakeModel, FakeSandbox, MemoryPlatform, memory_ports
from bots.config import Loaded
from bots.config.loader import load
from bots.team_builder import Teams
from scripts.api_reference import PACKAGES, indented, reference

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PLACE = re.compile(r"\b(?:agents|adapters|bots)/[\w./]*\w")
BACKTICKED = re.compile(r"`([A-Za-z_]\w*(?:\.\w+)*)`")


def blocks(document: str, language: str) -> list[str]:
    text = (ROOT / document).read_text(encoding="utf-8")
    return [code for kind, code in BLOCK.findall(text) if kind == language]


@pytest.mark.parametrize("document", ["docs/teams.md", "README.md"])
def test_p38_the_python_blocks_of_a_guide_run_one_after_the_other(document: str) -> None:
    names: dict[str, object] = {"__name__": "a_guide"}
    for number, code in enumerate(blocks(document, "python"), 1):
        exec(compile(code, f"{document} block {number}", "exec"), names)
    teams = [value for value in names.values() if isinstance(value, Team)]
    assert teams
    assert all(team.agents for team in teams)


def test_c54_the_guide_to_teams_names_what_is_public() -> None:
    """Whatever the guide writes in backticks as a call or a name of the core is one of the public names."""
    text = (ROOT / "docs" / "teams.md").read_text(encoding="utf-8")
    imported = {
        name for line in re.findall(r"from agents(?:\.\w+)? import ([^\n]+)", text) for name in line.split(", ")
    }
    public = {name for package in (*PACKAGES, "bots") for name in listed(package)}
    assert imported <= public
    called = set(re.findall(r"`(\w+)\(", text)) - {"gather", "critic"}
    assert called - public == NOT_OURS


NOT_OURS = {"initiate_chat", "register_reply", "TextMentionTermination"}


def test_p38_every_toml_block_of_the_guide_to_teams_loads(tmp_path: Path) -> None:
    for number, block in enumerate(blocks("docs/teams.md", "toml")):
        path = tmp_path / f"{number}.toml"
        path.write_text(block, encoding="utf-8")
        loaded = load(path)
        teams = Teams(loaded)
        for name in loaded.config.teams:
            assert teams.of(name).name == name


def api() -> str:
    return (ROOT / "docs" / "api.md").read_text(encoding="utf-8")


def listed(package: str) -> dict[str, str]:
    """The names that docs/api.md lists for a package, with what they are."""
    section = api().split(f"## `{package}`\n")[1].split("\n## ")[0]
    return dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", section, re.MULTILINE))


def test_c54_the_page_of_the_public_interface_is_made_from_the_docstrings() -> None:
    assert api() == reference(), "run `make docs`"


@pytest.mark.parametrize("package", [*PACKAGES, "bots"])
def test_c54_the_public_names_are_those_that_the_page_lists(package: str) -> None:
    public = [one for one in vars(importlib.import_module(package)) if not one.startswith("_")]
    values = {name: getattr(importlib.import_module(package), name) for name in public}
    here = {name for name, value in values.items() if not isinstance(value, ModuleType)}
    assert set(listed(package)) == here - {"require_own_packages", "TYPE_CHECKING"}


@pytest.mark.parametrize("package", PACKAGES)
def test_c54_each_name_has_a_sentence_of_its_own(package: str) -> None:
    sentences = list(listed(package).values())
    assert len(set(sentences)) == len(sentences)
    assert all(one.endswith((".", "!", "?")) for one in sentences)
    for name, sentence in listed(package).items():
        value = getattr(importlib.import_module(package), name)
        own = getattr(value, "__module__", "").startswith("agents") and hasattr(value, "__qualname__")
        said = " ".join((inspect.getdoc(value) or "").split()).replace("``", "`").replace("|", "\\|")
        assert said.startswith(sentence) is own, name  # a constant's sentence is its own, and not its class's


def test_c54_the_page_holds_no_codes_that_readers_cannot_look_up() -> None:
    assert re.findall(r"(?<![\w-])[CMPIZ]\d{1,3}\b", api()) == []


@pytest.mark.parametrize(
    "name", ["Transcript", "Message", "Turn", "Situation", "ToolContext", "Conversable", "assistant"]
)
def test_c54_attributes_are_listed_one_line_each(name: str) -> None:
    entry = api().split(f"### `{name}`\n")[1].split("\n### ")[0]
    lines = dict(re.findall(r"^- `(\w+)(?:\(\))?`: (.+)$", entry, re.MULTILINE))
    value = getattr(agents, name)
    public = [one for one in dir(value) if not one.startswith("_")] if inspect.isclass(value) else []
    wanted = public or list(inspect.signature(value).parameters)
    assert set(wanted) <= set(lines)


def the_map() -> str:
    """docs/architecture.md without the names of before: the first column of what was renamed."""
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    map_, heading, renamed = text.partition("## What was renamed")
    return map_ + heading + re.sub(r"^\|[^|]*\|", "|", renamed, flags=re.MULTILINE)


def test_every_path_in_the_map_exists() -> None:
    places = {match[0] for match in PLACE.finditer(the_map())}
    assert [one for one in sorted(places) if not any((ROOT / f"{one}{end}").exists() for end in ("", ".py"))] == []


def test_every_name_in_the_map_is_one_of_the_code() -> None:
    """A module, a class, a function, a verb: whatever stands in backticks is a word of the packages or a module."""
    sources = [path for package in ("agents", "adapters", "bots") for path in (ROOT / package).rglob("*.py")]
    words = {word for path in sources for word in re.findall(r"\w+", path.read_text(encoding="utf-8"))}
    words |= {path.stem for path in sources} | {path.parent.name for path in sources}
    named = {part for match in BACKTICKED.finditer(the_map()) for part in match[1].split(".")}
    assert named - words == set()


def test_what_was_renamed_is_not_there_under_its_old_name() -> None:
    renamed = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8").partition("## What was renamed")[2]
    modules = renamed.partition("Classes and functions")[0]
    before = {match[0] for row in re.findall(r"^\|[^|]*\|", modules, re.MULTILINE) for match in PLACE.finditer(row)}
    assert len(before) > 90
    assert [one for one in sorted(before - {"bots/doctor.py"}) if (ROOT / one).exists()] == []


def test_c33_ready_made_teams_are_teams_and_hold_no_state() -> None:
    teams = Teams(Loaded())
    for name in ("coding", "pair"):
        assert teams.of(name) is importlib.import_module(f"bots.teams.{name}").team


class Example(NamedTuple):
    """An indented block in a docstring of the core."""

    where: str
    module: str
    code: str


def modules(package: ModuleType) -> list[ModuleType]:
    names = [one.name for one in pkgutil.walk_packages(package.__path__, package.__name__ + ".")]
    return [package, *map(importlib.import_module, names)]


def examples() -> Iterator[Example]:
    for module in modules(agents):
        for node in ast.walk(ast.parse(inspect.getsource(module))):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                name = getattr(node, "name", "")
                for code in indented(ast.get_docstring(node) or ""):
                    if "└──" not in code:  # the tree of errors is drawn, not written
                        yield Example(f"{module.__name__}:{name}", module.__name__, code)
        body = ast.parse(inspect.getsource(module)).body
        for node, after in pairwise(body):
            match node, after:
                case (
                    ast.AnnAssign(target=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name)]),
                    ast.Expr(value=ast.Constant(value=str(text))),
                ):
                    for code in indented(text.strip()):
                        yield Example(f"{module.__name__}:{name}", module.__name__, code)
                case _:
                    pass


EXAMPLES = list(examples())
AWAITING = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT


def unbound(code: str) -> set[str]:
    """The names that the code takes from elsewhere."""
    taken, bound = set[str](), set[str]()
    for node in ast.walk(ast.parse(code)):
        match node:
            case ast.Name(id=name, ctx=ast.Load()):
                taken.add(name)
            case ast.Name(id=name) | ast.arg(arg=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                bound.add(name)
            case ast.ClassDef(name=name):
                bound.add(name)
            case ast.ExceptHandler(name=str(name)):
                bound.add(name)
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                bound.update((one.asname or one.name).partition(".")[0] for one in names)
            case _:
                pass
    return taken - bound - vars(builtins).keys()


def surroundings(module: str) -> dict[str, object]:
    """What an example may take for granted: its module, the core's values and ports, and one of each port."""
    ports = memory_ports(FakeClock())
    known: dict[str, object] = {}
    for one in (agents, events, records, transcript, agents.ports, agents.testing, importlib.import_module(module)):
        known |= {name: value for name, value in vars(one).items() if not isinstance(value, ModuleType)}
    return known | {
        "ports": ports,
        "store": ports.store,
        "clock": ports.clock,
        "wakeups": ports.wakeups,
        "model": FakeModel(["Hello."] * 10),
        "sandbox": FakeSandbox(),
        "platform": MemoryPlatform(),
        **{name: agents.assistant(name) for name in ("coder", "reviewer", "planner", "writer", "student", "expert")},
        **{name: agents.assistant(name) for name in ("critic", "helper")},
        "runner": agents.code_runner("runner"),
        "team": Team(agents=[agents.assistant("helper")]),
        "search": search,
        "weather": search,
        "greeting": greeting,
    }


def search(words: str) -> str:
    """Search for words."""
    return f"Nothing is known of {words}."


def greeting(transcript: agents.Transcript) -> str | None:
    return "Hello!" if transcript.last.text == "hi" else None


@pytest.mark.parametrize("example", EXAMPLES, ids=[one.where for one in EXAMPLES])
async def test_p38_every_example_in_a_docstring_of_the_core_compiles_and_runs_where_it_stands_by_itself(
    example: Example,
) -> None:
    code = compile(example.code, example.where, "exec", flags=AWAITING)
    names = surroundings(example.module)
    if unbound(example.code) <= names.keys():
        running = eval(code, names)
        if inspect.isawaitable(running):
            async with asyncio.timeout(10):
                await running


IN_MEMORY = ("FakeClock", "FakeModel", "FakeSandbox", "MemoryPlatform", "MemoryStore", "memory_ports")
PROTOCOLS = [name for name, value in vars(agents.ports).items() if getattr(value, "_is_protocol", False)]


@pytest.mark.parametrize("name", [*PROTOCOLS, *IN_MEMORY])
def test_p38_every_port_and_its_stand_in_shows_an_example_that_runs(name: str) -> None:
    shown = [one for one in EXAMPLES if one.where.endswith(f":{name}")]
    assert shown
    assert all(unbound(one.code) <= surroundings(one.module).keys() for one in shown)


@pytest.mark.parametrize("name", [one for one in vars(agents) if one in listed("agents")])
def test_c54_every_public_name_shows_an_example_that_runs(name: str) -> None:
    value = getattr(agents, name)
    module = getattr(value, "__module__", "")
    shown = [
        one
        for one in EXAMPLES
        if one.where.endswith(f":{name}") and (one.module == module or not inspect.isclass(value))
    ]
    assert shown, name
    assert all(unbound(one.code) <= surroundings(one.module).keys() for one in shown)


VALUES = [
    value
    for package in ("log", "ports", "budget", "testing")
    for module in modules(importlib.import_module(f"agents.{package}"))
    for value in vars(module).values()
    if isinstance(value, type) and issubclass(value, Struct) and value.__module__ == module.__name__
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: value.__name__)
def test_p38_a_value_with_more_than_four_fields_explains_each_on_a_line_of_its_own(value: type[Struct]) -> None:
    fields = value.__struct_fields__
    explained = re.findall(r"^(\w+): ", inspect.cleandoc(value.__doc__ or ""), re.MULTILINE)
    assert len(fields) <= 4 or explained == list(fields)
