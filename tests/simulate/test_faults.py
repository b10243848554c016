"""The callers and the judgement of `make soak`, small: what is true passes, and each lie and each loss is found."""

import copy
import time
from datetime import timedelta

import pytest
from django.utils import timezone

from bench.faults import office, run
from bench.faults.findings import DOUBLED, LOST, SILENT, UNTRUE
from bench.faults.heard import Book
from bookings.models import Booking, Lead, OutgoingMessage
from telephony.models import Call
from telephony.twilio import texts

pytestmark = [pytest.mark.processes, pytest.mark.long]
WANTED = run.Wanted(people=4, drivers=2, seconds=0, patience=0, answers=0, seed="test", pace=0.02, wordless=0.0)


class Played:
    """Lives of a crowd that has gone, and the office as it stands afterwards."""

    def __init__(self, product, book, vendors):
        self.product, self.book = product, book
        self.events, self.texts = vendors.events(), vendors.texts()

    def judged(self, lives=None):
        lives = self.book.lives if lives is None else lives
        return office.judge(lives, self.product.shop, events=self.events, texts=self.texts).all

    def life(self, *states):
        """One that heard all of these, and a copy of all of them in which it may be changed."""
        lives = copy.deepcopy(self.book.lives)
        return next(life for life in lives if set(states) <= life.states), lives


def enough(book, *states):
    done = [life for life in list(book.lives) if life.ended]
    return len(done) >= 20 and set(states) <= {state for life in done for state in life.states}


@pytest.fixture
def played(product):
    book = Book()
    with run.calling(book, product.shop, WANTED, server=product.url, sandbox=product.sandbox) as (crowd, vendors):
        crowd.begin(people=WANTED.people, drivers=WANTED.drivers)
        deadline = time.monotonic() + 60
        with book.named("in health"):
            while not enough(book, "booked", "moved", "cancelled", "held", "transferring") and time.monotonic() < deadline:
                time.sleep(0.1)
        product.control("POST", "faults", {"service": "vapi", "path": "/call", "status": 500})
        with book.named("Vapi answers 500"):
            while not any(life.left_message for life in book.of("Vapi answers 500")) and time.monotonic() < deadline:
                time.sleep(0.1)
        crowd.end()
        # What the workers do.
        for pk in texts.due(timezone.now(), limit=1000):
            texts.send(pk, now=timezone.now())
        product.write_calendars()
        return Played(product, book, vendors)


def kinds(found):
    return [kind for _, kind, _ in found]


def test_what_is_true_passes_and_what_is_not_is_found(played):
    assert played.judged() == []
    assert all(life.ending for life in played.book.lives)
    tell_lies(played)
    lose_and_double(played)


def tell_lies(played):
    life, lives = played.life("booked")
    use = next(use for use in life.uses if use.state == "booked")
    use.body["scheduledDate"] = (timezone.now() + timedelta(days=9)).isoformat()
    assert UNTRUE in kinds(played.judged(lives))

    life, lives = played.life("held")
    next(use for use in life.uses if use.state == "held").body["startsAt"] = timezone.now().isoformat()
    assert kinds(played.judged(lives)) == [UNTRUE]

    life, lives = played.life("moved")
    use = next(use for use in life.uses if use.state == "moved")
    use.state, use.body = "not_booked", {"say": "Your appointment stays as it is."}
    assert UNTRUE in kinds(played.judged(lives))

    life, lives = played.life("transferring")
    next(use for use in life.uses if use.state == "transferring").moved = False
    assert kinds(played.judged(lives)) == [UNTRUE]

    life, lives = played.life("offered")
    next(use for use in life.uses if use.state == "offered").body["slots"][0]["slotId"] = "S-NEVER"
    assert kinds(played.judged(lives)) == [UNTRUE]

    life, lives = played.life("booked")
    life.ending, life.heard = "", []
    assert SILENT in kinds(played.judged(lives))


def lose_and_double(played):
    voicemail = next(life for life in played.book.lives if life.left_message)
    call = Call.objects.get(twilio_sid=voicemail.sid)
    Lead.objects.filter(origin=call.origin).update(phone="")
    assert kinds(played.judged()) == [LOST]
    Lead.objects.filter(origin=call.origin).update(phone=voicemail.phone, status=Lead.Status.DONE)
    assert set(kinds(played.judged())) == {LOST}
    Lead.objects.filter(origin=call.origin).update(status=Lead.Status.OPEN)
    Call.objects.filter(pk=call.pk).update(outcome="")
    assert kinds(played.judged()) == [LOST]
    Call.objects.filter(pk=call.pk).update(outcome=call.outcome)
    assert played.judged() == []

    sent = OutgoingMessage.objects.filter(reason__startswith="confirm:").latest("pk")
    played.texts.append({"to": sent.to, "body": sent.body})
    assert kinds(played.judged()) == [DOUBLED]
    played.texts[:] = [each for each in played.texts if each["body"] != sent.body]
    assert kinds(played.judged()) == [LOST]
    played.texts.append({"to": sent.to, "body": sent.body})

    calendar = next(each for each, events in played.events.items() if any("extendedProperties" in event for event in events))
    ours = next(event for event in played.events[calendar] if "extendedProperties" in event)
    played.events[calendar].append(ours)
    assert kinds(played.judged()) == [LOST]
    played.events[calendar].pop()

    told = next(life for life in played.book.lives if life.standing)
    standing = Booking.objects.filter(reference__in=told.standing)
    standing.update(promised_from=standing.get().promised_from + timedelta(hours=1))
    assert {LOST, UNTRUE} <= set(kinds(played.judged()))
