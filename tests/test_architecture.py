"""The house style, as far as a machine can check it. Each rule is first shown to catch what it should catch."""

from __future__ import annotations

import ast
import importlib.metadata
import importlib.util
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("bot", "rules", "storage")
LONGEST_MODULE, LONGEST_FUNCTION, DEEPEST = 300, 50, 3
BANNED = frozenset({"manager", "managers", "helper", "helpers", "util", "utils", "info", "data", "common", "misc"})

# One library, one room: which modules may import it. A name covers itself and what lies below it.
ROOMS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "aiohttp": ("bot.feeds",),
        "alembic": ("storage",),
        "apscheduler": ("bot.schedule",),
        "feedparser": ("bot.feeds.parse", "bot.feeds.loose"),
        "matplotlib": ("bot.delivery",),
        "pydantic_settings": ("bot.settings",),
        "rapidfuzz": ("rules",),
        "sqlalchemy": ("storage",),
        "sqlmodel": ("storage",),
        "telegram": ("bot.delivery.telegram", "bot.chat"),
        "trafilatura": ("bot.feeds.extract",),
    }
)
HEAVY = ("trafilatura", "py3langid", "pymorphy3", "matplotlib", "feedparser", "simplemma")
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
MUTABLE = frozenset({"list", "dict", "set", "bytearray", "defaultdict", "Counter", "deque", "OrderedDict"})
DISPLAYS = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp)


class Module(NamedTuple):
    """One module of the house: dotted name, path from the root, its text and its tree."""

    name: str
    path: str
    text: str
    tree: ast.Module


def module(name: str, path: str, text: str) -> Module:
    return Module(name, path, text, ast.parse(text, path))


def read_house() -> list[Module]:
    found = []
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            relative = path.relative_to(ROOT)
            name = ".".join(relative.with_suffix("").parts).removesuffix(".__init__")
            found.append(module(name, str(relative), path.read_text(encoding="utf-8")))
    return found


HOUSE = read_house()


def imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.lineno, node.module


def too_long(house: Module) -> Iterator[str]:
    if house.name.startswith("storage.migrations.versions."):
        return  # written by Alembic, one table after the other
    lines = house.text.count("\n")
    if lines > LONGEST_MODULE and house.path != "storage/tables.py":
        yield f"{house.path}: {lines} lines, at most {LONGEST_MODULE}"
    for node in ast.walk(house.tree):
        if isinstance(node, FUNCTIONS):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > LONGEST_FUNCTION:
                yield f"{house.path}:{node.lineno}: {node.name} has {length} lines, at most {LONGEST_FUNCTION}"


def _depth(body: list[ast.stmt], depth: int = 0) -> int:
    deepest = depth
    for node in body:
        if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
            continue
        inner = isinstance(
            node, ast.If | ast.For | ast.AsyncFor | ast.While | ast.With | ast.AsyncWith | ast.Try | ast.Match
        )
        below = depth + 1 if inner else depth
        for part in ("body", "finalbody"):
            deepest = max(deepest, _depth(getattr(node, part, []), below))
        orelse = getattr(node, "orelse", [])
        # `elif` is written one level further out than the tree has it.
        elif_ = isinstance(node, ast.If) and len(orelse) == 1 and isinstance(orelse[0], ast.If)
        deepest = max(deepest, _depth(orelse, depth if elif_ else below))
        for handler in (*getattr(node, "handlers", []), *getattr(node, "cases", [])):
            deepest = max(deepest, _depth(handler.body, below))
    return deepest


def too_deep(house: Module) -> Iterator[str]:
    for node in ast.walk(house.tree):
        if isinstance(node, FUNCTIONS) and (depth := _depth(node.body)) > DEEPEST:
            yield f"{house.path}:{node.lineno}: {node.name} nests {depth} deep, at most {DEEPEST}"


def imports_inside(house: Module) -> Iterator[str]:
    for node in ast.walk(house.tree):
        if isinstance(node, FUNCTIONS):
            for line, name in imports(node):
                yield f"{house.path}:{line}: {name} is imported inside {node.name}"


def reads_environment(house: Module) -> Iterator[str]:
    if house.name == "bot.settings":
        return
    for node in ast.walk(house.tree):
        if isinstance(node, ast.Attribute) and node.attr in ("environ", "environb", "getenv", "putenv"):
            yield f"{house.path}:{node.lineno}: {node.attr} outside bot/settings.py"
        if isinstance(node, ast.ImportFrom) and node.module == "os":
            names = {alias.name for alias in node.names} & {"environ", "environb", "getenv", "putenv"}
            yield from (f"{house.path}:{node.lineno}: {name} outside bot/settings.py" for name in names)


def _is_mutable(value: ast.expr | None) -> bool:
    if isinstance(value, ast.Call):
        called = value.func
        name = called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""
        return name in MUTABLE
    return isinstance(value, DISPLAYS)


def _is_final(node: ast.stmt) -> bool:
    return isinstance(node, ast.AnnAssign) and "Final" in ast.unparse(node.annotation)


def mutable_state(house: Module) -> Iterator[str]:
    for node in house.tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and _is_mutable(node.value) and not _is_final(node):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = [ast.unparse(target) for target in targets]
            if names != ["__all__"]:
                yield f"{house.path}:{node.lineno}: {', '.join(names)} can be changed by anybody"
    for inner in ast.walk(house.tree):
        if isinstance(inner, ast.Global):
            yield f"{house.path}:{inner.lineno}: global {', '.join(inner.names)}"


def asynchronous(house: Module) -> Iterator[str]:
    if house.name.split(".")[0] == "bot":
        return
    for node in ast.walk(house.tree):
        if isinstance(node, ast.AsyncFunctionDef | ast.Await | ast.AsyncFor | ast.AsyncWith):
            yield f"{house.path}:{node.lineno}: async outside bot"
    for line, name in imports(house.tree):
        if name.split(".")[0] in ("asyncio", "anyio"):
            yield f"{house.path}:{line}: {name} outside bot"


def outside_its_room(house: Module) -> Iterator[str]:
    for line, name in imports(house.tree):
        rooms = ROOMS.get(name.split(".")[0])
        # A room may have grown into several modules that begin alike: feeds.parse, feeds.parse_json.
        if rooms and not any(house.name.startswith(room) for room in rooms):
            yield f"{house.path}:{line}: {name} belongs in {' or '.join(rooms)}"


def badly_named(house: Module) -> Iterator[str]:
    for word in house.name.split(".")[-1].split("_"):
        if word in BANNED:
            yield f"{house.path}: a module's name says what it does, and '{word}' does not"


def imports_back(house: Module) -> Iterator[str]:
    """`bot` may import `storage`, `storage` of `rules` only the model, `rules` neither."""
    package = house.name.split(".")[0]
    for line, name in imports(house.tree):
        top = name.split(".")[0]
        back = (package == "rules" and top in ("bot", "storage")) or (package == "storage" and top == "bot")
        if back or (package == "storage" and top == "rules" and name != "rules.model"):
            yield f"{house.path}:{line}: {package} may not import {name}"


def sleeping_clock(house: Module) -> Iterator[str]:
    """Every datetime is aware: no utcnow, no now() without a zone, no fromtimestamp() without one."""
    for node in ast.walk(house.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            name, arguments = node.func.attr, [*node.args, *node.keywords]
            naive = name in ("utcnow", "utcfromtimestamp") or (name == "now" and not arguments)
            if naive and ast.unparse(node.func.value) in ("datetime", "datetime.datetime"):
                yield f"{house.path}:{node.lineno}: {ast.unparse(node)} knows no zone"


Rule = Callable[[Module], Iterator[str]]
RULES: Mapping[Rule, tuple[str, str]] = MappingProxyType(
    {
        too_long: ("bot.x", "def walk():\n" + "    pass\n" * 50),
        too_deep: ("bot.x", "def f():\n  for a in b:\n    if a:\n      with a:\n        while a:\n          pass\n"),
        imports_inside: ("bot.x", "def f():\n    import json\n"),
        reads_environment: ("bot.x", "import os\nHOME = os.environ['HOME']\n"),
        mutable_state: ("bot.x", "SEEN = {}\n"),
        asynchronous: ("storage.x", "async def f(): ...\n"),
        outside_its_room: ("bot.feeds.fetch", "import feedparser\n"),
        badly_named: ("bot.feeds.text_utils", ""),
        imports_back: ("storage.x", "from rules.words.text import fold\n"),
        sleeping_clock: ("bot.x", "from datetime import datetime\nnow = datetime.now()\n"),
    }
)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_house_keeps(rule: Rule) -> None:
    broken = [fault for house in HOUSE for fault in rule(house)]
    assert not broken, "\n".join(broken)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_a_breach_would_be_seen(rule: Rule) -> None:
    name, text = RULES[rule]
    assert list(rule(module(name, name.replace(".", "/") + ".py", text)))


@pytest.mark.parametrize(
    "text",
    [
        "COUNTS = [0]",
        "A: list[int] = []",
        "B = dict(a=1)",
        "import collections\nC = collections.defaultdict(int)",
        "D = {word for word in 'ab'}",
    ],
)
def test_every_kind_of_shared_state_is_seen(text: str) -> None:
    assert list(mutable_state(module("bot.x", "bot/x.py", text)))


@pytest.mark.parametrize(
    "text",
    ["__all__ = ['a']", "A = (1, 2)", "B = MappingProxyType({'a': 1})", "C: Final = {'a': 1}", "D = frozenset({1})"],
)
def test_constants_are_no_shared_state(text: str) -> None:
    assert not list(mutable_state(module("bot.x", "bot/x.py", text)))


def test_a_chain_of_elif_is_one_level_deep() -> None:
    text = "def f(a):\n" + "    if a: pass\n" + "    elif a: pass\n" * 6
    assert not list(too_deep(module("bot.x", "bot/x.py", text)))


def test_the_house_is_not_empty() -> None:
    assert {house.name.split(".")[0] for house in HOUSE} == set(PACKAGES)
    assert "rules.model" in {house.name for house in HOUSE}


def test_asking_for_help_loads_nothing_heavy() -> None:
    if not (ROOT / "bot" / "__main__.py").exists():
        pytest.skip("bot/__main__.py is not there yet")
    run = (
        f"import sys, runpy\nsys.path.insert(0, {str(ROOT)!r})\n"
        "sys.argv = ['mediawatch', '--help']\n"
        "try:\n    runpy.run_module('bot', run_name='__main__')\n"
        "except SystemExit as end:\n    assert not end.code, end.code\n"
        f"print('LOADED', *sorted({{name.split('.')[0] for name in sys.modules}} & set({HEAVY!r})))\n"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", run], capture_output=True, text=True, timeout=60, cwd=ROOT, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1].split() == ["LOADED"], "these load slowly and belong to worker processes"


def test_no_other_distribution_brings_packages_of_our_names() -> None:
    """PyPI has an unrelated `rules`; beside ours, whichever comes first on the path would win."""
    owners = importlib.metadata.packages_distributions()
    strangers = {name: set(owners.get(name, [])) - {"mediawatch"} for name in PACKAGES}
    assert not any(strangers.values()), strangers


@pytest.mark.parametrize("package", PACKAGES)
def test_our_packages_are_those_of_this_checkout(package: str) -> None:
    found = importlib.util.find_spec(package)
    assert found is not None
    assert found.origin == str(ROOT / package / "__init__.py")
