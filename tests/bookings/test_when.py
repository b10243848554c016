"""Dates and times as tools send them, in the shop's zone."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from bookings.errors import RefusedError
from bookings.services.when import When, read

NEW_YORK = ZoneInfo("America/New_York")
NOW = datetime(2026, 11, 24, 14, tzinfo=UTC)  # Tuesday


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("2026-11-25", When(date(2026, 11, 25))),
        ("2026-11-25T09:00", When(date(2026, 11, 25), time(9))),
        ("2026-11-25 09:00", When(date(2026, 11, 25), time(9))),
        ("2026-11-25T09:00:00-05:00", When(date(2026, 11, 25), time(9))),
        ("2026-11-25T14:00:00Z", When(date(2026, 11, 25), time(9))),
        ("2026-11-25T14:00:00.000Z", When(date(2026, 11, 25), time(9))),
        # Midnight is what a date becomes on its way through software, in whatever zone.
        ("2026-11-25T00:00:00Z", When(date(2026, 11, 25))),
        ("2026-11-25T00:00:00", When(date(2026, 11, 25))),
        ("today", When(date(2026, 11, 24))),
        (" Tomorrow. ", When(date(2026, 11, 25))),
        ("Friday", When(date(2026, 11, 27))),
        ("next tuesday", When(date(2026, 12, 1))),
        ("November 30", When(date(2026, 11, 30))),
        ("Nov 30 2026 at 2:30pm", When(date(2026, 11, 30), time(14, 30))),
        ("1/5", When(date(2027, 1, 5))),
        ("Wed, 25 Nov 2026 14:00:00 GMT", When(date(2026, 11, 25), time(9))),
        ("11/20/26", When(date(2026, 11, 20))),
    ],
)
def test_read(said, meant):
    assert read(said, now=NOW, zone=NEW_YORK) == meant


@pytest.mark.parametrize(
    "said",
    [
        "",
        "soon",
        "2026-02-30",
        "2026-13-01",
        "25",
        "the 40th of May",
        "9am",
        "November",
        "2026-11-25T99:00",
        "9999-12-31T23:59-12:00",
    ],
)
def test_nonsense_is_unclear(said):
    with pytest.raises(RefusedError) as refused:
        read(said, now=NOW, zone=NEW_YORK)
    assert refused.value.code == "date_unclear"


def test_tomorrow_is_the_shops_tomorrow():
    late = datetime(2026, 11, 25, 3, tzinfo=UTC)  # still Tuesday evening in New York
    assert read("tomorrow", now=late, zone=NEW_YORK).on == date(2026, 11, 25)
