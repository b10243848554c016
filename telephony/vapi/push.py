"""Makes a shop's assistant at Vapi what it should be, and shows beforehand what that changes.

Vapi answers with keys of its own beside ours (ids, times, defaults). Only what we send is compared, at any depth, and what
our last push had sent and this one does not.
"""

import difflib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx

from bookings.models import Shop
from telephony.assistant import addresses, builder, versions
from telephony.vapi import client

Json = dict[str, Any]
_ABSENT = object()


class PushError(Exception):
    """Why it cannot be done, in a sentence for whoever runs the command."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What pushing a shop's assistant would do. `assistant_id` is "" where one would be made; `lines` is the difference."""

    shop: Shop
    assistant_id: str
    body: Json
    lines: tuple[str, ...]


def plan(shop: Shop) -> Plan:
    """Compare what Vapi has with what the shop's assistant should be. Raises PushError."""
    try:
        body = builder.build(shop)
    except builder.NotReadyError as error:
        raise PushError(str(error)) from error
    assistant_id = addresses.of(shop)
    theirs: Any = {}
    if assistant_id:
        theirs = _ask("read the assistant", lambda: client.get_assistant(assistant_id), shop)
        last = versions.last_pushed(shop.pk, assistant_id)
        theirs = _seen_by(theirs, body, last.body if last else None)
    return Plan(shop, assistant_id, body, tuple(difference(theirs, body)))


def carry_out(wanted: Plan, *, now: datetime) -> tuple[str, list[str]]:
    """Create or update the assistant, and record the version. Return its id and what Vapi keeps otherwise than it was sent.

    A new assistant's id is stored at the shop. Raises PushError.
    """
    shop, body, assistant_id = wanted.shop, wanted.body, wanted.assistant_id
    if not assistant_id:
        theirs = _ask("create the assistant", lambda: client.create_assistant(body), shop)
        assistant_id = str(theirs.get("id") or "")
        if not assistant_id:
            raise PushError("Vapi created an assistant without saying its id; look at its dashboard before trying again.")
        shop.vapi_assistant_id = assistant_id
        shop.save(update_fields=["vapi_assistant_id"])
        shop.refresh_from_db(fields=["config_version"])
    elif wanted.lines:
        theirs = _ask("update the assistant", lambda: client.update_assistant(assistant_id, body), shop)
    else:
        theirs = body
    last = versions.last_pushed(shop.pk, assistant_id)
    if wanted.lines or last is None or last.fingerprint != versions.fingerprint(body):
        versions.pushed(shop, body, assistant_id, now=now)
    return assistant_id, list(difference(_seen_by(theirs, body, None), body))


def difference(theirs: Any, ours: Any) -> Iterator[str]:
    """Yield what changes, as a diff of one line a value: "-firstMessage: …", "+firstMessage: …"; a prompt's by its own lines."""
    before, after = list(_lines(theirs)), list(_lines(ours))
    if before != after:
        changed = difflib.unified_diff(before, after, lineterm="", n=0)
        yield from (line for line in changed if not line.startswith(("---", "+++", "@@")))


def _lines(value: Any, path: str = "") -> Iterator[str]:
    if isinstance(value, dict) and value:
        for key in sorted(value):
            yield from _lines(value[key], f"{path}.{key}" if path else key)
    elif isinstance(value, list) and value:
        for at, each in enumerate(value):
            yield from _lines(each, f"{path}[{_name(each, at)}]")
    elif isinstance(value, str) and "\n" in value:
        yield from (f"{path} | {line}" for line in value.split("\n"))
    elif path:
        yield f"{path}: {json.dumps(_plain(value), ensure_ascii=False)}"


def _name(item: Any, at: int) -> str:
    """Name an item of a list: a tool by its name, a plain value not at all, so that one more is no change of all after it."""
    if not isinstance(item, dict | list):
        return ""
    function = item.get("function") if isinstance(item, dict) else None
    named = function.get("name") if isinstance(function, dict) else None
    return named if isinstance(named, str) else str(at)


def _plain(value: Any) -> Any:
    """Return a number in one form: Vapi may send 1 as 1.0."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _seen_by(theirs: Any, ours: Any, last: Any) -> Any:
    """Return of a value those parts that we send or have sent; lists and plain values as they are."""
    if isinstance(theirs, dict) and isinstance(ours, dict):
        ours_before = last if isinstance(last, dict) else {}
        return {
            key: _seen_by(theirs[key], ours.get(key, _ABSENT), ours_before.get(key))
            for key in theirs
            if key in ours or key in ours_before
        }
    if isinstance(theirs, list) and isinstance(ours, list):
        before = last if isinstance(last, list) and len(last) == len(ours) == len(theirs) else [None] * len(theirs)
        pairs = zip(theirs, [*ours, *[_ABSENT] * len(theirs)], before, strict=False)
        return [_seen_by(each, mine, mine_before) for each, mine, mine_before in pairs]
    return theirs


def _ask(what: str, request: Any, shop: Shop) -> Json:
    try:
        answer: httpx.Response = request()
    except httpx.TimeoutException as error:
        raise PushError(f"Vapi did not answer in time; whether it could {what} is not known. Run the command again.") from error
    except httpx.HTTPError as error:
        raise PushError(f"Vapi could not be reached ({type(error).__name__}).") from error
    if answer.is_success:
        try:
            said = answer.json()
        except ValueError:
            said = None
        if isinstance(said, dict):
            return said
        raise PushError("Vapi's answer was not understood; is VAPI_BASE_URL right?")
    raise PushError(_refusal(what, answer, shop))


def _refusal(what: str, answer: httpx.Response, shop: Shop) -> str:
    match answer.status_code:
        case 401 | 403:
            return f"Vapi does not accept VAPI_API_KEY ({answer.status_code}). It has to be the private key."
        case 404:
            named = "the shop's Vapi assistant id" if shop.vapi_assistant_id else "VAPI_ASSISTANT_ID"
            return f"Vapi has no assistant of that id. Correct {named}, or empty it to have one made."
        case status if status >= 500:
            return f"Vapi failed to {what} ({status}). Run the command again later."
    return f"Vapi refused to {what} ({answer.status_code}): {_sentences(answer)}"


def _sentences(answer: httpx.Response) -> str:
    try:
        said = answer.json().get("message")
    except (ValueError, AttributeError):
        return "it gave no reason."
    found = said if isinstance(said, list) else [said]
    return "; ".join(str(each) for each in found)[:1000]
