"""The sidebar of every page, and the counts beside what waits for a person."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.http import HttpRequest
from django.urls import reverse, reverse_lazy
from django.utils import timezone

from desk import roles, shops, words
from desk.inbox import reading
from telephony.models import Danger


def _link(title: str, icon: str, view: str, **more: Any) -> dict[str, Any]:
    """Return an item; one that leads to a list of the back office is for those who may read the list."""
    item = {"title": title, "icon": icon, "link": reverse_lazy(view), **more}
    app_and_model, is_list, _ = view.removeprefix("admin:").partition("_changelist")
    if is_list:
        app, _, model = app_and_model.partition("_")
        item["permission"] = lambda request: roles.may(request.user, f"{app}.view_{model}")
    return item


def _alarm_badge(request: HttpRequest) -> dict[str, Any]:
    alarm = open_items(request).alarm
    return {"badge": alarm.count, "badge_variant": "danger"} if alarm else {}


def _is_board(request: HttpRequest) -> bool:
    """Say whether the board is looked at: a new booking, whose address lies below it, has an entry of its own."""
    return request.path == reverse("board")


def groups(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the sidebar's groups, for Unfold's SIDEBAR setting."""
    return [
        {
            "title": "Today",
            "items": [
                _link("Inbox", "inbox", "inbox", badge=open_items(request).count or None, badge_variant="warning"),
                _link("Board", "view_timeline", "board", active=_is_board),
                _link("New booking", "add_circle", "board-new"),
                _link("Calls", "call", "calls"),
                _link("Emergencies", "emergency_home", "admin:telephony_emergency_changelist", **_alarm_badge(request)),
                _link("Bookings", "event_available", "admin:bookings_booking_changelist"),
                _link("Visits", "home_repair_service", "admin:bookings_visit_changelist"),
                _link("Leads", "phone_callback", "admin:bookings_lead_changelist"),
                _link("Concerns", "error_outline", "admin:bookings_concern_changelist"),
                _link("Texts", "sms", "admin:bookings_outgoingmessage_changelist"),
                _link("Why not", "search_off", "admin:bookings_search_changelist"),
            ],
        },
        {
            "title": "People",
            "items": [
                _link("Technicians", "engineering", "admin:bookings_technician_changelist"),
                _link("On call", "notifications_active", "admin:bookings_oncallturn_changelist"),
                _link("People on call", "contact_phone", "admin:bookings_oncallperson_changelist"),
                _link("Time off", "beach_access", "admin:bookings_timeoff_changelist"),
                _link("Calendars", "calendar_month", "calendar-login"),
                _link("Customers", "group", "customers"),
                _link("Service addresses", "location_on", "admin:bookings_property_changelist"),
                _link("Line tests", "phone_in_talk", "admin:telephony_linetest_changelist"),
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
                _link("Safety words", "emergency_home", "admin:telephony_safetyscript_changelist"),
                _link("Assistant", "smart_toy", "admin:telephony_assistantversion_changelist"),
                _link("Assistant's tools", "construction", "admin:telephony_toolinvocation_changelist"),
                _link("Staff", "badge", "admin:bookings_staffmember_changelist"),
                _link("Users", "person", "admin:auth_user_changelist"),
            ],
        },
    ]


# All in one statement: how much waits, and the emergencies that nobody has yet.
_OPEN = """
, alarms AS (
    SELECT id, danger, phone, heard_at, gave_up_at FROM telephony_emergency
     WHERE shop_id = ANY(%(shops)s) AND acknowledged_at IS NULL AND released_at IS NULL
)
SELECT (SELECT count(*) FROM items WHERE NOT snoozed),
       (SELECT count(*) FROM alarms), oldest.id, oldest.danger, oldest.phone, oldest.heard_at, oldest.gave_up_at
  FROM (SELECT 1) one LEFT JOIN (SELECT * FROM alarms ORDER BY heard_at, id LIMIT 1) oldest ON true
"""


@dataclass(frozen=True, slots=True)
class Alarm:
    """Emergencies that nobody has taken: how many, and the oldest of them."""

    count: int
    danger: str
    phone: str
    heard_at: datetime
    gave_up: bool
    link: str

    @property
    def when(self) -> str:
        return words.when(timezone.localtime(self.heard_at))


@dataclass(frozen=True, slots=True)
class OpenItems:
    """How much waits for somebody and is not put aside, and the emergencies that nobody has."""

    count: int
    alarm: Alarm | None


def open_items(request: HttpRequest) -> OpenItems:
    """Return what is open in the user's shops; one statement a request."""
    known: OpenItems | None = getattr(request, "desk_open_items", None)
    if known is None:
        mine = shops.of(request)
        with connection.cursor() as cursor:
            cursor.execute(reading.OPEN_ITEMS + _OPEN, reading.facts(mine, timezone.now()))
            waiting, count, pk, danger, phone, heard_at, gave_up_at = cursor.fetchone()
        alarm = None
        if count:
            alarm = Alarm(
                count=int(count),
                danger=str(Danger(danger).label),
                phone=words.phone(phone, mine[0].country) if phone else "number withheld",
                heard_at=heard_at,
                gave_up=gave_up_at is not None,
                link=f"{reverse('inbox')}?group=emergencies&open=emergency-{pk}",
            )
        known = OpenItems(int(waiting), alarm)
        request.desk_open_items = known  # type: ignore[attr-defined]
    return known
