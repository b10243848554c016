"""The account's own numbers: how they are set up, and what happens in a call to one of them.

A call that the API places to such a number comes in again as any caller's would: its VoiceUrl is asked, signed as Twilio
signs, and the answer is followed as far as somebody who listens gets: to the assistant, or until it hangs up.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any
from xml.etree import ElementTree

from aiohttp import web

from sandbox import clock
from sandbox.twilio.api import ROOT, Form, page
from sandbox.twilio.calls import new_call
from sandbox.twilio.memory import Twilio, new_sid

Json = dict[str, Any]
ADDRESSES = ("voice_url", "voice_fallback_url", "status_callback", "sms_url")
MOST_REDIRECTS = 8
_STREAM = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def new_number(account: str, number: str, addresses: Json) -> Json:
    sid, stamp = new_sid("PN"), clock.rfc2822(clock.now())
    return {
        "sid": sid,
        "account_sid": account,
        "phone_number": number,
        "friendly_name": number,
        "date_created": stamp,
        "date_updated": stamp,
        "voice_method": "POST",
        "voice_fallback_method": "POST",
        "status_callback_method": "POST",
        "sms_method": "POST",
        "uri": f"{ROOT}/{account}/IncomingPhoneNumbers/{sid}.json",
        **{name: addresses.get(name) for name in ADDRESSES},
    }


async def list_numbers(request: web.Request, twilio: Twilio, form: Form) -> web.Response:
    account, wanted = request.match_info["account"], request.query.get("PhoneNumber")
    kept = twilio.incoming.values()
    found = [each for each in kept if each["account_sid"] == account and wanted in (None, each["phone_number"])]
    return page(request, "incoming_phone_numbers", found)


# Told that a call's stream was opened (Vapi's id of it), and that it was closed.
Assistant = Callable[[str, bool], Awaitable[None]]


async def arrive(twilio: Twilio, placed: Json, *, assistant: Assistant) -> None:
    """Let a placed call come in at one of the account's numbers, and follow it while the one who placed it listens."""
    number = twilio.incoming[placed["to"]]
    call = new_call(number["account_sid"], new_sid("CA"), placed["from"], placed["to"], "inbound", "ringing")
    call |= {"_status_callback": number["status_callback"], "_status_method": number["status_callback_method"]}
    twilio.add_call(call)
    stream = await _follow(twilio, call, number["voice_url"])
    if stream is not None:
        call |= {"status": "in-progress", "start_time": clock.rfc2822(clock.now())}
        await assistant(stream, True)
        await asyncio.sleep(twilio.settings.twilio_call_seconds)
        await assistant(stream, False)
    twilio.spawn_end(call, "completed")


async def _follow(twilio: Twilio, call: Json, url: str | None) -> str | None:
    """Return Vapi's id of the call whose stream the TwiML opens; None where it leads to no assistant."""
    for _ in range(MOST_REDIRECTS):
        status, text = await twilio.callback(url, "POST", twilio.call_form(call, call["status"]))
        call["_twiml"] = text
        try:
            response = ElementTree.fromstring(text) if status == 200 and "<!" not in text else None  # noqa: S314
        except ElementTree.ParseError:
            response = None
        if response is None:
            return None
        stream = response.find("Connect/Stream")
        if stream is not None:
            found = _STREAM.search(stream.get("url", ""))
            return found.group() if found else None
        redirect = response.find("Redirect")
        if redirect is None or response.find("Dial") is not None:
            return None
        pause = response.find("Pause")
        await asyncio.sleep(float(pause.get("length", "1")) if pause is not None else 0)
        url = redirect.text
    return None
