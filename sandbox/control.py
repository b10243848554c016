"""The sandbox's own side, under /_control: look at what the vendors hold, act as people would in the vendors' own apps,
break things on demand. Nothing here exists at any vendor.
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from json import JSONDecodeError
from typing import Any

from aiohttp import web

from sandbox.google import discovery, events
from sandbox.google.accounts import Client, ServiceAccount
from sandbox.google.book import ROLES, Calendar
from sandbox.google.errors import GoogleError
from sandbox.google.oauth import full_scopes
from sandbox.google.times import zone
from sandbox.twilio import calls as twilio_calls
from sandbox.twilio import incoming
from sandbox.twilio.memory import ENDED, new_sid, public
from sandbox.vapi import routes as vapi_routes
from sandbox.world import WORLD, World

Json = dict[str, Any]
DEFAULT_ACCOUNT = "AC" + "0f" * 16
CALL_STATES = ("queued", "ringing", "in-progress", *ENDED)


class Wrong(Exception):
    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


Answer = Callable[[web.Request, World, Json], Json | list[Any]]


def opened(answer: Answer) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handle(request: web.Request) -> web.Response:
        world = request.app[WORLD]
        try:
            body = await request.json() if await request.read() else {}
            if not isinstance(body, dict):
                raise Wrong("the body is a JSON object")
            result = answer(request, world, body)
        except GoogleError as error:
            return web.json_response({"error": error.message}, status=error.status)
        except (JSONDecodeError, UnicodeDecodeError):
            return web.json_response({"error": "the body is not JSON"}, status=400)
        except ValueError as error:
            return web.json_response({"error": str(error)}, status=400)
        except Wrong as error:
            return web.json_response({"error": str(error)}, status=error.status)
        if request.method != "GET":
            world.keeper.changed()
        return web.json_response(result)

    return handle


def _needed(body: Json, name: str, kind: type = str) -> Any:
    if not isinstance(body.get(name), kind) or not body[name]:
        raise Wrong(f"{name} is needed")
    return body[name]


# -- events and calendars


def get_events(request: web.Request, world: World, body: Json) -> Json:
    """All calendars', or one's: ?calendarId=…"""
    wanted = request.query.get("calendarId")
    calendars = [each for each in world.google.book.calendars.values() if wanted in (None, each.id)]
    return {"calendars": {each.id: [events.shown(event, each) for event in each.live()] for each in calendars}}


def post_event(request: web.Request, world: World, body: Json) -> Json:
    calendar_id, event = _needed(body, "calendarId"), _needed(body, "event", dict)
    discovery.check(discovery.document()["schemas"]["Event"], event, "", null=True)
    calendar = _calendar(world, calendar_id)
    record = calendar.get(str(event.get("id", "")))
    if "etag" in body and (record is None or record.event["etag"] != body["etag"]):
        raise Wrong("the event is not as it was seen", 412)
    written = events.write_as_owner(calendar, event, origin=f"{request.scheme}://{request.host}")
    return events.shown(world.google.book.put(calendar, written).event, calendar)


def delete_event(request: web.Request, world: World, body: Json) -> Json:
    calendar = world.google.book.calendars.get(request.match_info["calendarId"])
    event_id = request.match_info["eventId"]
    record = calendar.get(event_id) if calendar is not None else None
    event = record.event if record else calendar.instance(event_id) if calendar else None
    if calendar is None or event is None or event["status"] == "cancelled":
        raise Wrong("no such event", 404)
    world.google.book.put(calendar, event | {"status": "cancelled"})
    return {"deleted": event_id}


def post_calendar(request: web.Request, world: World, body: Json) -> Json:
    """Make or change a calendar: {"id", "owner"?, "summary"?, "timeZone"?, "shared_with"?: {account: role}}."""
    calendar = _calendar(world, _needed(body, "id"), body.get("owner"))
    if "timeZone" in body:
        zone(body["timeZone"])
        calendar.time_zone = body["timeZone"]
        calendar.reckon_again()
    calendar.summary = body.get("summary", calendar.summary)
    shared = body.get("shared_with", calendar.shared_with)
    if not set(shared.values()) <= set(ROLES):
        raise Wrong(f"a role is one of {', '.join(ROLES)}")
    if shared != calendar.shared_with:
        calendar.shared_with = dict(shared)
        calendar.generation += 1  # sync tokens end when access changes
    return {"id": calendar.id, "owner": calendar.owner, "summary": calendar.summary} | {
        "timeZone": calendar.time_zone,
        "shared_with": calendar.shared_with,
    }


def _calendar(world: World, calendar_id: str, owner: str | None = None) -> Calendar:
    book = world.google.book
    if calendar_id not in book.calendars:
        if owner is not None and owner != calendar_id:
            world.google.calendar_of(owner)
            book.calendars[calendar_id] = Calendar(calendar_id, owner, world.settings.default_time_zone)
        else:
            world.google.calendar_of(calendar_id)
    return book.calendars[calendar_id]


def expire_sync_tokens(request: web.Request, world: World, body: Json) -> Json:
    """All calendars', or those of {"calendarId"}."""
    wanted = body.get("calendarId")
    hit = [each for each in world.google.book.calendars.values() if wanted in (None, each.id)]
    for calendar in hit:
        calendar.generation += 1
    return {"expired": [calendar.id for calendar in hit]}


# -- accounts


def post_grant(request: web.Request, world: World, body: Json) -> Json:
    account = _needed(body, "account").lower()
    scopes = full_scopes(" ".join(_needed(body, "scopes", list)))
    client_id = body.get("client_id", world.credentials.google_client_id)
    if client_id not in world.google.accounts.clients:
        raise Wrong("no such client")
    grant = world.google.accounts.consent(account, client_id, scopes, offline=True, forced=True)
    world.google.calendar_of(account)
    seconds = world.settings.access_token_seconds
    access = world.google.accounts.issue(grant, seconds)
    return {
        "account": account,
        "refresh_token": grant.refresh_token,
        "access_token": access.token,
        "expires_in": seconds,
        "scope": " ".join(scopes),
    }


def post_revoke(request: web.Request, world: World, body: Json) -> Json:
    grants = world.google.accounts.revoke_account(_needed(body, "account").lower())
    return {"revoked": world.google.revoked(grants)}


def expire_access_tokens(request: web.Request, world: World, body: Json) -> Json:
    world.google.accounts.expire_access_tokens()
    return {"expired": True}


def post_client(request: web.Request, world: World, body: Json) -> Json:
    client = Client(_needed(body, "client_id"), _needed(body, "client_secret"), body.get("redirect_uris", []))
    world.google.accounts.clients[client.id] = client
    return {"client_id": client.id, "redirect_uris": client.redirect_uris}


def post_service_account(request: web.Request, world: World, body: Json) -> Json:
    email, key = _needed(body, "client_email"), _needed(body, "public_key")
    if "BEGIN PUBLIC KEY" not in key and "BEGIN CERTIFICATE" not in key:
        raise Wrong("public_key is a PEM")
    service = ServiceAccount(email, key, body.get("delegation", True) is True, body.get("scopes"))
    world.google.accounts.know(service)
    return {"client_email": email, "delegation": service.delegation, "scopes": service.scopes}


def get_channels(request: web.Request, world: World, body: Json) -> Json:
    return {"channels": [asdict(each) for each in world.google.channels.all()]}


# -- messages and calls


def get_messages(request: web.Request, world: World, body: Json) -> Json:
    return {"messages": [public(each) for each in world.twilio.messages.values()]}


def get_calls(request: web.Request, world: World, body: Json) -> Json:
    twilio = [
        {"service": "twilio", "id": each["sid"], "twiml": each["_twiml"], "updates": each["_updates"]} | public(each)
        for each in world.twilio.calls.values()
    ]
    vapi = [{"service": "vapi", "commands": world.vapi.commands.get(each["id"], [])} | each for each in world.vapi.calls.values()]
    return {"calls": twilio + vapi}


def get_call(request: web.Request, world: World, body: Json) -> Json:
    """A call of Twilio's with what it was last told to play and every time it was sent elsewhere."""
    call = world.twilio.calls.get(request.match_info["id"])
    if call is None:
        raise Wrong("no such call", 404)
    return {"twiml": call["_twiml"], "updates": call["_updates"]} | public(call)


def post_call(request: web.Request, world: World, body: Json) -> Json:
    """A call somebody makes to the shop's number, so that it can be redirected: {"from", "to", "sid"?, "status"?}."""
    sid = body.get("sid") or new_sid("CA")
    status, account = body.get("status", "in-progress"), body.get("account_sid", DEFAULT_ACCOUNT)
    if not re.fullmatch(r"CA[0-9a-fA-F]{32}", sid) or status not in CALL_STATES:
        raise Wrong(f"sid is CA and 32 hex digits; status is one of {', '.join(CALL_STATES)}")
    call = twilio_calls.new_call(account, sid, _needed(body, "from"), _needed(body, "to"), "inbound", status)
    world.twilio.add_call(call)
    return public(call)


def change_call(request: web.Request, world: World, body: Json) -> Json:
    """By a Vapi id: any field. By a CallSid: the status."""
    call_id = request.match_info["id"]
    if call_id in world.vapi.calls:
        return vapi_routes.owner_changes_call(world.vapi, call_id, body)
    call = world.twilio.calls.get(call_id)
    if call is None:
        raise Wrong("no such call", 404)
    status = body.get("status")
    if status not in CALL_STATES:
        raise Wrong(f"status is one of {', '.join(CALL_STATES)}")
    if status in ENDED:
        world.twilio.spawn_end(call, status)
    else:
        call["status"] = status
    return public(call)


def post_recording(request: web.Request, world: World, body: Json) -> Json:
    call = world.twilio.calls.get(_needed(body, "call_sid"))
    if call is None:
        raise Wrong("no such call", 404)
    recording = twilio_calls.new_recording(call, int(body.get("duration", 5)))
    world.twilio.recordings[recording["sid"]] = recording
    return recording


def post_number(request: web.Request, world: World, body: Json) -> Json:
    """How a customer's number behaves: {"number", "opted_out"?, "error_code"?: 30005, "answers"?: "no-answer"}."""
    number = _needed(body, "number")
    allowed = {"opted_out", "error_code", "answers"}
    if unknown := set(body) - allowed - {"number"}:
        raise Wrong(f"a number has no {', '.join(sorted(unknown))}")
    if body.get("answers", "completed") not in ("completed", "busy", "no-answer", "failed"):
        raise Wrong("answers is completed, busy, no-answer or failed")
    known = world.twilio.numbers.get(number, {})
    world.twilio.numbers[number] = known | {key: body[key] for key in allowed & set(body)}
    return {"number": number} | world.twilio.numbers[number]


def post_incoming(request: web.Request, world: World, body: Json) -> Json:
    """Set up one of the account's own numbers: {"number", and any of `incoming.ADDRESSES`}."""
    number = _needed(body, "number")
    if unknown := set(body) - {"number", "account_sid", *incoming.ADDRESSES}:
        raise Wrong(f"a number has no {', '.join(sorted(unknown))}")
    world.twilio.incoming[number] = incoming.new_number(body.get("account_sid", DEFAULT_ACCOUNT), number, body)
    return world.twilio.incoming[number]


# -- faults, settings, all of it


def get_faults(request: web.Request, world: World, body: Json) -> Json:
    return {"faults": world.faults.describe()}


def post_fault(request: web.Request, world: World, body: Json) -> Json:
    if body.get("clear"):
        world.faults.clear()
    else:
        world.faults.add(body)
    return {"faults": world.faults.describe()}


def get_settings(request: web.Request, world: World, body: Json) -> Json:
    return world.settings.dump()


def post_settings(request: web.Request, world: World, body: Json) -> Json:
    world.settings.update(body)
    return world.settings.dump()


def get_quota(request: web.Request, world: World, body: Json) -> Json:
    """Google's count of requests: those let through, and those refused by reason."""
    quota = world.google.quota
    return {"passed": quota.passed, "refused": dict(quota.refused)}


def post_quota(request: web.Request, world: World, body: Json) -> Json:
    """Begin to count anew: nobody has asked for anything."""
    world.google.quota.forget()
    return get_quota(request, world, body)


def get_deliveries(request: web.Request, world: World, body: Json) -> Json:
    return {"deliveries": list(world.delivery.log)}


def post_reset(request: web.Request, world: World, body: Json) -> Json:
    world.reset()
    return {"reset": True}


def add_to(router: web.UrlDispatcher) -> None:
    for method, path, answer in (
        ("GET", "events", get_events),
        ("POST", "events", post_event),
        ("DELETE", "events/{calendarId}/{eventId}", delete_event),
        ("POST", "calendars", post_calendar),
        ("POST", "expire-sync-tokens", expire_sync_tokens),
        ("POST", "grants", post_grant),
        ("POST", "revoke", post_revoke),
        ("POST", "expire-access-tokens", expire_access_tokens),
        ("POST", "clients", post_client),
        ("POST", "service-accounts", post_service_account),
        ("GET", "channels", get_channels),
        ("GET", "messages", get_messages),
        ("GET", "calls", get_calls),
        ("POST", "calls", post_call),
        ("GET", "calls/{id}", get_call),
        ("POST", "calls/{id}", change_call),
        ("POST", "recordings", post_recording),
        ("POST", "numbers", post_number),
        ("POST", "incoming", post_incoming),
        ("GET", "faults", get_faults),
        ("POST", "faults", post_fault),
        ("GET", "settings", get_settings),
        ("POST", "settings", post_settings),
        ("GET", "quota", get_quota),
        ("POST", "quota", post_quota),
        ("GET", "deliveries", get_deliveries),
        ("POST", "reset", post_reset),
    ):
        router.add_route(method, f"/_control/{path}", opened(answer))
