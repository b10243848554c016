"""Time as the three vendors write it. Owns formats only."""

import time
from datetime import UTC, datetime
from email.utils import format_datetime


def now() -> float:
    return time.time()


def iso_ms(moment: float) -> str:
    """2026-11-23T15:04:05.678Z, as Google and Vapi write it."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def rfc2822(moment: float) -> str:
    """Mon, 23 Nov 2026 15:04:05 +0000, as Twilio writes it."""
    return format_datetime(datetime.fromtimestamp(moment, UTC))
