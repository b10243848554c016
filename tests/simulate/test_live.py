"""The simulator against a real server: it passes what is true and finds what is not."""

from datetime import timedelta
from random import Random

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils import timezone

from bookings.models import Booking, Lead, Technician, Visit, WorkingHours
from hvacsched import demo_shop
from hvacsched.management.commands import simulate_calls
from hvacsched.simulate import mirror, run, truth
from hvacsched.simulate.line import Line, client
from hvacsched.simulate.narrator import Narrator
from hvacsched.simulate.scenarios import SCENARIOS
from hvacsched.simulate.vendors import Vendors
from telephony.models import Call

pytestmark = pytest.mark.processes


class Simulation:
    """Runs the command and keeps what it printed."""

    def __init__(self, capsys):
        self.capsys, self.printed = capsys, ""

    def __call__(self, **options):
        self.capsys.readouterr()
        try:
            call_command("simulate_calls", seed="test", no_mirror_check=True, **options)
        finally:
            self.printed = self.capsys.readouterr().out
        return self.printed


@pytest.fixture
def simulate(product, capsys):
    return Simulation(capsys)


@pytest.fixture
def played(product, settings):
    """Play calls and return their records, before anything was compared with the database."""

    def play(*names):
        dice = Random(1)
        with (
            Line(product.url, settings.TWILIO_AUTH_TOKENS[0], settings.WEBHOOK_SECRETS[0], 6) as line,
            client(product.url) as http,
        ):
            vendors = Vendors(product.sandbox, settings.VAPI_BASE_URL, settings.VAPI_API_KEY, http)
            return run.play(
                names, concurrency=2, seed="test", line=line, vendors=vendors, narrator=Narrator(None, several=True),
                setting=simulate_calls.setting_of(product.shop, dice, soon=False), watch=lambda records: None,
            )  # fmt: skip

    return play


CALLED_TWICE = ("moves_later", "next_week", "cancels", "not_theirs")


def count(printed, name):
    return next(int(line.split()[-1]) for line in printed.splitlines() if line.strip().startswith(name) and "(" not in line)


@pytest.mark.long
def test_every_scenario_passes_and_every_visit_gets_its_event(product, simulate):
    printed = simulate(calls=len(SCENARIOS) * 2, concurrency=4, scenario=list(SCENARIOS))
    assert count(printed, "failed") == 0
    assert count(printed, "emergencies") == 2
    stand = Booking.objects.filter(origin__startswith="call:", status="booked")
    assert count(printed, "booked") == stand.count() >= 24
    assert count(printed, "cancelled") == Booking.objects.filter(status="cancelled").count() == 2
    assert Booking.objects.filter(status="lapsed").count() >= 2
    assert not Booking.objects.filter(status="held").exists()
    assert not Visit.objects.filter(status="held").exists()
    again = sum(name in CALLED_TWICE for name in SCENARIOS)
    assert count(printed, "of these called again") == again * 2 == 8
    assert Call.objects.exclude(twilio_sid=demo_shop.TURNED_AWAY.sid).count() == (len(SCENARIOS) + again) * 2
    assert Lead.objects.filter(reason=Lead.Reason.VOICEMAIL, recording_seconds=12).count() == 2 * 2
    assert product.control("GET", "faults") == {"faults": []}

    now = timezone.now()
    assert mirror.waiting(product.shop, now=now).all > 0
    product.write_calendars()
    assert mirror.waiting(product.shop, now=now).all == 0
    assert mirror.problems(product.shop, product.control("GET", "events")["calendars"], now=now) == []
    references = list(stand.values_list("reference", flat=True))
    taken = mirror.seconds_to_event(product.shop, references)
    assert taken
    assert min(taken) > 0


def test_callers_for_one_time_get_it_as_often_as_there_are_technicians(product, simulate):
    printed = simulate(calls=8, concurrency=8, scenario=["no_time_left"])
    assert count(printed, "failed") == 0
    assert "was wanted by 8 callers and given to" in printed
    assert "ok no technician in two places at once" in printed


def test_one_call_is_told_as_it_goes(product, simulate):
    printed = simulate(calls=1, show=True)
    for heard in ("answers Twilio: Connect, then Redirect", "uses checkAvailability", "answers: booked", "/board/?day="):
        assert heard in printed


def test_a_call_that_the_assistant_does_not_get_is_a_failed_one(product, simulate):
    product.control("POST", "faults", {"service": "vapi", "path": "/call", "status": 500})
    with pytest.raises(CommandError, match="2 of 2 calls failed"):
        simulate(calls=2, scenario=["books"])
    assert "2 x books: TwiML without <Connect>: Dial" in simulate.printed


def test_other_faults_outlive_vapis(product, simulate):
    slow = {"service": "google", "path": "/calendar/v3", "latency_ms": 5}
    product.control("POST", "faults", slow)
    simulate(calls=2, scenario=["vapi_down"])
    left = product.control("GET", "faults")["faults"]
    assert [(each["service"], each["path"], each["latency_ms"]) for each in left] == [("google", "/calendar/v3", 5)]


def test_callers_whom_the_assistant_does_not_get_are_rung_through(product, simulate):
    printed = simulate(calls=4, scenario=["vapi_down", "person"])
    assert count(printed, "failed") == 0
    came_of_it = Call.objects.order_by("-pk").values_list("outcome", flat=True)[:4]
    assert sorted(came_of_it) == ["transferred", "transferred", "voicemail", "voicemail"]


def test_callers_who_ask_for_a_person(product, simulate):
    printed = simulate(calls=3, scenario=["person_asked", "nobody", "twilio_down"])
    assert count(printed, "failed") == 0
    came_of_it = Call.objects.order_by("-pk").values_list("outcome", flat=True)[:3]
    assert sorted(came_of_it) == ["answered", "transferred", "voicemail"]


def test_a_server_that_is_not_there_is_said_so(product, simulate, settings):
    settings.SERVER_URL = "http://127.0.0.1:9"
    with pytest.raises(CommandError, match="Nothing that is ready answers"):
        simulate()


def test_what_is_told_and_not_so_is_found(product, played):
    (record,) = played("books")
    now = timezone.now()
    for rows, changes, found in (
        (Booking.objects, {"status": Booking.Status.CANCELLED}, "1 of 1 bookings told of do not exist"),
        (Booking.objects, {"promised_from": now, "promised_to": now + timedelta(90)}, "promised from"),
        (Visit.objects, {"status": Visit.Status.ENDED}, "0 visits keep the promise"),
        (Call.objects, {"outcome": Call.Outcome.ANSWERED}, "the outcome is answered, it was booked"),
        (Call.objects, {"stage": Call.Stage.ASSISTANT}, "stands as With the assistant"),
    ):
        with transaction.atomic():
            rows.update(**changes)
            truth.check([record])
            transaction.set_rollback(True)
        assert found in record.failure
        record.failure = ""
        truth.check([record])
        assert record.failure == ""


def untrue(record, rows, **changes):
    """Return what is found wrong once the rows are changed; the change is taken back."""
    with transaction.atomic():
        rows.update(**changes)
        truth.check([record])
        transaction.set_rollback(True)
    found, record.failure = record.failure, ""
    truth.check([record])
    assert record.failure == ""
    return found


def test_a_hold_that_outlives_its_call_is_found(product, played):
    (record,) = played("holds_and_goes")
    hold = Booking.objects.filter(customer=None)
    assert [(each.status, each.visits.get().status) for each in hold] == [("lapsed", "ended")]
    later = timezone.now() + timedelta(minutes=4)
    assert untrue(record, hold, status="held", hold_expires_at=later) == "untrue: 1 holds outlive their call"
    visit = Visit.objects.filter(booking__customer=None)
    assert untrue(record, visit, status="held", held_until=later) == "untrue: a booking is hold ran out, and its visits are held"
    assert untrue(record, hold, origin="call:other") == "untrue: a time was said to be held, and no hold was ever made"


def test_a_cancellation_that_is_none_is_found(product, played):
    (record,) = played("cancels")
    (reference,) = record.cancelled
    assert record.at_last == {}
    booking = Booking.objects.filter(reference=reference)
    assert untrue(record, booking, status="booked") == "untrue: 1 bookings exist that the caller was not told of"
    active = Visit.objects.filter(booking__reference=reference)
    assert untrue(record, active, status="active") == "untrue: a booking is cancelled, and its visits are active"
    calls = Call.objects.filter(twilio_sid=record.later[0].sid)
    assert calls.get().outcome == "cancelled"
    assert untrue(record, calls, outcome="answered") == "untrue: the outcome is answered, it was cancelled"


@pytest.mark.parametrize("scenario", ["moves", "moves_later", "next_week"])  # the last is asked which week
def test_a_move_is_followed_into_the_next_call(product, played, scenario):
    (record,) = played(scenario)
    assert record.failure == ""
    first = record.standing if record.later else {answer.claim.reference: answer.claim for answer in record.answers[1:2]}
    (reference,) = record.at_last
    booking = Booking.objects.get(reference=reference)
    assert booking.promised_from == record.at_last[reference].starts_at != first[reference].starts_at
    assert list(booking.changes.values_list("kind", flat=True)) == ["booked", "moved"]
    truth.check([record])
    assert record.failure == ""
    before = first[reference].starts_at
    found = untrue(record, Booking.objects.filter(pk=booking.pk), promised_from=before, promised_to=before + timedelta(hours=2))
    assert found.startswith("untrue: told ")


def test_somebody_else_changes_nothing(product, played):
    (record,) = played("not_theirs")
    told = ["not_booked", "not_found", "not_booked", "office_will_call"]
    assert [answer.state for answer in record.later[0].answers] == told
    (reference,) = record.at_last
    assert list(Booking.objects.get(reference=reference).changes.values_list("kind", flat=True)) == ["booked"]


def test_no_heat_is_urgent_and_comes_on_a_sunday(product, played):
    (record,) = played("no_heat")
    (reference,) = record.at_last
    booking = Booking.objects.filter(reference=reference)
    visit = booking.get().visits.get()
    assert visit.starts_at.astimezone(product.shop.zone).weekday() == 6
    assert visit.technician_id in WorkingHours.objects.filter(overtime=True, weekday=6).values_list("technician", flat=True)
    assert untrue(record, booking, urgency="routine") == "untrue: the booking is routine, it was urgent"


def test_a_crew_that_is_not_whole_is_found(product, played):
    (record,) = played("two_days")
    (reference,) = record.at_last
    visits = Visit.objects.filter(booking__reference=reference)
    assert visits.count() == 4
    last = visits.latest("starts_at", "pk")
    one = visits.filter(pk=last.pk)
    assert untrue(record, one, status="ended") == "untrue: 3 visits keep the promise"
    assert untrue(record, visits.filter(role="helper"), role="lead") == "untrue: the crew is not the one that the service takes"
    free = Technician.objects.exclude(pk__in=visits.values("technician")).first()
    a_day = timedelta(days=20)
    elsewhere = {
        "technician": free, "starts_at": last.starts_at + a_day, "ends_at": last.ends_at + a_day,
        "blocked": DateTimeTZRange(last.blocked.lower + a_day, last.blocked.upper + a_day, "[)"),
    }  # fmt: skip
    assert untrue(record, one, **elsewhere) == "untrue: the visits are not one a person and day"


def test_a_booking_nobody_was_told_of_is_found(product, played):
    records = played("asks_only", "books")
    asked = Call.objects.get(twilio_sid=records[0].sid)
    Booking.objects.filter(origin__startswith="call:").update(origin=asked.origin)
    truth.check(records)
    assert [record.failure for record in records] == [
        "untrue: 1 bookings exist that the caller was not told of",
        "untrue: 1 of 1 bookings told of do not exist",
    ]


def test_a_caller_nobody_will_call_back_is_found(product, played):
    records = played("hangs_up")
    Lead.objects.all().delete()
    truth.check(records)
    assert records[0].failure == "untrue: nobody will call back, though it was abandoned"


def test_events_too_many_too_few_and_elsewhere_are_found(product, played):
    records = played("books", "books", "books", "books")
    product.write_calendars()
    seen = product.control("GET", "events")["calendars"]
    assert mirror.problems(product.shop, seen, now=timezone.now()) == []

    told = [reference for record in records for reference in record.standing]
    visits = Visit.objects.filter(booking__reference__in=told, mirrors__confirmed="present").values_list("public_id", flat=True)
    ours = {str(visit) for visit in visits}
    events = [
        (calendar, event) for calendar, held in seen.items() for event in held
        if event.get("extendedProperties", {}).get("private", {}).get(mirror.OURS) in ours
    ]  # fmt: skip
    (calendar, event), *_ = events
    product.control("DELETE", f"events/{calendar}/{event['id']}")
    wrong = mirror.problems(product.shop, product.control("GET", "events")["calendars"], now=timezone.now())
    assert [each.split(": ")[1] for each in wrong] == ["no events instead of one"]

    moved = {key: event[key] for key in ("summary", "extendedProperties")}
    at = (timezone.now() + timedelta(3)).isoformat()
    until = (timezone.now() + timedelta(3, hours=1)).isoformat()
    moved |= {"start": {"dateTime": at}, "end": {"dateTime": until}}
    product.control("POST", "events", {"calendarId": calendar, "event": moved})
    wrong = mirror.problems(product.shop, product.control("GET", "events")["calendars"], now=timezone.now())
    assert [each.split(": ")[1] for each in wrong] == ["the event is at another time"]

    product.control("POST", "events", {"calendarId": calendar, "event": moved})
    stray = moved | {"extendedProperties": {"private": {mirror.OURS: "nobody's"}}}
    product.control("POST", "events", {"calendarId": calendar, "event": stray})
    wrong = mirror.problems(product.shop, product.control("GET", "events")["calendars"], now=timezone.now())
    assert wrong[0].endswith("2 events instead of one")
    assert wrong[1:] == ["an event of visit nobody's, which does not stand"]
