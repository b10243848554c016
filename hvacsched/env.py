"""Reads the environment for settings.py, and stops the start with one message that names everything missing or unsafe.

Each variable may be read from a file named by NAME_FILE, as container secrets are.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

import environ
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

HOW_TO_GET = {
    "SECRET_KEY": "a long random string: python -c 'import secrets; print(secrets.token_urlsafe(50))'",
    "FIELD_ENCRYPTION_KEYS": "one or more Fernet keys, newest first: python -c "
    "'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'",
    "DATABASE_URL": "postgres://user:password@host:5432/name of your PostgreSQL; for work on this machine run the "
    "command under `python -m hvacsched.embedded --`",
    "REDIS_URL": "redis://host:6379/0 of your Redis or Valkey; for work on this machine run the command under "
    "`python -m hvacsched.embedded --`",
    "SERVER_URL": "the public https address of this server, scheme and host only, as Twilio and Vapi reach it",
    "WEBHOOK_SECRET": "the secret of the Vapi credential, a random string of 32 characters or more (a comma-separated "
    "list while you rotate it)",
    "VAPI_API_KEY": "the private key at dashboard.vapi.ai, Organization, API keys",
    "VAPI_PHONE_NUMBER_ID": "the id of the number imported into Vapi (docs/going-live.md); not needed when VAPI_SIP_URI is set",
    "TWILIO_ACCOUNT_SID": "the account SID at console.twilio.com",
    "TWILIO_AUTH_TOKEN": "the auth token at console.twilio.com (a comma-separated list while you rotate it, newest first)",
    "FALLBACK_DIAL_NUMBER": "the number that rings when the assistant cannot answer, in E.164 form: +12125550199",
    "GOOGLE_CLIENT_ID": "the OAuth client id of your Google Cloud project (or set GOOGLE_CALENDAR_CREDENTIALS)",
    "GOOGLE_CLIENT_SECRET": "the OAuth client secret of your Google Cloud project (or set GOOGLE_CALENDAR_CREDENTIALS)",
}

LOOPBACK = ("localhost", "127.", "0.0.0.0", "::1")  # noqa: S104 - compared with, never bound to


class Reader:
    """Typed reads that collect their complaints; `finish` raises them all at once."""

    def __init__(self, root: Path) -> None:
        named = os.environ.get("ENV_FILE")
        path = Path(named) if named else root / ".env"
        if named and not path.is_file():
            raise ImproperlyConfigured(f"ENV_FILE names {named}, and there is no such file.")
        if path.is_file():
            environ.Env.read_env(str(path), overwrite=False)
        self._env = environ.FileAwareEnv()
        self._missing: list[str] = []
        self._unsafe: list[str] = []
        self.name = self.text("HVACSCHED_ENV", "production")
        if self.name not in ("production", "development", "demo", "test"):
            self.refuse("HVACSCHED_ENV", f"is {self.name!r}: choose production, development, demo or test")

    @property
    def production(self) -> bool:
        return self.name not in ("development", "demo", "test")

    def text(self, name: str, default: str = "") -> str:
        value: str = self._env.str(name, default=default)
        return value.strip()

    def required(self, name: str) -> str:
        value = self.text(name)
        if not value:
            self._missing.append(name)
        return value

    def many(self, name: str, *, required: bool = False) -> list[str]:
        raw = self.required(name) if required else self.text(name)
        return [part.strip() for part in raw.split(",") if part.strip()]

    def number(self, name: str, default: int) -> int:
        raw = self.text(name)
        if not raw:
            return default
        if not raw.isdigit():
            self.refuse(name, f"is {raw!r}: give a whole number")
            return default
        return int(raw)

    def vendor_url(self, name: str, default: str) -> str:
        """An outside base URL; production refuses loopback, where the sandbox stands, and anything but https."""
        url = self.text(name, default)
        parts = urlsplit(url)
        if self.production and ((parts.hostname or "").startswith(LOOPBACK) or parts.scheme != "https"):
            self.refuse(name, f"is {url}: production speaks to the real service over https; remove it for the default")
        return url

    def refuse(self, name: str, reason: str) -> None:
        self._unsafe.append(f"{name} {reason}.")

    def refuse_known_values(self, demo_file: Path, names: Sequence[str]) -> None:
        """Production must not run on a value that is published in .env.demo."""
        if not self.production or not demo_file.is_file():
            return
        published = dict(
            line.split("=", 1) for line in demo_file.read_text().splitlines() if "=" in line and not line.startswith("#")
        )
        for name in names:
            if set(self.many(name)) & {value for value in published.get(name, "").split(",") if value}:
                self.refuse(name, "has the value published in .env.demo: make your own")

    def check_fernet(self, name: str, keys: Sequence[str]) -> None:
        for key in keys:
            try:
                Fernet(key)
            except ValueError:
                self.refuse(name, "holds a key that is not 32 url-safe base64 bytes")

    def finish(self) -> None:
        complaints = [f"{name} is not set. It is {HOW_TO_GET.get(name, 'described in .env.example')}." for name in self._missing]
        complaints += self._unsafe
        if complaints:
            raise ImproperlyConfigured("hvacsched cannot start:\n  - " + "\n  - ".join(complaints))
