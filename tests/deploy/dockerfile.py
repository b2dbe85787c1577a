"""Carry out the steps of a Dockerfile without containers: each stage is a folder, and absolute paths lie inside it.

The base image is this machine's Python. All commands run as the user that they are given, in an environment that has
nothing of ours.
"""

import fnmatch
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

# A path from the root: not the middle of another path, and not what stands in an address.
_ABSOLUTE = re.compile(r"(?<![\w.:/}])/(?=\w)")
_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
_PATIENCE = 600


@dataclass(frozen=True)
class Step:
    """One instruction with its arguments, continued lines joined."""

    line: int
    name: str
    text: str


@dataclass
class Stage:
    """What an image is: a tree of files, and how to start what is in it."""

    root: Path
    environment: dict[str, str]
    arguments: dict[str, str] = field(default_factory=dict)
    folder: str = "/"
    user: str = ""
    entrypoint: list[str] = field(default_factory=list)
    command: list[str] = field(default_factory=list)
    health: list[str] = field(default_factory=list)
    settings: dict[str, str] = field(default_factory=dict)

    def place(self, path: str) -> Path:
        """Say where a path of the image lies on this machine."""
        return self.root / os.path.normpath(Path(self.folder, path)).lstrip("/")

    def localize(self, text: str) -> str:
        """Put the paths in a text of the image into its tree."""
        return _ABSOLUTE.sub(f"{self.root}/", text)

    def expand(self, text: str) -> str:
        """Fill in arguments and environment."""
        known = {**self.arguments, **self.environment}
        return _VARIABLE.sub(lambda found: known.get(found[1] or found[2], ""), text)


@dataclass(frozen=True)
class User:
    """Whose the files are and as whom commands run: another user where the test itself is root."""

    uid: int
    gid: int

    @property
    def options(self) -> dict[str, Any]:
        """Give what `subprocess` needs to run something as this user."""
        if os.getuid() == self.uid:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def own(self, tree: Path) -> None:
        """Make a tree this user's."""
        if os.getuid() != self.uid:
            for path in (tree, *tree.rglob("*")):
                os.chown(path, self.uid, self.gid, follow_symlinks=False)


def read_steps(text: str) -> list[Step]:
    """Read a Dockerfile."""
    steps: list[Step] = []
    pending, began = "", 0
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("#") or not (line.strip() or pending):
            continue
        began = began if pending else number
        pending += line.strip()
        if pending.endswith("\\"):
            pending = pending[:-1]
            continue
        name, _, rest = pending.partition(" ")
        steps.append(Step(began, name.upper(), rest.strip()))
        pending = ""
    return steps


def list_context(root: Path) -> list[Path]:
    """List what of a folder `.dockerignore` lets into the build."""
    rules = read_rules(root)
    tops = [top for top in sorted(root.iterdir()) if not is_left_out(top.name, rules)]
    files = [path for top in tops for path in ([top] if top.is_file() else sorted(top.rglob("*"))) if path.is_file()]
    names = [path.relative_to(root) for path in files]
    return [name for name in names if not is_left_out(name.as_posix(), rules)]


def read_rules(root: Path) -> list[str]:
    """Read `.dockerignore`."""
    lines = (root / ".dockerignore").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def is_left_out(name: str, rules: list[str]) -> bool:
    """Tell whether a file stays out of the build: the last line that fits its path or a folder above it counts."""
    parts = Path(name).parts
    paths = ["/".join(parts[: end + 1]) for end in range(len(parts))]
    left_out = False
    for rule in rules:
        pattern = rule.removeprefix("!")
        tries = {pattern, pattern.removeprefix("**/")}
        if any(fnmatch.fnmatchcase(path, each) for path in paths for each in tries):
            left_out = not rule.startswith("!")
    return left_out


class Builder:
    """Build an image's tree in `home` from the files in `context`."""

    def __init__(self, context: Path, home: Path, user: User, python: str) -> None:
        self._context = context
        self._home = home
        self._user = user
        self._python = python
        self._stages: dict[str, Stage] = {}
        self._stage: Stage | None = None

    def build(self, steps: list[Step]) -> Stage:
        """Carry out the steps in order and give the last stage; an instruction nobody has thought of fails."""
        known: Mapping[str, Callable[[Stage, str], None]] = {
            "ARG": self._arg,
            "ENV": self._env,
            "WORKDIR": self._workdir,
            "COPY": self._copy,
            "RUN": self._run,
            "HEALTHCHECK": lambda stage, text: setattr(stage, "health", json.loads(text.partition("CMD ")[2])),
            "ENTRYPOINT": lambda stage, text: setattr(stage, "entrypoint", json.loads(text)),
            "CMD": lambda stage, text: setattr(stage, "command", json.loads(text)),
            "USER": lambda stage, text: setattr(stage, "user", stage.expand(text)),
        }
        for step in steps:
            if step.name == "FROM":
                self._from(step.text)
                continue
            assert self._stage is not None, f"line {step.line}: {step.name} before FROM"
            if step.name in {"LABEL", "EXPOSE", "VOLUME", "STOPSIGNAL"}:
                self._stage.settings[step.name] = self._stage.expand(step.text)
                continue
            assert step.name in known, f"line {step.line}: {step.name} is not understood here"
            known[step.name](self._stage, step.text)
        assert self._stage is not None
        return self._stage

    def _from(self, text: str) -> None:
        image, _, name = text.partition(" AS ")
        assert re.fullmatch(r"python:3\.\d+-slim-\w+", image), f"no base image here for {image}"
        root = self._home / f"stage-{len(self._stages)}"
        programs = root / "usr" / "local" / "bin"
        programs.mkdir(parents=True)
        wrapper = programs / "python"
        wrapper.write_text(f'#!/bin/sh\nexec {self._python} "$@"\n')
        wrapper.chmod(0o755)
        self._user.own(root)
        passed = {
            key: value
            for key, value in os.environ.items()
            if key.upper().startswith(("PIP_", "SSL_", "REQUESTS_")) or key.upper().endswith("_PROXY")
        }
        environment = {**passed, "HOME": str(root), "PATH": f"{programs}:/usr/bin:/bin", "LANG": "C.UTF-8"}
        self._stage = self._stages[name or str(len(self._stages))] = Stage(root, environment)

    def _arg(self, stage: Stage, text: str) -> None:
        name, _, value = text.partition("=")
        stage.arguments[name] = value

    def _env(self, stage: Stage, text: str) -> None:
        for pair in text.split():
            name, _, value = pair.partition("=")
            mapped = f"{stage.root}{value}" if value.startswith("/") else value
            stage.environment[name] = stage.expand(mapped)

    def _workdir(self, stage: Stage, text: str) -> None:
        stage.folder = text
        if not stage.place(".").exists():
            stage.place(".").mkdir(parents=True)
            self._user.own(stage.place("."))

    def _copy(self, stage: Stage, text: str) -> None:
        words = text.split()
        flags = dict(word.removeprefix("--").split("=", 1) for word in words if word.startswith("--"))
        *sources, target = [word for word in words if not word.startswith("--")]
        origin = self._stages[flags["from"]] if "from" in flags else None
        aim = stage.place(target)
        for source in sources:
            found = self._context / source if origin is None else origin.place(source)
            if found.is_dir():
                shutil.copytree(found, aim, symlinks=True, dirs_exist_ok=True)
            else:
                into = target.endswith("/") or len(sources) > 1 or aim.is_dir()
                shutil.copy2(found, aim / found.name if into else aim)
        if origin is not None:
            _move_paths(aim, str(origin.root), str(stage.root))
        self._user.own(aim)

    def _run(self, stage: Stage, text: str) -> None:
        done = subprocess.run(
            ["/bin/sh", "-ec", stage.localize(text)],
            cwd=stage.place("."),
            env={**stage.environment, **stage.arguments},
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            check=False,
            **self._user.options,
        )
        assert done.returncode == 0, f"RUN {text}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"


def _move_paths(tree: Path, old: str, new: str) -> None:
    """Write the new place into programs and settings that carry the old one; inside an image both have one name."""
    for path in tree.rglob("*"):
        if path.is_file() and not path.is_symlink() and (path.parent.name == "bin" or path.suffix == ".cfg"):
            content = path.read_bytes()
            if old.encode() in content:
                path.write_bytes(content.replace(old.encode(), new.encode()))
