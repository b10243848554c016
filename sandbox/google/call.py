"""One call of a Calendar method: token, quota, scopes and shape checked before the method sees it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from json import JSONDecodeError
from typing import Any

from aiohttp import web

from sandbox.google import discovery
from sandbox.google.accounts import AccessToken
from sandbox.google.book import ROLES, Calendar
from sandbox.google.errors import GoogleError, for_status, forbidden, invalid, not_found
from sandbox.world import WORLD, World

Json = dict[str, Any]
WRITE_LESS = frozenset({"calendar.events.freebusy", "calendar.freebusy"})
OWNED_ONLY = frozenset({"calendar.events.owned", "calendar.events.owned.readonly"})


@dataclass
class Call:
    world: World
    method: discovery.Method
    access: AccessToken
    params: Json
    body: Json
    request: web.Request
    role: str = "owner"  # what the account is to the calendar, once `calendar()` was asked

    @property
    def account(self) -> str:
        return self.access.account

    @property
    def event_id(self) -> str:
        return self.request.match_info["eventId"]

    @property
    def origin(self) -> str:
        return f"{self.request.scheme}://{self.request.host}"

    @property
    def scopes(self) -> frozenset[str]:
        """Those of the token that open this method."""
        granted = {scope.removeprefix(discovery.SCOPE_PREFIX) for scope in self.access.scopes}
        return self.method.scopes & granted

    def calendar(self, least: str) -> Calendar:
        """The calendar of the path; `primary` is the account's own. Not Found to whoever may not know of it."""
        calendar, role = self.find(self.request.match_info["calendarId"])
        if calendar is None:
            raise not_found()
        if ROLES.index(role) < ROLES.index(least):
            raise forbidden("You need to have writer access to this calendar.", "requiredAccessLevel")
        self.role = role
        return calendar

    def find(self, calendar_id: str) -> tuple[Calendar | None, str]:
        book = self.world.google.book
        calendar = book.calendars.get(self.account if calendar_id == "primary" else calendar_id)
        role = "none" if calendar is None else calendar.role(self.account)
        if self.scopes <= {"calendar.app.created", "calendar.events.public.readonly"}:
            role = "none"  # we keep neither calendars made by apps nor public ones
        elif self.scopes <= WRITE_LESS and role != "none":
            role = "freeBusyReader"
        elif self.scopes <= OWNED_ONLY | WRITE_LESS and role not in ("none", "owner"):
            role = "none"
        return (None, "none") if role == "none" else (calendar, role)


Handler = Callable[[web.Request], Awaitable[web.Response]]


def opened(method: discovery.Method, answer: Callable[[Call], web.Response]) -> Handler:
    async def handle(request: web.Request) -> web.Response:
        world = request.app[WORLD]
        try:
            access = _access(world, request)
            world.google.quota.take(access.client_id, request.query.get("quotaUser", access.account))
            call = Call(world, method, access, {}, {}, request)
            if not call.scopes:
                raise forbidden("Request had insufficient authentication scopes.", "insufficientPermissions")
            call.params = discovery.read_query(method, request.query)
            call.body = await _body(method, request)
            response = answer(call)
        except GoogleError as error:
            return error.response()
        if request.method != "GET":
            world.keeper.changed()
        return response

    return handle


def _access(world: World, request: web.Request) -> AccessToken:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer":
        token = request.query.get("oauth_token", "")
    access = world.google.accounts.access(token.strip())
    if access is None:
        raise for_status(401)
    return access


async def _body(method: discovery.Method, request: web.Request) -> Json:
    if method.body is None:
        return {}
    try:
        body = await request.json() if await request.read() else {}
    except (JSONDecodeError, UnicodeDecodeError) as error:
        raise invalid("Parse Error", reason="parseError") from error
    if not isinstance(body, dict):
        raise invalid("Parse Error", reason="parseError")
    discovery.check_body(method, body, partial=method.http == "PATCH")
    return body
