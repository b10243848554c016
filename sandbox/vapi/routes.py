"""Vapi's paths and answers: 201 with the stored object, 400 with a list of sentences, 401 without a key."""

from collections.abc import Awaitable, Callable, Iterable
from http import HTTPStatus
from json import JSONDecodeError
from typing import Any

from aiohttp import web

from sandbox import clock
from sandbox.vapi import rules
from sandbox.vapi.memory import LIVE, Vapi
from sandbox.world import WORLD

Json = dict[str, Any]
WEBSOCKET = "phone-call-websocket.sandbox.vapi.ai"
SECRETS = ("twilioAuthToken", "twilioApiSecret")


class VapiError(Exception):
    def __init__(self, status: int, message: str | list[str]) -> None:
        super().__init__(str(message))
        self.status, self.message = status, message

    def response(self) -> web.Response:
        body = {"message": self.message, "error": HTTPStatus(self.status).phrase, "statusCode": self.status}
        return web.json_response(body, status=self.status)


Answer = Callable[[web.Request, Vapi, Json], web.Response]
Handler = Callable[[web.Request], Awaitable[web.Response]]


def opened(answer: Answer) -> Handler:
    async def handle(request: web.Request) -> web.Response:
        world = request.app[WORLD]
        try:
            kind, _, key = request.headers.get("Authorization", "").partition(" ")
            if kind.lower() != "bearer" or not key.strip():
                raise VapiError(401, "Invalid Key. Hot tip, you may be using the private key instead of the public key, "
                                     "or vice versa.")  # fmt: skip
            response = answer(request, world.vapi, await _body(request))
        except VapiError as error:
            return error.response()
        if request.method != "GET":
            world.keeper.changed()
        return response

    return handle


async def _body(request: web.Request) -> Json:
    if request.method not in ("POST", "PATCH"):
        return {}
    try:
        body = await request.json()
    except (JSONDecodeError, UnicodeDecodeError) as error:
        raise VapiError(400, "Unexpected token in JSON") from error
    if not isinstance(body, dict):
        raise VapiError(400, ["body must be an object"])
    return body


def _refuse(problems: Iterable[str]) -> None:
    if found := list(problems):
        raise VapiError(400, found)


def _known(kept: dict[str, Json], request: web.Request, what: str) -> Json:
    found = kept.get(request.match_info["id"])
    if found is None:
        raise VapiError(404, f"Couldn't Find {what} {request.match_info['id']}")
    return found


def _listed(request: web.Request, kept: dict[str, Json]) -> list[Json]:
    """Newest first, a hundred unless asked otherwise, filtered by time as Vapi's lists are."""
    try:
        limit = min(max(int(request.query.get("limit", "100")), 0), 1000)
    except ValueError as error:
        raise VapiError(400, ["limit must not be greater than 1000"]) from error
    found = list(reversed(kept.values()))
    if after := request.query.get("createdAtGt"):
        found = [each for each in found if each["createdAt"] > after]
    if before := request.query.get("createdAtLt"):
        found = [each for each in found if each["createdAt"] < before]
    for name in ("assistantId", "phoneNumberId"):
        if wanted := request.query.get(name):
            found = [each for each in found if each.get(name) == wanted]
    return found[:limit]


# -- calls


def create_call(request: web.Request, vapi: Vapi, body: Json) -> web.Response:
    _refuse(rules.call(body))
    limit = vapi.settings.vapi_concurrency_limit
    active = vapi.active_calls()
    blocked = limit is not None and active >= limit
    bypass = body.get("phoneCallProviderBypassEnabled") is True
    call = vapi.stamped({key: value for key, value in body.items() if key != "phoneNumber"})
    call |= {
        "type": "inboundPhoneCall" if bypass else "outboundPhoneCall",
        "status": "queued",
        "cost": 0,
        "phoneCallProvider": "twilio",
        "phoneCallTransport": "pstn",
        "monitor": {
            "listenUrl": f"wss://{WEBSOCKET}/{call['id']}/listen",
            # Vapi's own stands at a host below vapi.ai; here at the address that was asked.
            "controlUrl": f"{request.url.origin()}/vapi/live/{call['id']}/control",
        },
    }
    plan = (body.get("assistant") or vapi.assistants.get(body.get("assistantId", ""), {})).get("monitorPlan") or {}
    for name, flag in (("listenUrl", "listenEnabled"), ("controlUrl", "controlEnabled")):
        if plan.get(flag) is False:
            del call["monitor"][name]
    if bypass and not blocked:
        call["phoneCallProviderDetails"] = {
            "twiml": '<?xml version="1.0" encoding="UTF-8"?><Response><Connect>'
            f'<Stream url="wss://{WEBSOCKET}/{call["id"]}/transport"/></Connect></Response>'
        }
    if not blocked:
        vapi.calls[call["id"]] = call
    ceiling = 1000 if limit is None else limit
    remaining = max(0, ceiling - vapi.active_calls())
    limits = {"concurrencyBlocked": blocked, "concurrencyLimit": ceiling, "remainingConcurrentCalls": remaining}
    return web.json_response(call | {"subscriptionLimits": limits}, status=201)


async def command_call(request: web.Request) -> web.Response:
    """A command for a running call, at its control address: whoever knows the address needs no key."""
    world = request.app[WORLD]
    try:
        call = _known(world.vapi.calls, request, "Call")
        body = await _body(request)
        if call["status"] not in LIVE:
            raise VapiError(404, "The call is not active")
        _refuse(rules.command(body, bypass=call.get("phoneCallProviderBypassEnabled") is True))
    except VapiError as error:
        return error.response()
    world.vapi.commands.setdefault(call["id"], []).append({"at": clock.iso_ms(clock.now())} | body)
    world.keeper.changed()
    return web.json_response({}, status=200)


def list_calls(request: web.Request, vapi: Vapi, body: Json) -> web.Response:
    return web.json_response(_listed(request, vapi.calls))


def get_call(request: web.Request, vapi: Vapi, body: Json) -> web.Response:
    return web.json_response(_known(vapi.calls, request, "Call"))


def delete_call(request: web.Request, vapi: Vapi, body: Json) -> web.Response:
    """The call with its recording and transcript is gone; what it was is answered once more."""
    return web.json_response(vapi.calls.pop(_known(vapi.calls, request, "Call")["id"]))


def owner_changes_call(vapi: Vapi, call_id: str, change: Json) -> Json:
    """A call goes on or ends, as the telephone would have it; an ended one gets its times."""
    now = clock.iso_ms(clock.now())
    call = vapi.calls[call_id]
    if change.get("status") == "in-progress":
        change = {"startedAt": call.get("startedAt", now)} | change
    if change.get("status") == "ended":
        change = {"startedAt": call.get("startedAt", call["createdAt"]), "endedAt": now} | change
    return vapi.change(vapi.calls, call_id, change)


# -- assistants


def create_assistant(request: web.Request, vapi: Vapi, body: Json) -> web.Response:
    _refuse(rules.assistant(body))
    assistant = vapi.stamped(body)
    vapi.assistants[assistant["id"]] = assistant
    return web.json_response(assistant, status=201)


def list_assistants(request: web.Request, vapi: Vapi, body: Json) -> web.Response:
    return web.json_response(_listed(request, vapi.assistants))


def get_assistant(request: web.Request, vapi: Vapi, body: Json) -> web.Response:
    return web.json_response(_known(vapi.assistants, request, "Assistant"))


def update_assistant(request: web.Request, vapi: Vapi, body: Json) -> web.Response:
    known = _known(vapi.assistants, request, "Assistant")
    _refuse(rules.assistant(body))
    return web.json_response(vapi.change(vapi.assistants, known["id"], body))


def delete_assistant(request: web.Request, vapi: Vapi, body: Json) -> web.Response:
    known = _known(vapi.assistants, request, "Assistant")
    return web.json_response(vapi.assistants.pop(known["id"]))


# -- phone numbers


def create_number(request: web.Request, vapi: Vapi, body: Json) -> web.Response:
    _refuse(rules.phone_number(body, new=True))
    if body.get("number") and any(each.get("number") == body["number"] for each in vapi.numbers.values()):
        raise VapiError(400, f"Existing Phone Number {body['number'][:4]}… Already Uses This Number.")
    number = vapi.stamped(_without_secrets(body) | {"status": "active"})
    vapi.numbers[number["id"]] = number
    return web.json_response(number, status=201)


def list_numbers(request: web.Request, vapi: Vapi, body: Json) -> web.Response:
    return web.json_response(_listed(request, vapi.numbers))


def get_number(request: web.Request, vapi: Vapi, body: Json) -> web.Response:
    return web.json_response(_known(vapi.numbers, request, "Phone Number"))


def update_number(request: web.Request, vapi: Vapi, body: Json) -> web.Response:
    known = _known(vapi.numbers, request, "Phone Number")
    _refuse(rules.phone_number(body, new=False))
    return web.json_response(vapi.change(vapi.numbers, known["id"], _without_secrets(body)))


def delete_number(request: web.Request, vapi: Vapi, body: Json) -> web.Response:
    return web.json_response(vapi.numbers.pop(_known(vapi.numbers, request, "Phone Number")["id"]))


def _without_secrets(body: Json) -> Json:
    return {key: value for key, value in body.items() if key not in SECRETS}


def add_to(router: web.UrlDispatcher) -> None:
    router.add_post("/vapi/call", opened(create_call))
    router.add_get("/vapi/call", opened(list_calls))
    router.add_get("/vapi/call/{id}", opened(get_call))
    router.add_delete("/vapi/call/{id}", opened(delete_call))
    router.add_post("/vapi/live/{id}/control", command_call)
    for path, create, listing, get, update, delete in (
        ("assistant", create_assistant, list_assistants, get_assistant, update_assistant, delete_assistant),
        ("phone-number", create_number, list_numbers, get_number, update_number, delete_number),
    ):
        router.add_post(f"/vapi/{path}", opened(create))
        router.add_get(f"/vapi/{path}", opened(listing))
        router.add_get(f"/vapi/{path}/{{id}}", opened(get))
        router.add_patch(f"/vapi/{path}/{{id}}", opened(update))
        router.add_delete(f"/vapi/{path}/{{id}}", opened(delete))
