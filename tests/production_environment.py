"""
Runs a command as production would see it: throw-away secrets, real-looking addresses, and nothing of the caller's
own but the two servers where they are given.

`python -m tests.production_environment COMMAND…`, used by `make check` for Django's deployment checks.
"""

import os
import secrets
import sys

from cryptography.fernet import Fernet

INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV")


def environment() -> dict[str, str]:
    made = {
        "HVACSCHED_ENV": "production",
        "SERVER_URL": "https://desk.example.com",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "FIELD_ENCRYPTION_KEYS": Fernet.generate_key().decode(),
        "DATABASE_URL": os.environ.get("DATABASE_URL", "postgresql://hvacsched@db.example.com/hvacsched"),
        "REDIS_URL": os.environ.get("REDIS_URL", "redis://queue.example.com/0"),
        "WEBHOOK_SECRET": secrets.token_urlsafe(32),
        "FALLBACK_DIAL_NUMBER": "+12125550199",
        "VAPI_API_KEY": secrets.token_urlsafe(32),
        "VAPI_PHONE_NUMBER_ID": "00000000-0000-4000-8000-000000000001",
        "VAPI_ASSISTANT_ID": "00000000-0000-4000-8000-000000000002",
        "VAPI_CREDENTIAL_ID": "00000000-0000-4000-8000-000000000003",
        "TWILIO_ACCOUNT_SID": f"AC{secrets.token_hex(16)}",
        "TWILIO_AUTH_TOKEN": secrets.token_hex(16),
        "GOOGLE_CLIENT_ID": "check.apps.googleusercontent.com",
        "GOOGLE_CLIENT_SECRET": secrets.token_urlsafe(24),
    }
    return {name: os.environ[name] for name in INHERITED if name in os.environ} | made


if __name__ == "__main__":
    os.execvpe(sys.argv[1], sys.argv[1:], environment())  # noqa: S606
