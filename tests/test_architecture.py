"""The house rules that a reader of one file cannot see: who imports whom, and what lives where."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).parents[1]
PACKAGE = "dreambridge"
EVERYTHING = frozenset({"settings", "logs", "domain", "catalog", "upstream", "store", "media", "engine", "api", "mcp"})

# What a package of ours may import of ours. A package that is not here may not exist.
ARROWS: Mapping[str, frozenset[str]] = {
    "__init__": frozenset(),
    "__main__": frozenset({"cli"}),
    "settings": frozenset({"domain"}),
    "logs": frozenset({"domain"}),
    "wiring": EVERYTHING | {"simulator"},
    "domain": frozenset(),
    "catalog": frozenset({"domain"}),
    "upstream": frozenset({"domain", "catalog"}),
    "store": frozenset({"domain"}),
    "media": frozenset({"domain"}),
    "engine": frozenset({"domain", "catalog", "upstream", "store", "media"}),
    "api": frozenset({"domain", "catalog", "engine"}),
    "mcp": frozenset({"domain", "catalog", "engine"}),
    # `models` lists the catalogue without a server, and a start that fails is told with its error.
    "cli": frozenset({"settings", "logs", "wiring", "simulator", "domain", "catalog"}),
    "simulator": frozenset(),
}

# Where a library may be imported: packages or single modules of ours.
HOMES: Mapping[str, tuple[str, ...]] = {
    "sqlalchemy": ("store",),
    "alembic": ("store",),
    "aiosqlite": ("store",),
    "psycopg": ("store",),
    "fastapi": ("api", "simulator", "wiring", "cli.serve"),
    "starlette": ("api", "simulator", "wiring", "cli.serve"),
    "uvicorn": ("api", "simulator", "wiring", "cli.serve"),
    "aiohttp": ("upstream.transport", "media.fetch", "cli"),
    "aiohttp_socks": ("upstream.transport", "media.fetch", "cli"),
    "mcp": ("mcp", "cli.bridge"),
    "httpx2": ("cli.bridge",),
}

# Values in, values out: ids, time and chance are arguments there.
PURE = ("upstream.wire", "engine.selection", "engine.pacing", "engine.retries")
IMPURE_MODULES = frozenset(
    {"aiohttp", "asyncio", "http", "os", "random", "secrets", "socket", "sqlalchemy", "threading", "time", "uuid"}
)
IMPURE_CALLS = frozenset({"open", "print", "input", "now", "utcnow", "today", "read_text", "read_bytes", "write_text"})

CATCH_ALL_HOMES = ("engine/runner.py", "api/errors.py")
NAMELESS = frozenset({"utils", "util", "helpers", "helper", "common", "misc"})
MUTABLE = frozenset({"list", "dict", "set", "bytearray", "defaultdict", "deque", "Counter", "OrderedDict"})
# Files over 250 lines, each with the reason why it is one file.
LONG_FILES: Mapping[str, str] = {
    "domain/errors.py": "the error tree is one thing: two thirds are the drawing and one sentence a class",
    "domain/remedies.py": "one table with a row for each class of the error tree, in two languages",
}


@dataclass(frozen=True, slots=True)
class Module:
    """One source file: `name` is dotted, without the package's own name; `path` is relative to the package."""

    name: str
    path: str
    text: str
    syntax: ast.Module

    @property
    def package(self) -> str:
        return self.name.partition(".")[0]

    def within(self, homes: tuple[str, ...]) -> bool:
        return any(self.name == home or self.name.startswith(f"{home}.") for home in homes)


@dataclass(frozen=True, slots=True)
class Import:
    """One import of a file: the dotted name as written, and the name below it that may be a module."""

    base: str
    leaf: str
    line: int


def read_modules(source: Path) -> tuple[Module, ...]:
    modules = []
    for file in sorted(source.rglob("*.py")):
        path = file.relative_to(source).as_posix()
        name = path.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
        text = file.read_text(encoding="utf-8")
        modules.append(Module(name, path, text, ast.parse(text, path)))
    return tuple(modules)


def imports_of(module: Module) -> Iterator[Import]:
    """Yield every import in the file, those inside functions too; relative ones made absolute."""
    inside = [PACKAGE, *module.name.split(".")]
    if not module.path.endswith("__init__.py"):
        inside.pop()
    elif module.name == "__init__":
        inside = [PACKAGE]
    for node in ast.walk(module.syntax):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(alias.name, "", node.lineno)
        elif isinstance(node, ast.ImportFrom):
            above = inside[: len(inside) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            for alias in node.names:
                yield Import(base, alias.name, node.lineno)


def own_imports(module: Module, known: frozenset[str]) -> Iterator[tuple[str, int]]:
    """Yield the modules of ours that a file imports, by their dotted names, and the line."""
    for found in imports_of(module):
        head, _, rest = found.base.partition(".")
        if head != PACKAGE:
            continue
        leaf = f"{rest}.{found.leaf}".strip(".")
        if leaf in known:
            yield leaf, found.line
        elif rest:
            yield rest, found.line


def library_imports(module: Module) -> Iterator[tuple[str, int]]:
    for found in imports_of(module):
        head = found.base.partition(".")[0]
        if head != PACKAGE:
            yield head, found.line


def wrong_arrows(modules: tuple[Module, ...]) -> list[str]:
    known = frozenset(module.name for module in modules)
    wrong = [f"{module.path} has no place in the table of arrows" for module in modules if module.package not in ARROWS]
    for module in modules:
        allowed = ARROWS.get(module.package, frozenset()) | {module.package}
        for target, line in own_imports(module, known):
            if target.partition(".")[0] not in allowed:
                wrong.append(f"{module.path}:{line} imports {target}")
    return wrong


def cycles(modules: tuple[Module, ...]) -> list[str]:
    known = frozenset(module.name for module in modules)
    edges = {module.name: sorted({target for target, _ in own_imports(module, known)}) for module in modules}
    done: set[str] = set()
    found: list[str] = []

    def walk(name: str, trail: tuple[str, ...]) -> None:
        if name in trail:
            found.append(" → ".join([*trail[trail.index(name) :], name]))
        elif name not in done:
            for target in edges.get(name, ()):
                walk(target, (*trail, name))
            done.add(name)

    for name in edges:
        walk(name, ())
    return found


def strayed_libraries(modules: tuple[Module, ...]) -> list[str]:
    return [
        f"{module.path}:{line} imports {library}"
        for module in modules
        for library, line in library_imports(module)
        if library in HOMES and not module.within(HOMES[library])
    ]


def foreign_to_domain(modules: tuple[Module, ...]) -> list[str]:
    return [
        f"{module.path}:{line} imports {library}"
        for module in modules
        if module.package == "domain"
        for library, line in library_imports(module)
        if library not in sys.stdlib_module_names
    ]


def called_name(node: ast.AST) -> str:
    """Name what is called: `open(…)` and `path.open(…)` are both `open`; empty when it is no such call."""
    target = node.func if isinstance(node, ast.Call) else None
    return getattr(target, "id", getattr(target, "attr", ""))


def impurities(modules: tuple[Module, ...]) -> list[str]:
    wrong = []
    for module in modules:
        if not module.within(PURE):
            continue
        wrong += [f"{module.path}:{n} imports {name}" for name, n in library_imports(module) if name in IMPURE_MODULES]
        for node in ast.walk(module.syntax):
            if isinstance(node, ast.AsyncFunctionDef):
                wrong.append(f"{module.path}:{node.lineno} is asynchronous")
            elif isinstance(node, ast.Call) and called_name(node) in IMPURE_CALLS:
                wrong.append(f"{module.path}:{node.lineno} calls {called_name(node)}")
    return wrong


def catch_alls(modules: tuple[Module, ...]) -> list[str]:
    wrong = []
    for module in modules:
        for node in ast.walk(module.syntax):
            if not isinstance(node, ast.ExceptHandler) or module.path in CATCH_ALL_HOMES:
                continue
            caught = {part.id for part in ast.walk(node.type) if isinstance(part, ast.Name)} if node.type else {"all"}
            # Tidying up after anything at all, and passing it on, is no catching.
            passed_on = caught == {"BaseException"} and ast.unparse(node.body[-1]) == "raise"
            if caught & {"all", "Exception", "BaseException"} and not passed_on:
                wrong.append(f"{module.path}:{node.lineno} catches everything")
    return wrong


def shared_state(modules: tuple[Module, ...]) -> list[str]:
    literals = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp)
    wrong = []
    for module in modules:
        for node in module.syntax.body:
            if not isinstance(node, ast.Assign | ast.AnnAssign):
                continue
            # A table typed as a Mapping cannot be written to: the type check refuses it.
            if isinstance(node, ast.AnnAssign) and re.match(r"(Final\[)?Mapping\[", ast.unparse(node.annotation)):
                continue
            names = [ast.unparse(name) for name in (node.targets if isinstance(node, ast.Assign) else [node.target])]
            if names != ["__all__"] and (
                isinstance(node.value, literals) or called_name(node.value or node) in MUTABLE
            ):
                wrong.append(f"{module.path}:{node.lineno} keeps {names[0]} in the module")
        wrong += [f"{module.path}:{n.lineno} says global" for n in ast.walk(module.syntax) if isinstance(n, ast.Global)]
    return wrong


def nameless(modules: tuple[Module, ...]) -> list[str]:
    return [m.path for m in modules if NAMELESS & set(PurePosixPath(m.path).with_suffix("").parts)]


def too_long(modules: tuple[Module, ...], reasons: Mapping[str, str]) -> list[str]:
    lengths = {module.path: module.text.count("\n") for module in modules}
    wrong = [f"{path} has {n} lines" for path, n in lengths.items() if n > 250 and not reasons.get(path)]
    wrong += [f"{path} needs no reason any more" for path in reasons if lengths.get(path, 0) <= 250]
    for module in modules:
        for node in ast.walk(module.syntax):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > 50:
                    wrong.append(f"{module.path}:{node.lineno} {node.name} has {length} lines")
    return wrong


# The machine a file was written on, a package host, and what looks like a session id.
MACHINE_PATH = re.compile(r"(?<![\w.}*-])/(?:(?:root|work)/|home/\w)")
PACKAGE_HOST = re.compile(r"pypi\.org|pythonhosted\.org|registry\.npmjs\.org")
SESSION_ID = re.compile(r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])")


def indiscretions(name: str, text: str) -> list[str]:
    """List what a committed text should not carry; a file that says its ids are made up may hold them."""
    wrong = [f"{name} carries {found.group()}" for found in MACHINE_PATH.finditer(text)]
    wrong += [f"{name} carries {found.group()}" for found in PACKAGE_HOST.finditer(text)]
    if "contract/samples/" not in name and not re.search(r"made[ -]up", text, re.IGNORECASE):
        wrong += [f"{name} carries {found.group()}, not said to be made up" for found in SESSION_ID.finditer(text)]
    return wrong


def committed_texts(root: Path) -> Iterator[tuple[str, str]]:
    """Yield every committed text file; in an unpacked archive, which has no history, every file outside dot folders."""
    listing = subprocess.run(["git", "-C", str(root), "ls-files", "-z"], capture_output=True, check=False)  # noqa: S607
    if listing.returncode == 0 and listing.stdout:
        names = listing.stdout.decode().rstrip("\0").split("\0")
    else:
        found = (file.relative_to(root) for file in root.rglob("*"))
        names = [file.as_posix() for file in found if not any(part.startswith(".") for part in file.parts)]
    for name in names:
        if (root / name).is_file():
            yield name, (root / name).read_text(encoding="utf-8", errors="ignore")


OURS = read_modules(ROOT / "src" / PACKAGE)


def imagine(folder: Path, **files: str) -> tuple[Module, ...]:
    """Read a made-up package; a name's double underscores stand for folders."""
    for name, text in files.items():
        file = folder / f"{name.replace('__', '/')}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return read_modules(folder)


def test_the_tree_that_is_judged_is_ours() -> None:
    assert {"domain.errors", "settings"} <= {module.name for module in OURS}


def test_arrows_point_inward(tmp_path: Path) -> None:
    assert wrong_arrows(OURS) == []
    client = "from dreambridge.upstream import client\n"
    relative = "def late():\n    from ..store import jobs\n"
    bad = imagine(
        tmp_path, store__jobs=client, upstream__client=relative, extras="", engine__good="import dreambridge.store.jobs"
    )
    assert wrong_arrows(bad) == [
        "extras.py has no place in the table of arrows",
        "store/jobs.py:1 imports upstream.client",
        "upstream/client.py:2 imports store.jobs",
    ]


def test_no_modules_import_each_other_in_a_circle(tmp_path: Path) -> None:
    assert cycles(OURS) == []
    bad = imagine(
        tmp_path, media__a="from dreambridge.media import b", media__b="from .c import x", media__c="from . import a"
    )
    assert cycles(bad) == ["media.a → media.b → media.c → media.a"]


def test_each_library_stays_where_it_belongs(tmp_path: Path) -> None:
    assert strayed_libraries(OURS) == []
    bad = imagine(
        tmp_path,
        engine__a="import sqlalchemy.ext",
        upstream__transport="import aiohttp",
        upstream__b="from aiohttp import web",
    )
    assert strayed_libraries(bad) == ["engine/a.py:1 imports sqlalchemy", "upstream/b.py:1 imports aiohttp"]


def test_the_domain_knows_only_the_standard_library(tmp_path: Path) -> None:
    assert foreign_to_domain(OURS) == []
    bad = imagine(tmp_path, domain__job="import pydantic\nimport enum", catalog__job="import pydantic")
    assert foreign_to_domain(bad) == ["domain/job.py:1 imports pydantic"]


def test_pure_modules_neither_wait_nor_look_at_the_clock_nor_draw_lots(tmp_path: Path) -> None:
    assert impurities(OURS) == []
    text = "import time\nfrom random import choice\ndef f(p, d):\n    p.open()\n    d.now()\nasync def g():\n    pass\n"
    assert sorted(impurities(imagine(tmp_path, upstream__wire__a=text, upstream__b=text))) == [
        "upstream/wire/a.py:1 imports time",
        "upstream/wire/a.py:2 imports random",
        "upstream/wire/a.py:4 calls open",
        "upstream/wire/a.py:5 calls now",
        "upstream/wire/a.py:6 is asynchronous",
    ]


def test_only_the_runner_and_the_last_error_border_catch_everything(tmp_path: Path) -> None:
    assert catch_alls(OURS) == []
    text = "try:\n    pass\nexcept {}:\n    pass\n"
    bad = imagine(
        tmp_path,
        engine__runner=text.format("Exception"),
        media__a=text.format("(OSError, Exception)"),
        media__b=text.format("").replace("except ", "except"),
        media__c=text.format("BaseException").rstrip() + "\n    raise",
    )
    assert catch_alls(bad) == ["media/a.py:3 catches everything", "media/b.py:3 catches everything"]


def test_modules_keep_no_mutable_state(tmp_path: Path) -> None:
    assert shared_state(OURS) == []
    text = (
        "__all__ = []\nA: dict[str, int] = {}\nB: Mapping[str, int] = {}\nC = set()\nD = ()\ndef f():\n    global B\n"
    )
    assert shared_state(imagine(tmp_path, media__a=text)) == [
        "media/a.py:2 keeps A in the module",
        "media/a.py:4 keeps C in the module",
        "media/a.py:7 says global",
    ]


def test_every_file_has_a_name_of_its_own(tmp_path: Path) -> None:
    assert nameless(OURS) == []
    assert nameless(imagine(tmp_path, engine__utils="", media__common__a="", media__misc_kinds="")) == [
        "engine/utils.py",
        "media/common/a.py",
    ]


def test_files_and_functions_stay_short(tmp_path: Path) -> None:
    assert too_long(OURS, LONG_FILES) == []
    bad = imagine(tmp_path, a="x = 1\n" * 251, b="def f():\n" + "    x = 1\n" * 50, c="x = 1\n" * 250)
    assert too_long(bad, {}) == ["a.py has 251 lines", "b.py:1 f has 51 lines"]
    assert too_long(bad, {"a.py": "a table", "c.py": "a table"}) == [
        "c.py needs no reason any more",
        "b.py:1 f has 51 lines",
    ]


def test_no_committed_file_tells_of_a_machine_a_package_host_or_a_session() -> None:
    assert [wrong for name, text in committed_texts(ROOT) for wrong in indiscretions(name, text)] == []
    for bad in ("see /ro" + "ot/x", "in /ho" + "me/anna", "https://py" + "pi.org/simple", "0123456789abcdef" * 2):
        assert indiscretions("a.md", bad), bad
    assert indiscretions("a.md", "0123456789abcdef" * 2 + " is made up") == []
    assert indiscretions("a.md", "0123456789abcdef" * 4 + " src/work/x {ROOT}/root/x") == []
