"""Google's paths. The Calendar methods served here are named; their paths come from the discovery document."""

from aiohttp import web

from sandbox.google import calendars, consent, discovery, events, listing, oauth
from sandbox.google.call import Call, opened
from sandbox.google.errors import GoogleError, not_found

CALENDAR_METHODS = {
    "calendar.events.insert": events.insert,
    "calendar.events.get": events.get,
    "calendar.events.list": listing.list_events,
    "calendar.events.update": events.update,
    "calendar.events.patch": events.patch,
    "calendar.events.delete": events.delete,
    "calendar.events.instances": events.instances,
    "calendar.events.watch": calendars.watch,
    "calendar.channels.stop": calendars.stop,
    "calendar.freebusy.query": calendars.free_busy,
    "calendar.calendarList.list": calendars.list_entries,
    "calendar.calendarList.get": calendars.get_entry,
    "calendar.calendars.get": calendars.get,
}


def _not_served(call: Call) -> web.Response:
    raise GoogleError(501, "notImplemented", f"The sandbox does not serve {call.method.id}.")


async def _unknown(request: web.Request) -> web.Response:
    return not_found().response()


def add_to(router: web.UrlDispatcher) -> None:
    router.add_get(consent.PATH, consent.show)
    router.add_post(consent.PATH, consent.decide)
    router.add_post("/google/token", oauth.token)
    router.add_post("/google/revoke", oauth.revoke)
    router.add_get("/google/revoke", oauth.revoke)
    router.add_get("/google/oauth2/v3/userinfo", oauth.userinfo)
    # Fixed paths before those with a variable in the same place (events/import before events/{eventId}).
    for method in sorted(discovery.methods().values(), key=lambda each: each.path.count("{")):
        answer = CALENDAR_METHODS.get(method.id, _not_served)
        router.add_route(method.http, f"/google/calendar/v3/{method.path}", opened(method, answer))
    router.add_route("*", "/google/calendar/v3/{anything:.*}", _unknown)
