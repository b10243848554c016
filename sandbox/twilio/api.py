"""What every Twilio resource shares: authentication, phone numbers, times, and lists in pages."""

import base64
import binascii
import hmac
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from aiohttp import web
from multidict import MultiMapping

from sandbox.twilio.errors import TwilioError
from sandbox.twilio.memory import Twilio, public
from sandbox.world import WORLD

Json = dict[str, Any]
ROOT = "/2010-04-01/Accounts"
E164 = re.compile(r"\+[1-9]\d{6,14}")


class Form:
    """The posted form; a parameter sent empty counts as sent."""

    def __init__(self, values: MultiMapping[Any]) -> None:
        self._values = values

    def get(self, name: str) -> str | None:
        value = self._values.get(name)
        return None if value is None else str(value)

    def all(self, name: str) -> list[str]:
        return [str(value) for value in self._values.getall(name, [])]

    def url(self, name: str, code: int) -> str | None:
        value = self.get(name)
        if value and (urlsplit(value).scheme not in ("http", "https") or not urlsplit(value).hostname):
            raise TwilioError(code)
        return value or None


Answer = Callable[[web.Request, Twilio, Form], web.Response | Awaitable[web.Response]]
Handler = Callable[[web.Request], Awaitable[web.Response]]


def opened(answer: Callable[[web.Request, Twilio, Form], Awaitable[web.Response]]) -> Handler:
    async def handle(request: web.Request) -> web.Response:
        world = request.app[WORLD]
        try:
            _authenticate(world.twilio, request)
            response = await answer(request, world.twilio, Form(await request.post()))
        except TwilioError as error:
            return error.response()
        if request.method != "GET":
            world.keeper.changed()
        return response

    return handle


def _authenticate(twilio: Twilio, request: web.Request) -> None:
    """The account's sid (or an API key) with the token."""
    kind, _, basic = request.headers.get("Authorization", "").partition(" ")
    try:
        user, _, password = base64.b64decode(basic, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise TwilioError(20003) from error
    account = request.match_info["account"]
    known = user == account or re.fullmatch(r"SK[0-9a-f]{32}", user)
    right = hmac.compare_digest(password.encode(), twilio.token.encode())
    if kind.lower() != "basic" or not known or not right or not re.fullmatch(r"AC[0-9a-f]{32}", account):
        raise TwilioError(20003)


def is_number(text: str | None) -> bool:
    return bool(text and E164.fullmatch(text))


def page(request: web.Request, name: str, found: list[Json]) -> web.Response:
    """Newest first, fifty at a time, as all of Twilio's lists."""
    try:
        size = min(max(int(request.query.get("PageSize", "50")), 1), 1000)
        number = max(int(request.query.get("Page", "0")), 0)
    except ValueError as error:
        raise TwilioError(20001) from error
    begin = number * size
    shown = found[begin : begin + size]

    def uri(of: int | None) -> str | None:
        if of is None:
            return None
        kept = [(key, value) for key, value in request.query.items() if key not in ("Page", "PageSize", "PageToken")]
        return f"{request.path.removeprefix('/twilio')}?{urlencode([*kept, ('PageSize', size), ('Page', of)])}"

    return web.json_response(
        {
            name: [public(each) for each in shown],
            "page": number,
            "page_size": size,
            "start": begin,
            "end": max(begin + len(shown) - 1, 0),
            "uri": uri(number),
            "first_page_uri": uri(0),
            "next_page_uri": uri(number + 1 if begin + size < len(found) else None),
            "previous_page_uri": uri(number - 1 if number else None),
        }
    )


def on_day(query: MultiMapping[str], name: str, stamp: str | None) -> bool:
    """Twilio's date filters: `DateSent=`, `DateSent<=`, `DateSent>=` (a day, or for the bounds an instant, in UTC)."""
    for operator in ("", "<", ">"):
        for text in query.getall(f"{name}{operator}", []):
            if stamp is None:
                return False
            when = parsedate_to_datetime(stamp)
            try:
                wanted = datetime.fromisoformat(text)
            except ValueError as error:
                raise TwilioError(20001, f"{name} is not a date: {text}") from error
            if len(text) == 10 or not operator:  # "sent on": the day counts, whatever time of it is named
                if not _compare(operator, when.astimezone(UTC).date(), wanted.date()):
                    return False
            elif not _compare(operator, when, wanted if wanted.tzinfo else wanted.replace(tzinfo=UTC)):
                return False
    return True


def _compare(operator: str, have: date, wanted: date) -> bool:
    return have == wanted if operator == "" else have <= wanted if operator == "<" else have >= wanted
