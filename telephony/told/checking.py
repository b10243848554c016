"""Looks at a call once its words are there: each contradiction becomes a concern with both texts, and what follows from it.

State-derived: due is any ended call that was never compared, or of which words or answers came after it was. Runs twice, late
and at once without harm: a concern is raised once in the life of its call, and what a person has closed stays closed.
"""

import re
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Q
from django.utils import translation

from bookings.engine.roster import Roster
from bookings.errors import RefusedError
from bookings.models import Booking, Concern, Lead
from bookings.services import catalog, concerns, confirmations, leads, rosters
from telephony.models import Call, CallEvent, ToolInvocation
from telephony.told import compare, rows, times, turns
from telephony.told.compare import Contradiction, Finding
from telephony.told.rows import Standing
from telephony.told.turns import Sentence

SETTLES = timedelta(seconds=60)  # without a report, the last words have come by then
LOOKED_AT_FOR = timedelta(hours=24)
AT_ONCE = 200
_KINDS = {each: Concern.Kind(each.value) for each in Contradiction}
_PROMISED = "Was promised on the phone what is not done: "

_DUE = """
SELECT c.id FROM telephony_call c
 WHERE c.stage = 'ended' AND c.told_checked_at IS NULL AND c.ended_at > %(since)s
   AND (c.ended_at < %(settled)s OR EXISTS (
       SELECT FROM telephony_callevent e WHERE e.call_id = c.id AND e.kind = 'end-of-call-report'))
 UNION ALL
SELECT c.id FROM telephony_call c
 WHERE c.stage = 'ended' AND c.ended_at > %(since)s AND c.told_checked_at IS NOT NULL AND (EXISTS (
       SELECT FROM telephony_callevent e
        WHERE e.call_id = c.id AND e.received_at > c.told_checked_at
          AND (e.kind = 'end-of-call-report' OR (e.kind = 'transcript' AND e.detail = 'final')))
    OR EXISTS (SELECT FROM telephony_toolinvocation t WHERE t.call_id = c.id AND t.answered_at > c.told_checked_at))
 LIMIT %(limit)s
"""


def due(now: datetime) -> list[int]:
    """Return the ids of calls to be compared. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_DUE, {"since": now - LOOKED_AT_FOR, "settled": now - SETTLES, "limit": AT_ONCE})
        return [pk for (pk,) in cursor.fetchall()]


def check(call_id: int, *, now: datetime) -> list[Finding]:
    """Compare a call's words with its rows, and raise or close what follows; return what was found. Owns its transaction."""
    call = Call.objects.select_related("shop").get(pk=call_id)
    roster = rosters.of(call.shop_id, call.shop.config_version)
    standing, found = contradictions(call, roster)
    with transaction.atomic():
        locked = Call.objects.select_for_update(of=("self",), no_key=True).get(pk=call_id)
        if locked.told_checked_at is not None and locked.told_checked_at > now:
            return found  # somebody who began later has seen more
        _settle(call, roster, standing, found, now=now)
        Call.objects.filter(pk=call_id).update(told_checked_at=now)
    return found


def contradictions(call: Call, roster: Roster) -> tuple[Standing, list[Finding]]:
    """Return what stands for a call, and what was said that is not so. Changes nothing. Five statements."""
    tools = list(ToolInvocation.objects.filter(call=call).order_by("requested_at", "pk").values_list("answer", "arguments"))
    sentences, also = heard(call)
    standing = rows.read(call, [answer for answer, _ in tools], roster)
    names = [str(arguments.get("customerName") or "") for _, arguments in tools if isinstance(arguments, dict)]
    read = reader(call, roster, [*names, *(rows.name_of(row) for row in standing.rows)])
    found = compare.findings(sentences, standing, read, service_of(roster), also, began=call.started_at)
    return standing, found


def heard(call: Call) -> tuple[list[Sentence], list[Sentence]]:
    """Return what was said, and beside it what only the report of the call's end has. One statement."""
    events = list(
        CallEvent.objects.filter(call=call, kind="transcript", detail="final", role__in=[turns.ASSISTANT, turns.USER])
        .order_by("at", "key")
        .values_list("role", "text", "at")
    )
    reported = turns.of_transcript(call.transcript)
    if not any(role == turns.ASSISTANT for role, _, _ in events):
        return reported, []
    known = " ".join(turns.light(text) for _, text, _ in events)
    return turns.of_events(events), [each for each in reported if turns.light(each.text) not in known]


def reader(call: Call, roster: Roster, names: Iterable[str] = ()) -> Callable[[str], list[times.Said]]:
    """Return what reads times in this call: "tomorrow" is the day after it began, in the shop's zone.

    `names` are those of people it is about: "Eve" is no evening then, and "Late" no afternoon.
    """
    words = {re.escape(word) for name in names for word in name.split() if len(word) > 1}
    people = re.compile(rf"\b(?:{'|'.join(sorted(words))})\b") if words else None

    def read(text: str) -> list[times.Said]:
        text = people.sub("xx", text) if people is not None else text
        return times.said_in(text, now=call.started_at, zone=roster.zone, country=roster.country)

    return read


def service_of(roster: Roster) -> Callable[[str], int | None]:
    def find(text: str) -> int | None:
        try:
            return catalog.find(roster, text).id
        except RefusedError:
            return None

    return find


def _settle(call: Call, roster: Roster, standing: Standing, found: list[Finding], *, now: datetime) -> None:
    """Raise what is new and close what is no longer true; the call is locked."""
    kinds = list(_KINDS.values())
    there = {
        (kind, key): status
        for kind, key, status in Concern.objects.filter(shop=call.shop_id, origin=call.origin, kind__in=kinds)
        .order_by("status", "pk")
        .values_list("kind", "key", "status")
    }
    wanted = {(str(_KINDS[each.what]), _key(call, each)): each for each in found}
    for (kind, key), status in there.items():
        if status == Concern.Status.OPEN and (kind, key) not in wanted:
            concerns.close(Concern.Kind(kind), key, shop_id=call.shop_id, now=now)
            if kind == Concern.Kind.NOT_BOOKED:
                _give_up_lead(call)
    for (kind, key), finding in wanted.items():
        if (kind, key) not in there:
            _raise(call, roster, standing, finding, key, now=now)


def _key(call: Call, finding: Finding) -> str:
    about = f"booking:{finding.row.booking.pk}" if finding.row is not None else finding.promised
    return f"{call.origin}:{about}"


def _raise(call: Call, roster: Roster, standing: Standing, finding: Finding, key: str, *, now: datetime) -> None:
    if finding.row is None:
        _keep_lead(call, finding, now=now)
        text, stands = _TO_DO_UNKEPT[finding.promised], _nothing(standing, finding)
    else:
        text, stands = _TO_DO[finding.what], rows.in_words(finding.row)
        if finding.row.cancelled:
            text = _TO_DO_CANCELLED[finding.what]
        if _write(call, roster, finding, now=now):
            text += " A text with what stands is sent to the customer."
    concerns.raise_once(
        _KINDS[finding.what], key, text, shop_id=call.shop_id, now=now,
        booking=finding.row.booking if finding.row is not None else None,
        origin=call.origin, said=finding.said, stands=stands,
    )  # fmt: skip


# What happened, and what to do about it.
_TO_DO_UNKEPT = {
    "booked": "The caller was told of an appointment that does not exist. Call them now: book it, or say that there is none.",
    "moved": "The caller was told that an appointment was moved, and it was not. Call them now: move it, or say when it is.",
    "cancelled": "The caller was told that an appointment is cancelled, and nothing was. Cancel it, or call them and ask.",
}
_TO_DO = {
    Contradiction.OTHER_TIME: "The caller was told another time than the one that is booked. Call them and agree on one.",
    Contradiction.NOT_TOLD: "It was booked or moved in the call, and nothing was said of it. Call the customer and tell them.",
    Contradiction.FEE_NOT_TOLD: "The booking's fee was not named, or another amount was. Tell the customer before the visit.",
}
_TO_DO_CANCELLED = {
    **_TO_DO,
    Contradiction.OTHER_TIME: "Another appointment was cancelled than the caller was told. Call them and ask which they meant.",
    Contradiction.NOT_TOLD: "An appointment was cancelled in the call, and nothing was said of it. Call the customer and ask.",
}


def _nothing(standing: Standing, finding: Finding) -> str:
    """Say what stands where a promise is kept by nothing."""
    lead = {
        "booked": "No such appointment was booked in this call.",
        "moved": "No appointment was moved so in this call.",
        "cancelled": "No appointment was cancelled in this call.",
    }[finding.promised]
    others = [rows.in_words(row) for row in standing.rows if row.touched or row.booking.status in Booking.OPEN]
    return " ".join([lead, *(["What stands:"] if others else []), *others])


def _keep_lead(call: Call, finding: Finding, *, now: datetime) -> None:
    """Let a person call whoever was promised what nobody will keep."""
    before = Lead.objects.filter(shop=call.shop_id, origin=call.origin).values_list("wanted", flat=True).first() or ""
    plain = [each for each in before.splitlines() if each and not each.startswith(("“", _PROMISED))]
    leads.keep(
        shop_id=call.shop_id, origin=call.origin, reason=Lead.Reason.OFFICE_WILL_CALL, phone=call.from_number, now=now,
        wanted="\n".join([f"{_PROMISED}{' '.join(finding.said.split())}", *plain]), urgent=True,
    )  # fmt: skip


def _give_up_lead(call: Call) -> None:
    """Take back the lead of a promise that is kept after all, unless the caller wanted something else besides."""
    ours = Lead.objects.filter(
        Q(wanted__startswith=_PROMISED) & ~Q(wanted__contains="\n"), shop=call.shop_id, origin=call.origin,
        reason=Lead.Reason.OFFICE_WILL_CALL,
    )  # fmt: skip
    if ours.exists():
        leads.close(shop_id=call.shop_id, origin=call.origin)


def _write(call: Call, roster: Roster, finding: Finding, *, now: datetime) -> bool:
    """Queue the text that says what stands, where the shop wants it and it still does; say whether it was."""
    row = finding.row
    if not call.shop.correct_by_text or row is None or row.cancelled or not row.unchanged_since:
        return False
    language = call.language if call.language in roster.languages else roster.languages[0]
    with translation.override(language):
        return confirmations.queue_correction(row.booking, roster, now, unless_confirmed=finding.what is Contradiction.NOT_TOLD)
