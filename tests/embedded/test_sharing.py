"""Several launchers on one data folder, one after another and at once."""

import json
import os
import signal
from pathlib import Path

import psycopg
import pytest

from tests.embedded.conftest import Launch, Run, gone

pytestmark = pytest.mark.processes


def test_second_launcher_joins_and_leaves_the_servers_running(launch: Launch) -> None:
    first = launch().wait_for_report()
    servers = first.servers()

    second = launch().wait_for_report()
    assert second.reported["DATABASE_URL"] == first.reported["DATABASE_URL"]
    assert second.reported["REDIS_URL"] == first.reported["REDIS_URL"]
    assert second.let_go() == 0

    assert first.servers() == servers
    assert all(mark.lives() for mark in servers.values())
    psycopg.connect(first.reported["DATABASE_URL"]).close()
    assert first.let_go() == 0
    assert gone(list(servers.values()), 0)
    assert first.servers() == {}


def test_launchers_started_at_once_share_one_pair_of_servers(launch: Launch, tmp_path: Path) -> None:
    started = [launch(data=tmp_path / "data") for _number in range(3)]

    urls = {launched.wait_for_report().reported["DATABASE_URL"] for launched in started}

    assert len(urls) == 1
    postmasters = [mark for launched in started for mark in launched.below() if b"listen_addresses" in _command(mark.pid)]
    assert [mark.pid for mark in postmasters] == [started[0].servers()["PostgreSQL"].pid]


def test_start_right_after_a_killed_launcher_waits_for_the_old_servers(launch: Launch) -> None:
    first = launch().wait_for_report()
    old = first.servers()
    keeper = first.below()[0]
    # Both at once: the servers are only just learning of it when the next launcher arrives.
    os.kill(keeper.pid, signal.SIGSTOP)
    first.process.kill()
    os.kill(keeper.pid, signal.SIGKILL)

    second = launch().wait_for_report()

    assert gone(list(old.values()), 0)
    assert second.servers()["PostgreSQL"].pid != old["PostgreSQL"].pid
    psycopg.connect(second.reported["DATABASE_URL"]).close()
    assert second.let_go() == 0


@pytest.mark.parametrize("note", ["dead", "another process", "not json"])
def test_stale_note_is_recognised(run: Run, shared_data: Path, note: str) -> None:
    assert run("true").returncode == 0  # so that there is data
    # The number of a living process that is not the one the note means: it started at another time.
    pid = os.getpid() if note == "another process" else 4_000_000
    mark = {"pid": pid, "started": 1}
    entry = {"server": mark, "owner": mark, "port": 1}
    text = "{" if note == "not json" else json.dumps({"PostgreSQL": entry, "Redis": entry})
    (shared_data / "servers.json").write_text(text)

    done = run("sh", "-c", "cat $HVACSCHED_DATA/servers.json")

    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["PostgreSQL"]["port"] != 1


def test_pid_file_of_a_dead_server_does_not_block(run: Run, shared_data: Path) -> None:
    """As a killed container leaves it: the number now belongs to some other process."""
    assert run("true").returncode == 0
    pid_file = shared_data / "postgres" / "postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n{shared_data / 'postgres'}\n1\n1\n\n127.0.0.1\n")
    os.chown(pid_file, shared_data.stat().st_uid, shared_data.stat().st_gid)

    assert run("true").returncode == 0


def _command(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()
