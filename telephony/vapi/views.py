"""POST /webhook/vapi: authentic, well-formed, answered from our own database."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import structlog
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone, translation
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from telephony import calls, replays
from telephony.tools import answers, danger, run
from telephony.tools.context import ToolRequest
from telephony.vapi import auth, control, reports, requests, transfers, warning
from telephony.vapi.messages import MalformedError, Message, read

log = structlog.get_logger(__name__)
Json = dict[str, Any]


@csrf_exempt
@require_POST
def webhook(request: HttpRequest) -> HttpResponse:
    """Answer a server message. 413 to what is too large, 401 to strangers, 400 to what is no message, 200 to everything else."""
    now = timezone.now()
    try:
        body = request.body
    except RequestDataTooBig:
        log.warning("vapi_too_large")
        return JsonResponse({"error": "The body is larger than any server message."}, status=413)
    if not auth.is_authentic(request.headers, body, secrets=settings.WEBHOOK_SECRETS, now=now):
        log.warning("vapi_refused")
        return JsonResponse({"error": "The credentials of this request are missing or wrong."}, status=401)
    if (signature := auth.timeless(request.headers)) and replays.is_late(request.path, signature, now=now):
        return JsonResponse({"error": "This request was sent before, more than five minutes ago."}, status=401)
    try:
        message = read(body)
    except MalformedError as error:
        log.warning("vapi_malformed", reason=str(error))
        return JsonResponse({"error": str(error)}, status=400)
    if (answer := _ANSWERS.get(message.type)) is not None:
        return JsonResponse(answer(message, now))
    try:
        reports.take(message, now=now)
    except calls.UnknownShopError:
        log.warning("vapi_message_of_unknown_shop", type=message.type)
    except Exception:
        # The delivery boundary: nobody waits for this answer, and Vapi would not send it again.
        log.exception("vapi_report_failed", type=message.type)
        warning.say_unwritten(message)
    return JsonResponse({})


def _tool_calls(message: Message, now: datetime) -> Json:
    return {"results": _results(message, now)}


def _function_call(message: Message, now: datetime) -> Json:
    return {"result": _results(message, now)[0]["result"]}


# What Vapi waits for, by the message's type. Every other type is told only.
_ANSWERS: dict[str, Callable[[Message, datetime], Json]] = {
    "tool-calls": _tool_calls,
    "function-call": _function_call,
    "assistant-request": requests.assistant,
    "transfer-destination-request": requests.transfer,
    "handoff-destination-request": requests.handoff,
}


def _results(message: Message, now: datetime) -> list[Json]:
    """Answer each tool in `result`, as one line: Vapi ignores what comes with another status or with line breaks."""
    try:
        return _worked(message, now)
    except Exception:  # the delivery boundary: a caller waits for a sentence
        log.exception("tool_calls_unanswered")
        return [_unreachable(tool) for tool in message.tools]


def _worked(message: Message, now: datetime) -> list[Json]:
    # A request that names no call is one of its own, the same one when it is delivered again.
    unnamed = "" if message.vapi_id or message.twilio_sid else f"unnamed-{message.request[:40]}"
    call = calls.heard(
        vapi_id=message.vapi_id or unnamed,
        twilio_sid=message.twilio_sid,
        shop_number=message.shop_number,
        phone_number_id=message.phone_number_id,
        from_number=message.caller,
        control_url=control.accepted(message.control_url),
        # A call that this message is the first to speak of began when it was sent.
        now=message.at if message.at is not None and abs(message.at - now) < run.SPOKEN_WITHIN else now,
    )
    with structlog.contextvars.bound_contextvars(call=call.origin):
        answered = run.run_all(
            call,
            message.tools,
            at=message.at,
            message=message.request,
            now=now,
            conversation=message.conversation,
            put_through=transfers.put_through,
        )
        return [_result(tool.id, tool.name, answer) for tool, answer in zip(message.tools, answered, strict=True)]


def _unreachable(tool: ToolRequest) -> Json:
    """Answer where neither call nor shop is known, in the language the assistant says is spoken; a danger with its script."""
    language = "es" if str(tool.arguments.get("language")).casefold() == "es" else "en"
    with translation.override(language):
        answer = danger.without_a_database(tool, language) or answers.unreachable()
        return _result(tool.id, tool.name, answers.in_full(answer, tool.name))


def _result(tool_call_id: str, name: str, answer: answers.Answer) -> Json:
    line = json.dumps(answer, separators=(",", ":"), ensure_ascii=False, sort_keys=True)
    return {"toolCallId": tool_call_id, "name": name, "result": line}
