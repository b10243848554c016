"""`manage.py parse_when`: one phrase or many, on a machine without database and Redis."""

import json
import os
import subprocess
import sys
from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

ROOT = Path(__file__).resolve().parents[3]
# Nothing listens there.
DEAD = {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none", "REDIS_URL": "redis://127.0.0.1:1/0"}
NOW = "2027-03-10T15:20"


def answer(*arguments):
    out = StringIO()
    call_command("parse_when", *arguments, stdout=out)
    return out.getvalue()


def batch(monkeypatch, lines, *arguments):
    monkeypatch.setattr(
        sys, "stdin", TextIOWrapper(BytesIO(lines.encode() if isinstance(lines, str) else lines), encoding="utf-8")
    )
    return [json.loads(line) for line in answer("--batch", *arguments).splitlines()]


def test_one_phrase_as_json():
    written = answer("next Tuesday afternoon", "--now", NOW, "--tz", "America/New_York", "--json")
    assert json.loads(written) == {
        "date": "2027-03-16",
        "window": "afternoon",
        "ambiguous": False,
        "say": "Tuesday, March 16, in the afternoon",
    }
    assert written.count("\n") == 1


def test_one_phrase_for_a_person():
    assert answer("tomorrow", "--now", NOW) == "Thu 2027-03-11, no window: Thursday, March 11\n"
    assert answer("next week", "--now", NOW).startswith("no day, no window [range]: Which day suits you best")


def test_now_without_an_offset_is_local_and_with_one_is_taken_into_the_zone():
    assert json.loads(answer("today", "--now", "2027-03-10T23:00", "--tz", "Pacific/Honolulu", "--json"))["date"] == "2027-03-10"
    assert json.loads(answer("today", "--now", "2027-03-11T02:00Z", "--tz", "Pacific/Honolulu", "--json"))["date"] == "2027-03-10"


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("today", "--now", "noon-ish"), "'noon-ish' is not a moment; one looks like 2027-03-10T15:20."),
        (("today", "--now", NOW, "--tz", "Mars/Olympus"), "'Mars/Olympus' is not a time zone; one looks like America/New_York."),
        (
            ("today", "--now", NOW, "--tz", "../../etc/passwd"),
            "'../../etc/passwd' is not a time zone; one looks like America/New_York.",
        ),
        ((), 'Say which phrase to read: manage.py parse_when "next Tuesday afternoon".'),
        (("today", "--batch"), "--batch reads its phrases from standard input; give no phrase beside it."),
    ],
)
def test_what_cannot_be_answered_is_said(arguments, complaint):
    with pytest.raises(CommandError) as raised:
        answer(*arguments)
    assert str(raised.value) == complaint


def test_a_batch_answers_line_by_line_and_goes_on_after_a_bad_one(monkeypatch):
    lines = "\n".join(
        [
            json.dumps({"phrase": "tomorrow", "now": NOW, "tz": "America/New_York"}),
            "no json",
            json.dumps(["a", "list"]),
            json.dumps({"phrase": 5, "now": NOW, "tz": "America/New_York"}),
            json.dumps({"phrase": "tomorrow", "now": "soon", "tz": "America/New_York"}),
            json.dumps({"phrase": "tomorrow", "now": NOW, "tz": "Nowhere"}),
            json.dumps({"phrase": "mañana", "now": NOW, "tz": "Europe/Madrid"}, ensure_ascii=False),
        ]
    )
    found = batch(monkeypatch, lines)
    assert [set(one) for one in found] == [
        {"date", "window", "ambiguous", "say"},
        *[{"error"}] * 5,
        {"date", "window", "ambiguous", "say"},
    ]
    assert [one["error"][:8] for one in found[1:6]] == ["line 2: ", "line 3: ", "line 4: ", "line 5: ", "line 6: "]
    assert found[6] == {"date": "2027-03-11", "window": None, "ambiguous": False, "say": "el jueves 11 de marzo"}


def test_a_batch_survives_bytes_that_are_no_text(monkeypatch):
    found = batch(monkeypatch, b'\xff\xfe\n{"phrase": "today"}\n', "--now", NOW)
    assert "error" in found[0]
    assert found[1]["date"] == "2027-03-10"


def test_a_process_without_database_and_redis_answers_many_phrases():
    line = json.dumps({"phrase": "next Tuesday afternoon", "now": NOW, "tz": "America/New_York"})
    done = subprocess.run(
        [sys.executable, "manage.py", "parse_when", "--batch"],
        cwd=ROOT,
        env={**os.environ, **DEAD, "ENV_FILE": ".env.demo", "HVACSCHED_ENV": "demo"},
        input=f"{line}\n" * 3000,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answers = done.stdout.splitlines()
    assert len(answers) == 3000
    assert {json.loads(one)["date"] for one in answers} == {"2027-03-16"}


def test_no_connection_is_opened():
    """Every socket of the process is refused, so an attempt to connect anywhere would end it."""
    guard = (
        "import socket, sys\n"
        "def refuse(*_a, **_k): raise SystemExit('a connection was attempted')\n"
        "socket.socket.connect = refuse\n"
        "socket.create_connection = refuse\n"
        "import psycopg\n"
        "psycopg.Connection.connect = refuse\n"
        "sys.argv = ['manage.py', 'parse_when', 'tomorrow at 9', '--now', '2027-03-10T15:20', '--json']\n"
        "import runpy\n"
        "runpy.run_path('manage.py', run_name='__main__')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", guard],
        cwd=ROOT,
        env={**os.environ, **DEAD, "ENV_FILE": ".env.demo", "HVACSCHED_ENV": "demo"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)["date"] == "2027-03-11"
