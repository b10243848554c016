"""Reads single values of a server message, whatever stands in their place; nothing here raises."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlsplit

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def items(value: Any) -> list[Mapping[str, Any]]:
    """Return a list's objects; what is none of them becomes an empty one, so that positions stay."""
    return [mapping(each) for each in value] if isinstance(value, list) else []


# A link in the midst of words: what comes behind its question mark may be a key, and some are keys as a whole.
_LINKS = re.compile(r"(?P<open>https?://[^\s?#\"'<>]+)[?#][^\s\"'<>]*|wss?://\S+|https?://\S+/(?:control|listen)\b\S*")
# Names under which Vapi's and Twilio's credentials travel, in capitals and lower case, with and without underscores.
_SECRETS = re.compile(
    r"secret|token|api_?key|password|credential|authori[sz]ation|signature|control_?url|listen_?url|presigned|^headers$",
    re.IGNORECASE,
)


def text(value: Any) -> str:
    """Return a text without what is a key in it; "" for anything else."""
    if not isinstance(value, str):
        return ""
    return (_LINKS.sub(lambda found: found["open"] or "", value) if "://" in value else value).strip()


def is_secret(name: str) -> bool:
    """Say whether what stands under this name is a credential, or a link that is one."""
    return _SECRETS.search(name) is not None


def harmless(value: Any) -> Any:
    """Return a JSON value without credentials, whatever its depth."""
    if isinstance(value, dict):
        return {name: harmless(each) for name, each in value.items() if not is_secret(name)}
    if isinstance(value, list):
        return [harmless(each) for each in value]
    return text(value) if isinstance(value, str) and "://" in value else value


def moment(value: Any) -> datetime | None:
    """Read a time to the millisecond: milliseconds or seconds since the epoch, or an ISO string; all have been sent."""
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return _EPOCH + timedelta(milliseconds=round(value if value > 1e11 else value * 1000))
        if isinstance(value, str):
            read = datetime.fromisoformat(value)
            return read if read.tzinfo else read.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return None


def link(value: Any) -> str:
    """Keep a web link without its query and without user information: presigned links carry their key there."""
    try:
        parts = urlsplit(text(value))
    except ValueError:
        return ""
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}"[:1000] if parts.scheme in ("http", "https") and host else ""


def dollars(value: Any) -> Decimal | None:
    try:
        cost = Decimal(str(value))
    except InvalidOperation:
        return None
    return cost if cost.is_finite() and 0 <= cost < 10_000 else None
