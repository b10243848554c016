"""Text encrypted at rest with rotatable keys. The first key of FIELD_ENCRYPTION_KEYS writes, all of them read."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models


class UndecipherableError(Exception):
    """A stored secret was written with a key that FIELD_ENCRYPTION_KEYS no longer lists."""


@lru_cache(maxsize=4)
def _cipher(keys: tuple[str, ...]) -> MultiFernet:
    if not keys:
        raise ImproperlyConfigured("FIELD_ENCRYPTION_KEYS is empty: nothing can be stored encrypted.")
    return MultiFernet([Fernet(key) for key in keys])


def _current() -> MultiFernet:
    keys: Sequence[str] = settings.FIELD_ENCRYPTION_KEYS
    return _cipher(tuple(keys))


def encrypt(text: str) -> str:
    """Return `text` as a Fernet token under the first key."""
    return _current().encrypt(text.encode()).decode()


def decrypt(token: str) -> str:
    """Return the text of a token made by `encrypt`; raise UndecipherableError when no listed key fits."""
    try:
        return _current().decrypt(token.encode()).decode()
    except InvalidToken as error:
        raise UndecipherableError("no key of FIELD_ENCRYPTION_KEYS opens this value") from error


def rotate(token: str) -> str:
    """Return the same secret written anew under the first key."""
    try:
        return _current().rotate(token.encode()).decode()
    except InvalidToken as error:
        raise UndecipherableError("no key of FIELD_ENCRYPTION_KEYS opens this value") from error


def is_newest(token: str) -> bool:
    """Say whether a stored token is under the first key."""
    keys: Sequence[str] = settings.FIELD_ENCRYPTION_KEYS
    return _opens(_cipher(tuple(keys[:1])), token)


def is_readable(token: str) -> bool:
    """Say whether any listed key opens a stored token."""
    return _opens(_current(), token)


def _opens(cipher: MultiFernet, token: str) -> bool:
    try:
        cipher.decrypt(token.encode())
    except InvalidToken:
        return False
    return True


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]
    """A text column whose stored form is a Fernet token; the empty string stays empty.

    Equality lookups cannot work, since each write differs: store a digest beside it where one must search.
    """

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return encrypt(value) if value else value

    def from_db_value(self, value: str | None, expression: object, connection: object) -> str | None:
        return decrypt(value) if value else value
