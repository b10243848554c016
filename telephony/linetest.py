"""Tests a shop's line as its customers use it: is the number set up as it has to be, and does a call reach the assistant?

Once a week at a quiet hour, and when somebody asks. What is due and how far a test is stands in its row, so that a lost task
costs seconds; a call is placed once at most. A broken line is a concern, and a text to the owners once until it works again.
"""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from urllib.parse import urldefrag

import structlog
from django.conf import settings
from django.db import transaction
from twilio.twiml.voice_response import VoiceResponse

from bookings.models import Concern, Shop
from bookings.services import concerns, messages, oncall
from telephony.models import Call, LineTest
from telephony.twilio import rest, static, twiml

log = structlog.get_logger(__name__)
Status = LineTest.Status

EVERY = timedelta(days=7)
QUIET_FROM, QUIET_TO = time(3), time(5)  # in the shop's zone
LISTENS_SECONDS = 20
RINGS_SECONDS = 30
# From the start: a minute for what is slow, and the call itself.
PATIENCE = timedelta(seconds=120)
_AGAIN = timedelta(seconds=20)  # before a test that nobody took in hand is taken in hand by the sweep
_NO_CALL = "No call was placed: SELF_TEST_NUMBER is not set."


def due(now: datetime) -> list[int]:
    """Return the shops to test now: it is quiet there, and the last test is a week old."""
    lately = set(LineTest.objects.filter(started_at__gt=now - EVERY + timedelta(hours=3)).values_list("shop_id", flat=True))
    return [
        shop.pk
        for shop in Shop.objects.exclude(pk__in=lately).order_by("pk")
        if QUIET_FROM <= now.astimezone(shop.zone).time() < QUIET_TO
    ]


def start(shop_id: int, *, now: datetime) -> LineTest:
    """Return the shop's running test, begun if there was none: two who ask at once get the same."""
    with transaction.atomic():
        Shop.objects.select_for_update(no_key=True).get(pk=shop_id)
        running = LineTest.objects.filter(shop=shop_id, status=Status.RUNNING).first()
        return running or LineTest.objects.create(shop_id=shop_id, started_at=now)


def waiting(now: datetime) -> list[int]:
    """Return the tests that were begun and not taken in hand."""
    begun = LineTest.objects.filter(status=Status.RUNNING, placed_at=None, started_at__lt=now - _AGAIN)
    return list(begun.order_by("pk").values_list("pk", flat=True))


def carry_out(test_id: int, *, now: datetime) -> None:
    """Compare the number's set-up with ours and place the call, once. Asks Twilio: never inside a transaction."""
    if not LineTest.objects.filter(pk=test_id, status=Status.RUNNING, placed_at=None).update(placed_at=now):
        return
    test = LineTest.objects.select_related("shop").get(pk=test_id)
    findings = list(_misset(test.shop))
    number = settings.SELF_TEST_NUMBER
    if number and not findings:
        try:
            placed = rest.client().calls.create(
                to=test.shop.phone_number, from_=number, twiml=_listening(), timeout=RINGS_SECONDS
            )
            LineTest.objects.filter(pk=test_id).update(twilio_sid=(placed.sid or "")[:64])
            return
        except rest.ERRORS as error:
            log.warning("line_test_not_placed", kind=type(error).__name__)
            findings.append("Twilio did not place the test call: it failed, or refused us.")
    if findings:
        _finish(test, Status.FAILED, findings, now=now)
    else:
        _finish(test, Status.PASSED, [_NO_CALL], now=now)


def settle(now: datetime) -> None:
    """Pass the tests whose call has reached the assistant; fail those whose time is up."""
    for test in LineTest.objects.filter(status=Status.RUNNING).select_related("shop"):
        call = _arrived(test)
        answered = call is not None and call.events.filter(kind="status-update", detail="in-progress").exists()
        spoke = call is not None and call.events.filter(role="assistant").exists()
        if answered and spoke:
            _finish(test, Status.PASSED, [], now=now, call=call)
        elif now - test.started_at > PATIENCE:
            _finish(test, Status.FAILED, [_missing(test, call, answered=answered)], now=now, call=call)


def _missing(test: LineTest, call: Call | None, *, answered: bool) -> str:
    if test.placed_at is None:
        return "The test was not carried out: no worker took it."
    if call is None:
        return "A call to the number did not arrive here."
    if call.fallback_reason:
        return f"A call to the number arrived, and the assistant did not take it: {call.fallback_reason}."
    return "The assistant took the call and did not speak." if answered else "The call arrived, and no assistant answered it."


def _arrived(test: LineTest) -> Call | None:
    """Return the test's call as it came in, known by who calls."""
    if not settings.SELF_TEST_NUMBER or test.placed_at is None:
        return None
    since = test.placed_at - timedelta(seconds=5)
    calls = Call.objects.filter(shop=test.shop_id, from_number=settings.SELF_TEST_NUMBER, started_at__gte=since)
    return calls.order_by("-started_at", "-pk").first()


def _misset(shop: Shop) -> Iterator[str]:
    """Yield what is wrong with the number's addresses at Twilio, and with what is hosted for when we are gone."""
    try:
        known = rest.client().incoming_phone_numbers.list(phone_number=shop.phone_number, limit=1)
    except rest.ERRORS as error:
        log.warning("line_test_number_unknown", kind=type(error).__name__)
        yield "Twilio did not say how the number is set up: it failed, or refused us."
        return
    if not known:
        yield f"This account of Twilio has no number {shop.phone_number}."
        return
    base = static.base_url(shop)
    for what, at_twilio, ours in (
        ("A call comes in", known[0].voice_url, twiml.url("twilio-inbound")),
        (
            "Primary handler fails",
            known[0].voice_fallback_url,
            f"{base}/{static.FIRST}" if base else twiml.url("twilio-fallback"),
        ),
        ("Call status changes", known[0].status_callback, twiml.url("twilio-status")),
        ("A message comes in", known[0].sms_url, twiml.url("twilio-text")),
    ):
        # The part behind # is how Twilio asks, and not whom.
        if urldefrag(at_twilio or "").url != ours:
            yield f"“{what}” is set to {at_twilio or 'nothing'} at Twilio; it has to be {ours}."
    if base:
        yield from _hosted(shop, base)


def _hosted(shop: Shop, base: str) -> Iterator[str]:
    try:
        if differing := static.differing(shop, base):
            yield f"The documents hosted for an outage are out of date ({', '.join(differing)}): manage.py fallback_document."
    except static.UnreachableError as error:
        yield f"A document hosted for an outage cannot be fetched: {error}."
    except static.NobodyError:
        yield "There is nobody to ring in an outage: no office, no owner, no FALLBACK_DIAL_NUMBER."


def _listening() -> str:
    answer = VoiceResponse()
    answer.pause(length=LISTENS_SECONDS)
    answer.hangup()
    return str(answer)


def _finish(test: LineTest, status: LineTest.Status, findings: list[str], *, now: datetime, call: Call | None = None) -> None:
    """End a test once; tell whom it concerns."""
    with transaction.atomic():
        ended = LineTest.objects.filter(pk=test.pk, status=Status.RUNNING).update(
            status=status, findings="\n".join(findings), finished_at=now, call=call
        )
        if not ended:
            return
        if status == Status.PASSED:
            concerns.close(Concern.Kind.LINE_BROKEN, _key(test.shop), shop_id=test.shop_id, now=now)
        else:
            _tell(test, findings, now=now)
    log.info("line_tested", status=str(status))


def _tell(test: LineTest, findings: list[str], *, now: datetime) -> None:
    """Open the concern, and text the owners about the first failure of a streak."""
    shop = test.shop
    text = f"The test of the line failed: callers may not get through. {' '.join(findings)}"
    concerns.raise_once(Concern.Kind.LINE_BROKEN, _key(shop), text, shop_id=shop.pk, now=now)
    works = LineTest.objects.filter(shop=shop, status=Status.PASSED).order_by("-started_at", "-pk").first()
    failed = LineTest.objects.filter(shop=shop, status=Status.FAILED)
    streak = failed.filter(started_at__gt=works.started_at) if works is not None else failed
    first = streak.order_by("started_at", "pk").first() or test
    for owner in oncall.owners(shop):
        messages.queue(
            shop_id=shop.pk, reason=f"line-broken:{first.public_id}:{owner.number}", to=owner.number, now=now,
            body=f"{shop.name}: a test call to {shop.phone_number} did not get through. Please look at Line tests in the desk.",
        )  # fmt: skip


def _key(shop: Shop) -> str:
    return f"line:{shop.pk}"
