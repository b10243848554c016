"""
The whole product on one machine, as the command of `hvacsched.embedded`: sandbox, web, worker and beat under one
manager, and a guide that seeds the shop, places one call and says where to look. Never imports Django's settings.
"""

import http.client
import json
import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from honcho.manager import Manager

from hvacsched.embedded.errors import EmbeddedError
from hvacsched.embedded.folder import PROJECT_ROOT, DataFolder

DEMO_FILE = PROJECT_ROOT / ".env.demo"
QUEUES = "alarms,sweeps,calendar-writes,calendar-backlog,calendar-reads,messages,celery"
NUMBER = "+12125550100"  # the demo shop's
PATIENCE_SECONDS = 90.0
SHORT_LIFE_SECONDS, MOST_SHORT_LIVES = 5.0, 4
INTERRUPTED = 128 + signal.SIGINT


class DemoError(Exception):
    """Shown to the person as it stands."""


def main(arguments: list[str]) -> int:
    try:
        if arguments == ["guide"]:
            return guide()
        if arguments[:1] == ["keep"]:
            return keep(arguments[1:])
        return run()
    except (DemoError, EmbeddedError) as error:
        say(f"\n{error}\n")
        return 1
    except KeyboardInterrupt:
        return 0


def run() -> int:
    load_environment()
    data = DataFolder.open().path
    web, sandbox = urlsplit(os.environ["SERVER_URL"]), urlsplit(os.environ["GOOGLE_API_ENDPOINT"])
    web_port, sandbox_port = int(os.environ["PORT"]), sandbox.port or 80
    for name in ("DATABASE_URL", "REDIS_URL"):
        if not os.environ.get(name):
            raise DemoError(f"{name} is not set. Start the demo with `make demo`, or set it to a server of yours.")
    refuse_taken("127.0.0.1", web_port, "PORT", "the web server", f"make demo PORT={web_port + 1}")
    refuse_taken(
        *(sandbox.hostname or "127.0.0.1", sandbox_port, "SANDBOX_PORT", "the sandbox"),
        f"make demo SANDBOX_PORT={sandbox_port + 1}",
    )
    ready = data / f"demo-{web_port}.ready"
    ready.unlink(missing_ok=True)
    os.environ["DEMO_READY_FILE"] = str(ready)
    say(f"hvacsched demo at {web.geturl()}, data in {data}. The first start takes a little longer.")
    (PROJECT_ROOT / "staticfiles").mkdir(exist_ok=True)  # its absence is worth a warning only in production
    manage("migrate", "--verbosity", "0", "--skip-checks")  # the guide pushes the assistant that a check would miss

    manager = Manager()
    for name, command in commands(data, web_port, sandbox.hostname or "127.0.0.1", sandbox_port).items():
        starts_at_once = name in ("sandbox", "guide")
        wait = "" if starts_at_once else f"until [ -e {shlex.quote(str(ready))} ]; do sleep 0.1; done; "
        if not starts_at_once:  # as a container engine would, see docker-compose.yml
            command = [sys.executable, "-m", "hvacsched.demo", "keep", *command]
        manager.add_process(name, f"{wait}exec {shlex.join(command)}", cwd=str(PROJECT_ROOT), env=dict(os.environ))
    manager.loop()
    ready.unlink(missing_ok=True)
    return 0 if manager.returncode == INTERRUPTED else int(manager.returncode or 0)


def commands(data: Path, web_port: int, sandbox_host: str, sandbox_port: int) -> dict[str, list[str]]:
    python = [sys.executable, "-m"]
    state = str(data / "sandbox.json")
    worker_name = f"demo-{web_port}@%h"
    return {
        "sandbox": [*python, "sandbox", "--host", sandbox_host, "--port", str(sandbox_port), "--state", state],
        "web": [*python, "gunicorn", "-c", "python:hvacsched.gunicorn", "--bind", f"127.0.0.1:{web_port}"],
        "worker": [
            *("nice", "-n", "10"),  # callers come first where all share two cores
            *(sys.executable, "-W", "ignore:You're running the worker with superuser", "-m", "celery", "--quiet"),
            *("-A", "hvacsched", "worker", "-Q", QUEUES, "-c", "4", "-n", worker_name),
            *("--without-gossip", "--without-mingle"),
        ],
        "beat": [*python, "celery", "--quiet", "-A", "hvacsched", "beat", "--pidfile=", "-s", str(data / "beat-schedule")],
        "guide": [*python, "hvacsched.demo", "guide"],
    }


def keep(command: list[str]) -> int:
    """Run a command and start it again when it is killed; one that cannot start is not tried for ever."""
    stopping = False
    child: subprocess.Popen[bytes] | None = None

    def stop(number: int, frame: object) -> None:
        nonlocal stopping
        stopping = True
        if child is not None:
            child.send_signal(number)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    short_lives = 0
    while True:
        begun = time.monotonic()
        child = subprocess.Popen(command)  # noqa: S603 - the demo's own commands
        status = child.wait()
        if stopping:
            return 0 if status in (0, -signal.SIGTERM, -signal.SIGINT) else status
        short_lives = short_lives + 1 if time.monotonic() - begun < SHORT_LIFE_SECONDS else 0
        if short_lives == MOST_SHORT_LIVES:
            say(f"It ended {short_lives} times in a row soon after its start (status {status}).")
            return status if status > 0 else 128 - status
        say(f"It ended (status {status}) and is started again.")
        time.sleep(0.5)


def load_environment() -> None:
    """The demo's settings under whatever the environment already says; PORT and SANDBOX_PORT move the demo's own."""
    given = dict(os.environ)
    os.environ.setdefault("ENV_FILE", str(DEMO_FILE))
    os.environ["PYTHONUNBUFFERED"] = "1"
    os.environ.setdefault("LOG_LEVEL", "WARNING")  # else the periodic tasks push the call and the addresses off screen
    published = read_published()
    for name, value in published.items():
        os.environ.setdefault(name, value)
    port = given.get("PORT") or str(urlsplit(os.environ["SERVER_URL"]).port or 8000)
    if not port.isdigit():
        raise DemoError(f"PORT is '{port}'; it is the number of the web server's port, such as 8000.")
    os.environ["PORT"] = port
    if os.environ["SERVER_URL"] == published["SERVER_URL"]:
        os.environ["SERVER_URL"] = f"http://127.0.0.1:{port}"
    if moved := given.get("SANDBOX_PORT"):
        home = urlsplit(published["GOOGLE_API_ENDPOINT"]).netloc
        for name, value in published.items():
            if os.environ[name] == value:
                os.environ[name] = value.replace(f"//{home}/", f"//127.0.0.1:{moved}/")


def read_published() -> dict[str, str]:
    """The file holds plain literals, one a line."""
    lines = (line.strip() for line in DEMO_FILE.read_text(encoding="utf-8").splitlines())
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def refuse_taken(host: str, port: int, variable: str, what: str, instead: str) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise DemoError(
                f"Port {port}, where {what} would stand, is taken ({error.strerror}). "
                f"Stop what uses it, or choose another with {variable}: {instead}"
            ) from error


def guide() -> int:
    """Runs under the manager: seeds, opens the gate for the others, places a call, says where to look, and stays."""
    sandbox = os.environ["GOOGLE_API_ENDPOINT"].partition("/google/")[0]
    web = f"http://127.0.0.1:{os.environ['PORT']}"
    wait_for(f"{sandbox}/_control/events", "the sandbox")
    manage("seed_demo", "--read-calendars")
    try:
        manage("push_assistant", "--verbosity", "0")
    except DemoError as error:
        say(f"The assistant was not pushed to the sandbox ({error}). Calls are handed over all the same.")
    set_up_number(sandbox)
    Path(os.environ["DEMO_READY_FILE"]).touch()
    wait_for(f"{web}/readyz", "the web server")
    try:
        manage("simulate_calls", "--calls", "1", "--concurrency", "1", "--show")
    except DemoError as error:
        say(f"The call did not go through ({error}). The demo goes on; the lines above say why.")
    differing = {name: os.environ[name] for name, value in read_published().items() if os.environ[name] != value}
    moved = "".join(f"{name}={shlex.quote(value)} " for name, value in differing.items())
    say(
        f"""
  The demo is running.

    The board      {web}/board/
    Back office    {web}/admin/
    Google's side  {sandbox}/_control/events

    Sign in as     dispatcher / demo-dispatcher   (or owner / demo-owner, technician / demo-technician)

  More calls: {moved}.venv/bin/python -m hvacsched.embedded -- .venv/bin/python manage.py simulate_calls --calls 20
  Ctrl-C ends everything. The data stays for the next start; `make clean` removes it.
"""
    )
    while True:
        signal.pause()


def manage(*arguments: str) -> None:
    command = [sys.executable, "manage.py", *arguments]
    status = subprocess.run(command, cwd=PROJECT_ROOT, check=False).returncode  # noqa: S603 - our own commands
    if status == INTERRUPTED or status == -signal.SIGINT:
        raise KeyboardInterrupt
    if status != 0:
        raise DemoError(f"`manage.py {arguments[0]}` ended with status {status}")


def set_up_number(sandbox: str) -> None:
    """Point the shop's number at Twilio to this server, as docs/going-live.md has it: the test of the line compares it."""
    server = os.environ["SERVER_URL"]
    number = {
        "number": NUMBER,
        "voice_url": f"{server}/twilio/inbound",
        "voice_fallback_url": f"{server}/twilio/fallback",
        "status_callback": f"{server}/twilio/status",
        "sms_url": f"{server}/twilio/text",
    }
    asked = Request(f"{sandbox}/_control/incoming", json.dumps(number).encode(), {"Content-Type": "application/json"})  # noqa: S310
    try:
        with urlopen(asked, timeout=5) as answer:  # noqa: S310 - our own address
            answer.read()
    except (URLError, OSError, http.client.HTTPException) as error:
        say(f"The shop's number was not set up at the sandbox ({error}). Only the test of the line needs it.")


def wait_for(url: str, what: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            with urlopen(url, timeout=5) as answer:  # noqa: S310 - our own address
                answer.read()
                return
        except (URLError, OSError, http.client.HTTPException) as error:
            if time.monotonic() > deadline:
                raise DemoError(f"{what} did not answer at {url}: {error}") from error
        time.sleep(0.2)


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
