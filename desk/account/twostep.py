"""The second step of signing in: an app's codes, and recovery codes for the day the phone is gone.

A code works once, whoever guesses waits longer each time, and all of it is decided under the lock of the account's row.
"""

import hashlib
import secrets
from base64 import b32encode
from datetime import datetime
from enum import Enum
from urllib.parse import quote, urlencode

import segno
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet

from desk.account.models import DIGITS, STEP_SECONDS, Authenticator, RecoveryCode

CODES = 10
_ISSUER = "hvacsched"
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # without what is read as something else
_PARTS, _LETTERS = 4, 4


class Verdict(Enum):
    RIGHT = "right"
    WRONG = "wrong"
    WAIT = "wait"  # too soon after a wrong one: it was not looked at


def is_on(user: User) -> bool:
    return bool(_apps(user, confirmed=True).exists())


def codes_left(user: User) -> int:
    return RecoveryCode.objects.filter(user=user, used_at=None).count()


def begin(user: User, *, now: datetime) -> Authenticator:
    """Make a key to be read by the app, in place of one that was never confirmed."""
    key = secrets.token_hex(20)
    made: Authenticator
    made, _ = Authenticator.objects.update_or_create(
        user=user, confirmed=False, defaults={"name": "app", "key": key, "last_step": -1, "created_at": now}
    )
    return made


def begun(user: User) -> Authenticator | None:
    return _apps(user, confirmed=False).first()


def confirm(user: User, code: str, *, now: datetime) -> list[str] | None:
    """Turn the second step on with the app's first code; return the recovery codes, shown this once. None: the code is wrong."""
    with transaction.atomic():
        _lock(user)
        made = begun(user)
        if made is None or is_on(user) or not made.fits(plain(code), now=now):
            return None
        made.confirmed = True
        made.save(update_fields=["confirmed", "last_step"])
        return _new_codes(user)


def check(user: User, code: str, *, now: datetime) -> Verdict:
    """Use up a code of the app, or a recovery code."""
    with transaction.atomic():
        _lock(user)
        app = _apps(user, confirmed=True).first()
        if app is None:
            return Verdict.WRONG
        if not app.verify_is_allowed()[0]:
            return Verdict.WAIT
        typed = plain(code)
        if app.fits(typed, now=now) or _use_recovery_code(user, typed, now=now):
            app.throttle_reset(commit=False)
        else:
            app.throttle_increment(commit=False)
        app.save(update_fields=["last_step", "throttling_failure_timestamp", "throttling_failure_count"])
        return Verdict.WRONG if app.throttling_failure_count else Verdict.RIGHT


def renew_codes(user: User) -> list[str]:
    """Replace every recovery code."""
    with transaction.atomic():
        _lock(user)
        return _new_codes(user)


def turn_off(user: User) -> None:
    with transaction.atomic():
        _lock(user)
        Authenticator.objects.filter(user=user).delete()
        RecoveryCode.objects.filter(user=user).delete()


def plain(code: str) -> str:
    """Return a code as it is compared, however it was typed."""
    return "".join(letter for letter in code.lower() if letter.isalnum())[:40]


def picture(app: Authenticator) -> str:
    """Return the QR code that an app reads, as SVG made here."""
    return str(segno.make(address(app), error="m").svg_inline(scale=5, border=3, light="#fff"))


def address(app: Authenticator) -> str:
    asked = {"secret": secret(app), "issuer": _ISSUER, "digits": DIGITS, "period": STEP_SECONDS}
    return f"otpauth://totp/{_ISSUER}:{quote(app.user.get_username())}?{urlencode(asked)}"


def secret(app: Authenticator) -> str:
    """Return the key as it is typed into an app by hand."""
    return b32encode(bytes.fromhex(app.key)).decode()


def _apps(user: User, *, confirmed: bool) -> QuerySet[Authenticator]:
    rows: QuerySet[Authenticator] = Authenticator.objects.filter(user=user, confirmed=confirmed)
    return rows


def _lock(user: User) -> None:
    User.objects.select_for_update(no_key=True).get(pk=user.pk)


def _new_codes(user: User) -> list[str]:
    RecoveryCode.objects.filter(user=user).delete()
    made = ["-".join(_letters() for _ in range(_PARTS)) for _ in range(CODES)]
    RecoveryCode.objects.bulk_create(RecoveryCode(user=user, digest=_digest(plain(code))) for code in made)
    return made


def _letters() -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(_LETTERS))


def _use_recovery_code(user: User, typed: str, *, now: datetime) -> bool:
    fresh = RecoveryCode.objects.filter(user=user, digest=_digest(typed), used_at=None)
    return bool(fresh.update(used_at=now))


def _digest(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()  # sixteen random letters need no slow hash
