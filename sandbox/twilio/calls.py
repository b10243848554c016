"""Calls: create, list, fetch, update (redirect, hang up). Recordings: list, fetch, audio, delete."""

import io
import wave
from typing import Any

from aiohttp import web

from sandbox import clock
from sandbox.twilio.api import ROOT, Form, is_number, on_day, page
from sandbox.twilio.errors import TwilioError
from sandbox.twilio.memory import ENDED, Twilio, new_sid, public

Json = dict[str, Any]
LONGEST_TWIML = 4000
EVENTS = ("initiated", "ringing", "answered", "completed")


async def create(request: web.Request, twilio: Twilio, form: Form) -> web.Response:
    to, sender, url, twiml = form.get("To"), form.get("From"), form.url("Url", 21205), form.get("Twiml")
    if not to:
        raise TwilioError(21201)
    if not sender:
        raise TwilioError(21213)
    if not (is_number(to) or to.startswith(("sip:", "client:"))):
        raise TwilioError(21211)
    if not is_number(sender):
        raise TwilioError(21212)
    if not url and not twiml and not form.get("ApplicationSid"):
        raise TwilioError(21205)
    if len(twiml or "") > LONGEST_TWIML:
        raise TwilioError(20001, "Twiml is longer than 4000 characters.")
    call = new_call(request.match_info["account"], new_sid("CA"), sender, to, "outbound-api", "queued")
    call |= {
        "_url": None if twiml else url,  # Twiml wins where both are given on create
        "_url_method": (form.get("Method") or "POST").upper(),
        "_twiml": twiml,
        "_status_callback": form.url("StatusCallback", 21609),
        "_status_method": (form.get("StatusCallbackMethod") or "POST").upper(),
        "_status_events": [each for value in form.all("StatusCallbackEvent") for each in value.split()],
    }
    if not set(call["_status_events"]) <= set(EVENTS):
        raise TwilioError(20001, "StatusCallbackEvent is initiated, ringing, answered or completed.")
    answer = web.json_response(public(call), status=201)
    twilio.add_call(call)
    return answer


def new_call(account: str, sid: str, sender: str, to: str, direction: str, status: str) -> Json:
    now = clock.now()
    stamp = clock.rfc2822(now)
    return {
        "sid": sid,
        "account_sid": account,
        "api_version": "2010-04-01",
        "answered_by": None,
        "caller_name": None,
        "date_created": stamp,
        "date_updated": stamp,
        "direction": direction,
        "duration": None,
        "end_time": None,
        "forwarded_from": None,
        "from": sender,
        "from_formatted": sender,
        "parent_call_sid": None,
        "phone_number_sid": None,
        "price": None,
        "price_unit": "USD",
        "queue_time": "0",
        "start_time": stamp if status == "in-progress" else None,
        "status": status,
        "subresource_uris": {"recordings": f"{ROOT}/{account}/Calls/{sid}/Recordings.json"},
        "to": to,
        "to_formatted": to,
        "trunk_sid": None,
        "uri": f"{ROOT}/{account}/Calls/{sid}.json",
        "_began": now,
        "_sequence": 0,
        "_twiml": None,
        "_updates": [],
    }


async def list_calls(request: web.Request, twilio: Twilio, form: Form) -> web.Response:
    query, account = request.query, request.match_info["account"]
    found = [
        each
        for each in reversed(twilio.calls.values())
        if each["account_sid"] == account
        and query.get("To") in (None, each["to"])
        and query.get("From") in (None, each["from"])
        and query.get("Status") in (None, each["status"])
        and query.get("ParentCallSid") in (None, each["parent_call_sid"])
        and on_day(query, "StartTime", each["start_time"])
    ]
    return page(request, "calls", found)


async def fetch(request: web.Request, twilio: Twilio, form: Form) -> web.Response:
    return web.json_response(public(_known(request, twilio)))


async def update(request: web.Request, twilio: Twilio, form: Form) -> web.Response:
    """A live call is sent elsewhere (Url or Twiml, not both) or hung up; one that has ended stays as it is."""
    call = _known(request, twilio)
    url, twiml, status = form.url("Url", 21205), form.get("Twiml"), form.get("Status")
    if url and twiml:
        raise TwilioError(21218)
    if len(twiml or "") > LONGEST_TWIML:
        raise TwilioError(20001, "Twiml is longer than 4000 characters.")
    if call["status"] in ENDED:
        raise TwilioError(21220)
    if status not in (None, "completed", "canceled"):
        raise TwilioError(20001, "Status can only be set to canceled or completed.")
    if status == "canceled" and call["status"] == "in-progress":
        raise TwilioError(21220, "Call is in-progress and cannot be canceled.")
    stamp = clock.rfc2822(clock.now())
    call["_updates"] = [*call["_updates"], {"at": stamp, "url": url, "twiml": twiml, "status": status}]
    call["date_updated"] = stamp
    if twiml:
        call["_twiml"] = twiml
    if url:
        twilio.spawn_redirect(call, url, (form.get("Method") or "POST").upper())
    if status:
        twilio.spawn_end(call, status)
    return web.json_response(public(call))


def _known(request: web.Request, twilio: Twilio) -> Json:
    return _in(twilio.calls, request)


def _in(kept: dict[str, Json], request: web.Request) -> Json:
    found = kept.get(request.match_info["sid"])
    if found is None or found["account_sid"] != request.match_info["account"]:
        raise TwilioError(20404, f"The requested resource {request.path.removeprefix('/twilio')} was not found")
    return found


# -- recordings


def new_recording(call: Json, seconds: int) -> Json:
    account, sid, stamp = call["account_sid"], new_sid("RE"), clock.rfc2822(clock.now())
    return {
        "sid": sid,
        "account_sid": account,
        "api_version": "2010-04-01",
        "call_sid": call["sid"],
        "channels": 1,
        "date_created": stamp,
        "date_updated": stamp,
        "duration": str(seconds),
        "error_code": None,
        "price": None,
        "price_unit": "USD",
        "source": "RecordVerb",
        "start_time": stamp,
        "status": "completed",
        "uri": f"{ROOT}/{account}/Recordings/{sid}.json",
    }


async def list_recordings(request: web.Request, twilio: Twilio, form: Form) -> web.Response:
    wanted = request.match_info.get("call") or request.query.get("CallSid")
    account = request.match_info["account"]
    found = [
        each
        for each in reversed(twilio.recordings.values())
        if each["account_sid"] == account
        and wanted in (None, each["call_sid"])
        and on_day(request.query, "DateCreated", each["date_created"])
    ]
    return page(request, "recordings", found)


async def fetch_recording(request: web.Request, twilio: Twilio, form: Form) -> web.Response:
    return web.json_response(public(_in(twilio.recordings, request)))


async def recording_audio(request: web.Request, twilio: Twilio, form: Form) -> web.Response:
    """The silence of its length, as wav: what Twilio gives for the address without an ending."""
    recording = _in(twilio.recordings, request)
    audio = io.BytesIO()
    with wave.open(audio, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(2 * 8000 * int(recording["duration"])))
    return web.Response(body=audio.getvalue(), content_type="audio/x-wav")


async def delete_recording(request: web.Request, twilio: Twilio, form: Form) -> web.Response:
    del twilio.recordings[_in(twilio.recordings, request)["sid"]]
    return web.Response(status=204)
