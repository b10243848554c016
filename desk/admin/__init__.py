"""The back office: Django's admin in Unfold's clothes, one module per room of the shop."""

from desk.admin import (
    accounts,
    assistant,
    bookings,
    calendars,
    calls,
    customers,
    emergencies,
    lines,
    marks,
    office,
    oncall,
    searches,
    services,
    shop,
    team,
    visits,
)

__all__ = [
    "accounts",
    "assistant",
    "bookings",
    "calendars",
    "calls",
    "customers",
    "emergencies",
    "lines",
    "marks",
    "office",
    "oncall",
    "searches",
    "services",
    "shop",
    "team",
    "visits",
]
