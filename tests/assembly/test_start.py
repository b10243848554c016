"""Settings that are missing or unsafe stop the start with a message that says what to do; health says what is true."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.production_environment import environment as production_environment

ROOT = Path(__file__).parents[2]


def start(**environment):
    return subprocess.run(
        [sys.executable, "-c", "import hvacsched.settings"],
        cwd=ROOT, env={"PATH": os.environ["PATH"], **environment}, capture_output=True, text=True, timeout=60,
    )  # fmt: skip


def test_an_empty_environment_names_everything_that_is_missing(tmp_path):
    empty = tmp_path / "empty.env"
    empty.touch()
    found = start(ENV_FILE=str(empty))
    assert found.returncode != 0
    for name in (
        "SECRET_KEY",
        "DATABASE_URL",
        "REDIS_URL",
        "SERVER_URL",
        "WEBHOOK_SECRET",
        "FIELD_ENCRYPTION_KEYS",
        "TWILIO_AUTH_TOKEN",
    ):
        assert f"{name} is not set." in found.stderr


def test_production_starts_with_everything_set(tmp_path):
    assert start(**production_environment()).returncode == 0


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("VAPI_BASE_URL", "http://127.0.0.1:8010/vapi", "production speaks to the real service"),
        ("GOOGLE_TOKEN_URI", "https://localhost/token", "production speaks to the real service"),
        ("SECRET_KEY", "demo-secret-key-that-everybody-knows-0123456789abcdef", "has the value published in .env.demo"),
        ("WEBHOOK_SECRET", "a-new-one-that-is-long,demo-webhook-secret", "has the value published in .env.demo"),
        ("WEBHOOK_SECRET", "short", "is shorter than 16 characters"),
        ("SERVER_URL", "http://desk.example.com", "need https"),
        ("FIELD_ENCRYPTION_KEYS", "nonsense", "is not 32 url-safe base64 bytes"),
        ("HVACSCHED_ENV", "prod", "choose production, development, demo or test"),
    ],
)
def test_production_refuses(name, value, words):
    found = start(**{**production_environment(), name: value})
    assert found.returncode != 0
    assert f"{name} " in found.stderr
    assert words in found.stderr


def test_a_secret_may_come_from_a_file(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("a long random string of a file, long enough for everybody's taste\n")
    environment = production_environment()
    del environment["SECRET_KEY"]
    assert start(**environment, SECRET_KEY_FILE=str(secret)).returncode == 0


@pytest.mark.django_db
def test_health(client):
    assert client.get("/healthz").json() == {"status": "ok"}
    response = client.get("/readyz")
    assert (response.status_code, response.json()) == (200, {"database": "ok", "redis": "ok"})


def test_ready_without_redis_and_without_a_database(client, settings, django_db_blocker):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    with django_db_blocker.unblock():
        assert client.get("/readyz").json()["redis"] == "unreachable"
