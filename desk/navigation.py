"""The sidebar of every page, and the counts beside what waits for a person."""

from typing import Any

from django.db import connection
from django.http import HttpRequest
from django.urls import reverse_lazy

from desk import shops


def _link(title: str, icon: str, view: str, **more: Any) -> dict[str, Any]:
    return {"title": title, "icon": icon, "link": reverse_lazy(view), **more}


def _owner(request: HttpRequest) -> bool:
    return bool(getattr(request.user, "is_superuser", False))


def groups(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the sidebar's groups, for Unfold's SIDEBAR setting."""
    return [
        {
            "title": "Today",
            "items": [
                _link("Board", "view_timeline", "board"),
                _link("Calls", "call", "admin:telephony_call_changelist"),
                _link("Bookings", "event_available", "admin:bookings_booking_changelist"),
                _link("Visits", "home_repair_service", "admin:bookings_visit_changelist"),
                _link(
                    "Leads", "phone_callback", "admin:bookings_lead_changelist", badge=_count(request, 0), badge_variant="warning"
                ),
                _link(
                    "Concerns",
                    "error_outline",
                    "admin:bookings_concern_changelist",
                    badge=_count(request, 1),
                    badge_variant="danger",
                ),
                _link("Texts", "sms", "admin:bookings_outgoingmessage_changelist"),
                _link("Why not", "search_off", "admin:bookings_search_changelist"),
            ],
        },
        {
            "title": "People",
            "items": [
                _link("Technicians", "engineering", "admin:bookings_technician_changelist"),
                _link("Time off", "beach_access", "admin:bookings_timeoff_changelist"),
                _link("Calendars", "calendar_month", "calendar-login"),
                _link("Customers", "group", "admin:bookings_customer_changelist"),
                _link("Service addresses", "location_on", "admin:bookings_property_changelist"),
                _link("Spam and vendors", "phone_disabled", "admin:telephony_markednumber_changelist"),
            ],
        },
        {
            "title": "Settings",
            "collapsible": True,
            "items": [
                _link("Shop", "storefront", "admin:bookings_shop_changelist"),
                _link("Services", "build", "admin:bookings_servicetype_changelist"),
                _link("Longer or shorter visits", "timer", "admin:bookings_lengthrule_changelist"),
                _link("Skills", "workspace_premium", "admin:bookings_skill_changelist"),
                _link("Service areas", "map", "admin:bookings_servicearea_changelist"),
                _link("Held back", "back_hand", "admin:bookings_holdback_changelist"),
                _link("Closed days", "event_busy", "admin:bookings_closure_changelist"),
                _link("Calendar connections", "link", "admin:calendars_calendarconnection_changelist"),
                _link("Events in Google", "sync", "admin:calendars_eventmirror_changelist"),
                _link("Busy time", "block", "admin:bookings_busyblock_changelist"),
                _link("Assistant", "smart_toy", "admin:telephony_assistantversion_changelist"),
                _link("Assistant's tools", "construction", "admin:telephony_toolinvocation_changelist"),
                _link("Desk staff", "badge", "admin:bookings_staffmember_changelist", permission=_owner),
                _link("Users", "person", "admin:auth_user_changelist", permission=_owner),
                _link("Groups", "groups", "admin:auth_group_changelist", permission=_owner),
            ],
        },
    ]


# Both counts in one statement over the partial view of the same index.
_OPEN = """
SELECT (SELECT count(*) FROM bookings_lead WHERE shop_id = ANY(%(shops)s) AND status = 'open'),
       (SELECT count(*) FROM bookings_concern WHERE shop_id = ANY(%(shops)s) AND status = 'open')
"""


def open_items(request: HttpRequest) -> tuple[int, int]:
    """Return how many leads and concerns are open in the user's shops; one statement a request."""
    known: tuple[int, int] | None = getattr(request, "desk_open_items", None)
    if known is None:
        with connection.cursor() as cursor:
            cursor.execute(_OPEN, {"shops": [shop.pk for shop in shops.of(request)]})
            row = cursor.fetchone()
        known = (int(row[0]), int(row[1]))
        request.desk_open_items = known  # type: ignore[attr-defined]
    return known


def _count(request: HttpRequest, which: int) -> int | None:
    return open_items(request)[which] or None
