"""Messages: create, list, fetch, update (redact, cancel), delete."""

from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from sandbox import clock
from sandbox.twilio.api import ROOT, Form, is_number, on_day, page
from sandbox.twilio.errors import TwilioError
from sandbox.twilio.memory import Twilio, new_sid, public

Json = dict[str, Any]
GSM7 = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà^{}\\[~]|€"
)
SCHEDULE_SECONDS = (300, 35 * 86_400)


async def create(request: web.Request, twilio: Twilio, form: Form) -> web.Response:
    to, sender, service = form.get("To"), form.get("From"), form.get("MessagingServiceSid")
    body = form.get("Body")
    if not to:
        raise TwilioError(21604)
    if not is_number(to) or to == sender:
        raise TwilioError(21211, f"Invalid 'To' Phone Number: {_masked(to)}")
    if not sender and not service:
        raise TwilioError(21603)
    if sender and not is_number(sender):
        raise TwilioError(21212)
    if sender and twilio.settings.twilio_numbers and sender not in twilio.settings.twilio_numbers:
        raise TwilioError(21606)
    if not body and not form.all("MediaUrl"):
        raise TwilioError(21602)
    if len(body or "") > 1600:
        raise TwilioError(21617)
    callback = form.url("StatusCallback", 21609)
    send_at = _send_at(form, service)
    if twilio.behaviour(to).get("opted_out"):
        raise TwilioError(21610)
    account, sid = request.match_info["account"], new_sid("SM")
    now = clock.rfc2822(clock.now())
    message: Json = {
        "sid": sid,
        "account_sid": account,
        "api_version": "2010-04-01",
        "body": body or "",
        "date_created": now,
        "date_sent": None,
        "date_updated": now,
        "direction": "outbound-api",
        "error_code": None,
        "error_message": None,
        "from": sender or next(iter(twilio.settings.twilio_numbers), None),
        "messaging_service_sid": service,
        "num_media": str(len(form.all("MediaUrl"))),
        "num_segments": "0" if service else str(_segments(body or "")),
        "price": None,
        "price_unit": "USD",
        "status": "scheduled" if send_at else "accepted" if service else "queued",
        "subresource_uris": {"media": f"{ROOT}/{account}/Messages/{sid}/Media.json"},
        "to": to,
        "uri": f"{ROOT}/{account}/Messages/{sid}.json",
        "_status_callback": callback,
        "_send_at": send_at,
    }
    answer = web.json_response(public(message), status=201)
    twilio.add_message(message)
    return answer


async def list_messages(request: web.Request, twilio: Twilio, form: Form) -> web.Response:
    query, account = request.query, request.match_info["account"]
    found = [
        each
        for each in reversed(twilio.messages.values())
        if each["account_sid"] == account
        and query.get("To") in (None, each["to"])
        and query.get("From") in (None, each["from"])
        and on_day(query, "DateSent", each["date_sent"])
    ]
    return page(request, "messages", found)


async def fetch(request: web.Request, twilio: Twilio, form: Form) -> web.Response:
    return web.json_response(public(_known(request, twilio)))


async def update(request: web.Request, twilio: Twilio, form: Form) -> web.Response:
    message = _known(request, twilio)
    if (status := form.get("Status")) is not None:
        if status != "canceled":
            raise TwilioError(20001, "Status can only be set to canceled.")
        if message["status"] != "scheduled":
            raise TwilioError(30409)
        await twilio.set_message_status(message, "canceled")
    if (body := form.get("Body")) is not None:
        if body:
            raise TwilioError(20001, "A message's body can only be emptied.")
        message["body"] = ""
    return web.json_response(public(message))


async def delete(request: web.Request, twilio: Twilio, form: Form) -> web.Response:
    message = _known(request, twilio)
    del twilio.messages[message["sid"]]
    return web.Response(status=204)


def _known(request: web.Request, twilio: Twilio) -> Json:
    message = twilio.messages.get(request.match_info["sid"])
    if message is None or message["account_sid"] != request.match_info["account"]:
        raise TwilioError(20404, f"The requested resource {request.path.removeprefix('/twilio')} was not found")
    return message


def _send_at(form: Form, service: str | None) -> float | None:
    if form.get("ScheduleType") is None:
        return None
    if not service:
        raise TwilioError(35118)
    try:
        moment = datetime.fromisoformat(form.get("SendAt") or "")
    except ValueError as error:
        raise TwilioError(35117) from error
    at = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    soonest, latest = SCHEDULE_SECONDS
    if not soonest < at - clock.now() <= latest:
        raise TwilioError(35114)
    return at


def _segments(body: str) -> int:
    single, several = (160, 153) if set(body) <= GSM7 else (70, 67)
    return 1 if len(body) <= single else -(-len(body) // several)


def _masked(number: str) -> str:
    return f"{number[:2]}…{number[-2:]}" if len(number) > 4 else "…"
