"""Plain pages for a curious person: what is in the calendars, which messages were sent, which calls were made."""

import base64
import binascii
import html
from typing import Any

from aiohttp import web

from sandbox.google import events
from sandbox.google.book import Calendar
from sandbox.world import WORLD

Json = dict[str, Any]
MOST_ROWS = 200
STYLE = """
:root { color-scheme: light dark } body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto;
padding: 0 1rem } table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums } th, td {
text-align: left; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid color-mix(in srgb, currentColor 20%, transparent);
vertical-align: top } h2 { margin-top: 2rem } button { font: inherit; padding: .3rem 1rem } input[type=email] { font:
inherit; width: 20rem } .warn { color: #b3261e } small, .quiet { opacity: .75 } code { font-size: .9em }
"""


def page(title: str, body: str, status: int = 200) -> web.Response:
    text = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{html.escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,"><style>{STYLE}</style>'
        f"</head><body><h1>{html.escape(title)}</h1>{body}</body></html>"
    )
    return web.Response(text=text, content_type="text/html", status=status)


async def index(request: web.Request) -> web.Response:
    world = request.app[WORLD]
    parts = [
        "<p>Stand-ins of Google, Twilio and Vapi. Nothing here reaches anybody: no message is sent, no telephone rings.</p>"
        '<p class="quiet">As JSON: <a href="/_control/events">events</a>, <a href="/_control/messages">messages</a>, '
        '<a href="/_control/calls">calls</a>, <a href="/_control/channels">channels</a>, '
        '<a href="/_control/deliveries">deliveries</a>, <a href="/_control/faults">faults</a>, '
        '<a href="/_control/settings">settings</a>.</p>'
    ]
    calendars = sorted(world.google.book.calendars.values(), key=lambda each: each.id)
    parts.append("<h2>Calendars</h2>" if calendars else "<h2>Calendars</h2><p>No account is connected yet.</p>")
    for calendar in calendars:
        parts.append(_calendar(calendar))
    messages = list(world.twilio.messages.values())
    parts.append(f"<h2>Messages ({len(messages)})</h2>")
    rows = [[each["date_created"], each["to"], each["status"], each["body"]] for each in reversed(messages)]
    parts.append(_table(["Created", "To", "State", "Text"], rows, "No message yet."))
    twilio = [[each["date_created"], "Twilio", each["from"], each["status"], each["sid"]] for each in
              reversed(world.twilio.calls.values())]  # fmt: skip
    vapi = [[each["createdAt"], "Vapi", str((each.get("customer") or {}).get("number", "")), each["status"], each["id"]]
            for each in reversed(world.vapi.calls.values())]  # fmt: skip
    parts.append(f"<h2>Calls ({len(twilio) + len(vapi)})</h2>")
    parts.append(_table(["Created", "Where", "From", "State", "Id"], twilio + vapi, "No call yet."))
    return page("Sandbox", "".join(parts))


async def event(request: web.Request) -> web.Response:
    """Where an event's htmlLink leads."""
    eid = request.query.get("eid", "")
    try:
        text = base64.urlsafe_b64decode(eid + "=" * (-len(eid) % 4)).decode()
    except (binascii.Error, UnicodeDecodeError):
        text = ""
    event_id, _, calendar_id = text.partition(" ")
    calendar = request.app[WORLD].google.book.calendars.get(calendar_id)
    record = calendar.get(event_id) if calendar is not None else None
    if calendar is None or record is None:
        return page("No such event", '<p><a href="/">All calendars</a></p>', status=404)
    shown = events.shown(record.event, calendar)
    rows = [[name, _when(shown[name])] for name in ("start", "end")]
    rows += [[name, str(shown[name])] for name in ("status", "location", "description", "updated") if name in shown]
    back = f'<p class="quiet">In the calendar of {html.escape(calendar.id)}. <a href="/">All calendars</a></p>'
    return page(shown.get("summary", "(No title)"), back + _table(["", ""], rows, ""))


def _calendar(calendar: Calendar) -> str:
    live = sorted((events.shown(each, calendar) for each in calendar.live()), key=lambda each: _when(each["start"]))
    rows = [[_when(each["start"]), _when(each["end"]), each.get("summary", ""), each["status"]] for each in live]
    title = f"<h3>{html.escape(calendar.summary)} <small>{html.escape(calendar.time_zone)}, {len(live)} events</small></h3>"
    return title + _table(["From", "To", "What", "State"], rows, "Empty.")


def _when(node: Json) -> str:
    return str(node.get("date") or node["dateTime"][:16].replace("T", " "))


def _table(head: list[str], rows: list[list[str]], empty: str) -> str:
    if not rows:
        return f"<p>{empty}</p>"
    heads = "".join(f"<th>{html.escape(each)}</th>" for each in head)
    body = "".join("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows[:MOST_ROWS])
    more = f'<p class="quiet">And {len(rows) - MOST_ROWS} more.</p>' if len(rows) > MOST_ROWS else ""
    return f"<table><tr>{heads}</tr>{body}</table>{more}"
