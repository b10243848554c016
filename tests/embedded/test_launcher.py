"""One launcher and its command: what it is given, how it ends, and that nothing outlives either."""

import os
import signal
import stat
import sys
from pathlib import Path

import psycopg
import pytest
import redis

from hvacsched.embedded.processes import Mark
from tests.embedded.conftest import PATIENCE, REPORT_AND_WAIT, ROOT, Launch, Run, eventually, gone

pytestmark = pytest.mark.processes

# Tells which signal it got, by its exit status; says so when it is ready for them.
TELL_SIGNAL = """
import signal, sys
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, lambda number, frame: sys.exit(40 + number))
open(sys.argv[1], "w").write("ready")
signal.pause()
"""

# Leaves a child in a session of its own; a stubborn one ignores every polite request.
LEAVE_CHILD = """
import subprocess, sys, os, time
child = "import os, signal, sys, time; "
if "stubborn" in sys.argv:
    child += "signal.signal(signal.SIGTERM, signal.SIG_IGN); "
child += "open(sys.argv[1], 'w').write(str(os.getpid())); time.sleep(600)"
subprocess.Popen([sys.executable, "-c", child, sys.argv[1]], start_new_session=True)
while not os.path.exists(sys.argv[1]) or not open(sys.argv[1]).read():
    time.sleep(0.02)
if "stay" in sys.argv:
    time.sleep(600)
"""


def test_command_reaches_both_servers(launch: Launch) -> None:
    launched = launch().wait_for_report()

    with psycopg.connect(launched.reported["DATABASE_URL"]) as connection:
        settings = ("server_encoding", "TimeZone", "max_connections", "fsync", "listen_addresses")
        found = [connection.execute(f"SHOW {name}").fetchone() for name in settings]
        folded = connection.execute("SELECT upper('é'), current_database()").fetchone()
    with redis.Redis.from_url(launched.reported["REDIS_URL"]) as client:
        assert client.ping() is True
    assert found == [("UTF8",), ("UTC",), ("200",), ("off",), ("127.0.0.1",)]
    assert folded == ("É", "hvacsched")
    assert launched.let_go() == 0


def test_servers_refuse_without_the_password(launch: Launch) -> None:
    launched = launch().wait_for_report()
    password = (launched.data / "password").read_text()

    database_url = launched.reported["DATABASE_URL"].replace(password, "wrong")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(database_url)
    with (
        redis.Redis.from_url(launched.reported["REDIS_URL"].replace(f":{password}@", "")) as client,
        pytest.raises(redis.AuthenticationError),
    ):
        client.ping()
    # Nor can a neighbour on the machine read it anywhere.
    assert stat.S_IMODE(launched.data.stat().st_mode) == 0o700
    assert stat.S_IMODE((launched.data / "password").stat().st_mode) == 0o600
    for mark in launched.servers().values():
        assert password not in Path(f"/proc/{mark.pid}/cmdline").read_text()


def test_exit_status_is_the_commands(run: Run) -> None:
    assert run("sh", "-c", "exit 7").returncode == 7
    assert run("sh", "-c", "kill -9 $$").returncode == 128 + signal.SIGKILL
    missing = run("no-such-command-anywhere")
    assert missing.returncode == 127
    assert "cannot run no-such-command-anywhere" in missing.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_is_passed_on(launch: Launch, tmp_path: Path, number: signal.Signals) -> None:
    launched = launch(sys.executable, "-c", TELL_SIGNAL, str(tmp_path / "ready"))
    eventually(tmp_path / "ready")
    everything = launched.below()

    launched.process.send_signal(number)

    assert launched.process.wait(PATIENCE) == 40 + number
    assert gone(everything, 0)


def test_signal_while_starting_leaves_nothing(launch: Launch, tmp_path: Path) -> None:
    data = tmp_path / "data"
    launched = launch(data=data)
    eventually(data / "password")  # initdb comes right after it
    launched.process.send_signal(signal.SIGTERM)

    assert launched.process.wait(PATIENCE) == 128 + signal.SIGTERM
    assert launched.below() == []
    assert [path for path in data.iterdir() if path.name.endswith(".new")] == []


def test_killed_command_leaves_nothing(launch: Launch) -> None:
    launched = launch().wait_for_report()
    everything = launched.below()
    assert len(everything) > 4

    os.kill(int(launched.reported["pid"]), signal.SIGKILL)

    assert launched.process.wait(PATIENCE) == 128 + signal.SIGKILL
    assert gone(everything, 0)


def test_killed_launcher_leaves_nothing(launch: Launch, tmp_path: Path) -> None:
    launched = launch(sys.executable, "-c", LEAVE_CHILD, str(tmp_path / "pid"), "stay", "stubborn")
    child = Mark.of(int(eventually(tmp_path / "pid")))
    everything = launched.below()

    launched.process.kill()

    assert gone([*everything, child])


def test_killed_keeper_leaves_nothing(launch: Launch, tmp_path: Path) -> None:
    launched = launch(sys.executable, "-c", LEAVE_CHILD, str(tmp_path / "pid"), "stay")
    child = Mark.of(int(eventually(tmp_path / "pid")))
    everything = launched.below()

    os.kill(everything[0].pid, signal.SIGKILL)

    assert gone([*everything, child])
    assert launched.process.wait(PATIENCE) == 128 + signal.SIGKILL


def test_front_and_keeper_killed_together_take_servers_and_command_along(launch: Launch) -> None:
    launched = launch().wait_for_report()
    everything = launched.below()

    os.kill(everything[0].pid, signal.SIGSTOP)  # so that it cannot act on the death of the front
    launched.process.kill()
    os.kill(everything[0].pid, signal.SIGKILL)

    assert gone(everything)


def test_children_the_command_left_are_ended(run: Run, tmp_path: Path) -> None:
    done = run(sys.executable, "-c", LEAVE_CHILD, str(tmp_path / "pid"), "stubborn")

    assert done.returncode == 0
    assert not Mark.of(int((tmp_path / "pid").read_text())).lives()


def test_data_is_kept_from_one_start_to_the_next(run: Run, tmp_path: Path) -> None:
    def script(text: str) -> tuple[str, str, str]:
        head = "import os, psycopg, redis; db = psycopg.connect(os.environ['DATABASE_URL'], autocommit=True); "
        return (
            sys.executable,
            "-c",
            f"{head}queue = redis.Redis.from_url(os.environ['REDIS_URL'], decode_responses=True); {text}",
        )

    careful = {"HVACSCHED_EMBEDDED_FAST": "0"}
    write = "db.execute('CREATE TABLE kept AS SELECT 41 AS number'); queue.rpush('queue', 'job'); "
    first = run(*script(write + "print(db.execute('SHOW fsync').fetchone()[0])"), data=tmp_path / "data", **careful)
    second = run(
        *script("print(db.execute('SELECT number FROM kept').fetchone()[0], queue.lrange('queue', 0, -1))"),
        data=tmp_path / "data",
        **careful,
    )

    assert (first.stdout, first.stderr) == ("on\n", "")
    assert (second.stdout, second.stderr) == ("41 ['job']\n", "")


def test_given_servers_are_used_and_nothing_is_started(run: Run, tmp_path: Path) -> None:
    data = tmp_path / "data"
    given = {"DATABASE_URL": "postgresql://elsewhere/x", "REDIS_URL": "redis://elsewhere/0"}

    done = run("sh", "-c", "echo $DATABASE_URL $REDIS_URL", data=data, **given)

    assert done.stdout == "postgresql://elsewhere/x redis://elsewhere/0\n"
    assert not data.exists()


def test_one_given_server_starts_only_the_other(run: Run, tmp_path: Path) -> None:
    data = tmp_path / "data"

    done = run("sh", "-c", "echo $DATABASE_URL; cat $HVACSCHED_DATA/servers.json", data=data, DATABASE_URL="given")

    assert done.stdout.startswith("given\n")
    assert '"Redis"' in done.stdout
    assert '"PostgreSQL"' not in done.stdout
    assert not (data / "postgres").exists()


@pytest.mark.parametrize(
    ("extra", "expected"), [({}, f"{ROOT}/.env.demo"), ({"HVACSCHED_ENV": "test"}, ""), ({"ENV_FILE": "/x"}, "/x")]
)
def test_demo_settings_apply_when_no_others_are_named(run: Run, extra: dict[str, str], expected: str) -> None:
    if (ROOT / ".env").exists() and not extra:
        expected = ""  # a developer's own settings win

    done = run("sh", "-c", 'echo "$ENV_FILE"', DATABASE_URL="given", REDIS_URL="given", **extra)

    assert done.stdout == f"{expected}\n"


def test_report_script_is_what_the_other_tests_take_it_for(run: Run) -> None:
    assert run(sys.executable, "-c", REPORT_AND_WAIT).returncode == 0
