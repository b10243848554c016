"""Zones and countries."""

from zoneinfo import ZoneInfo, available_timezones

import pytest

from bookings.when.countries import country_of, month_comes_first, order_is_certain


@pytest.mark.parametrize(
    ("zone", "country", "month_first", "certain"),
    [
        ("America/New_York", "US", True, True),
        ("Pacific/Honolulu", "US", True, True),
        ("US/Eastern", "US", True, True),
        ("America/St_Johns", "CA", True, False),
        ("Europe/London", "GB", False, True),
        ("GB", "GB", False, True),
        ("Europe/Madrid", "ES", False, True),
        ("America/Mexico_City", "MX", False, True),
        ("Europe/Berlin", "DE", False, True),
        ("Asia/Calcutta", "IN", False, True),
        ("UTC", "", True, False),
    ],
)
def test_a_zone_has_a_country_and_its_order_of_day_and_month(zone, country, month_first, certain):
    assert country_of(ZoneInfo(zone)) == country
    assert month_comes_first(country) is month_first
    assert order_is_certain(country) is certain


def test_every_zone_of_a_country_is_known():
    areas = (
        "America/",
        "Europe/",
        "Pacific/",
        "Atlantic/",
        "US/",
        "Canada/",
        "Mexico/",
        "Africa/",
        "Indian/",
        "Australia/",
        "Asia/",
    )
    assert [zone for zone in sorted(available_timezones()) if zone.startswith(areas) and not country_of(ZoneInfo(zone))] == []
