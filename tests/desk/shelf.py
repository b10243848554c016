"""One row of everything the desk shows, in one shop."""

from datetime import date, datetime, time, timedelta

from django.contrib.auth.models import User

from bookings import models
from bookings.services import appointments, asking, leads, messages, rosters, transactions
from bookings.services.asking import When
from calendars.models import CalendarConnection, EventMirror, ReadCalendar, WatchChannel
from telephony.models import (
    Alert,
    AssistantVersion,
    Call,
    Emergency,
    EmergencyWords,
    LineTest,
    MarkedNumber,
    SafetyScript,
    ToolInvocation,
)
from telephony.safety import scripts


def member(*shops, username, role, technician=None, **fields):
    """An account that may sign in, with one role in each of the shops."""
    user = User.objects.create_user(username, password="demo-dispatcher", is_staff=True, **fields)
    for shop in shops:
        models.StaffMember.objects.create(user=user, shop=shop, role=role, technician=technician)
    return user


def dispatcher(*shops, username="dee"):
    return member(*shops, username=username, role="dispatcher")


def owner(*shops, username="olive"):
    """An owner who runs the shops, and is no superuser."""
    return member(*shops, username=username, role="owner")


def technician(shop, row=None, username="tex"):
    """The account of a technician, the shop's first one if none is named."""
    row = row or models.Technician.objects.filter(shop=shop).order_by("pk")[0]
    return member(shop, username=username, role="technician", technician=row)


def hold(shop, now, *, on, at=None, origin="call:hold", **more):
    """A repair visit that is only held, for nobody yet."""
    shop = models.Shop.objects.get(pk=shop.pk)
    roster = rosters.of(shop.pk, shop.config_version)
    request = asking.Request(
        service=roster.services[0], when=When(on, at), customer_name="", customer_phone="", origin=origin, requested_at=now,
        by=origin, **more,
    )  # fmt: skip
    outcome = transactions.run(origin, lambda: appointments.hold(roster, request, now=now))
    assert outcome.state == asking.State.HELD
    return outcome.booking


def book(
    shop,
    now,
    *,
    on,
    at=None,
    origin="seed:1",
    name="Jane Doe",
    phone="+12125550201",
    address="12 Main St, 10001",
    key="repair",
    **more,
):
    """A booked visit, through the service."""
    shop = models.Shop.objects.get(pk=shop.pk)
    roster = rosters.of(shop.pk, shop.config_version)
    request = asking.Request(
        service=next(each for each in roster.services if each.key == key), when=When(on, at), customer_name=name,
        customer_phone=phone, origin=origin, requested_at=now, by="desk:dee", address=address, **more,
    )  # fmt: skip
    outcome = transactions.run(origin, lambda: appointments.book(roster, request, now=now))
    assert outcome.state == asking.State.BOOKED
    return outcome.booking


def connect(technician, now):
    """A connected calendar whose picture is fresh."""
    models.CalendarFreshness.objects.create(
        shop=technician.shop, technician=technician, read_at=now, read_until=now + timedelta(days=60)
    )
    return CalendarConnection.objects.create(
        shop=technician.shop, technician=technician, calendar_id=f"{technician.pk}@example.com", account="a@example.com",
        connected_at=now - timedelta(days=1), refresh_token="refresh-secret", access_token="access-secret",
    )  # fmt: skip


def read_calendar(connection, calendar_id="", **fields):
    """One of its calendars; the one that receives visits, if no other is named."""
    return ReadCalendar.objects.create(
        shop=connection.shop, connection=connection, calendar_id=calendar_id or connection.calendar_id, **fields
    )


def channel(calendar, **fields):
    return WatchChannel.objects.create(shop=calendar.shop, calendar=calendar, token_digest="d" * 64, **fields)


def mirror(visit, connection, **fields):
    return EventMirror.objects.create(
        shop=visit.shop, connection=connection, visit=visit, calendar_id=connection.calendar_id,
        event_id=f"event{visit.pk}", **fields,
    )  # fmt: skip


def fill(shop, now, n=0):
    """Make one row of each registered model in the shop; return them by model."""
    day = date(2026, 11, 25) + timedelta(days=0 if n < 3 else 1)
    technician = models.Technician.objects.filter(shop=shop).order_by("pk")[n % 3]
    origin = f"seed:{shop.pk}-{n}"
    booking = book(shop, now, on=day, origin=origin, name=f"Customer {shop.pk} {n}", address=f"{n} Elm {shop.pk} St")
    visit = booking.visits.get()
    skill = models.Skill.objects.create(shop=shop, name=f"Skill {n}")
    models.TechnicianSkill.objects.create(shop=shop, technician=technician, skill=skill)
    connection = CalendarConnection.objects.filter(technician=technician).first() or connect(technician, now)
    call = Call.objects.create(shop=shop, twilio_sid=f"CA{shop.pk}x{n}", from_number="+12125550201", started_at=now)
    user = User.objects.create_user(f"member{shop.pk}-{n}")
    messages.queue(shop_id=shop.pk, reason=f"confirm:{n}", to="+12125550201", body="Booked", now=now, booking=booking)
    rows = [
        shop,
        booking,
        visit,
        booking.customer,
        booking.property,
        technician,
        skill,
        connection,
        call,
        mirror(visit, connection),
        models.OutgoingMessage.objects.get(shop=shop, reason=f"confirm:{n}"),
        models.ServiceType.objects.create(
            shop=shop, key=f"s{n}", name=f"service {n}", minutes=60, minutes_least=60, minutes_most=60, skill=skill
        ),
        models.Closure.objects.create(shop=shop, on=date(2027, 3, 1 + n), reason="Inventory"),
        models.TimeOff.objects.create(
            shop=shop, technician=technician, starts_at=now + timedelta(days=40 + n), ends_at=now + timedelta(days=41 + n)
        ),
        models.BusyBlock.objects.create(
            shop=shop, technician=technician, calendar_id="c", event_id=f"busy{n}",
            starts_at=now + timedelta(days=30 + n), ends_at=now + timedelta(days=30 + n, hours=1),
        ),
        models.StaffMember.objects.create(shop=shop, user=user),
        leads.keep(shop_id=shop.pk, origin=origin, reason=models.Lead.Reason.NO_TIME, phone="+12125550209", now=now),
        models.Concern.objects.create(
            shop=shop, kind="emergency", key=f"k{n}", text="Look at this", created_at=now, booking=booking, technician=technician
        ),
        MarkedNumber.objects.create(shop=shop, phone=f"+1212555029{n}", created_at=now),
        LineTest.objects.create(
            shop=shop, status="failed", findings="A call did not arrive here.", started_at=now, finished_at=now, call=call
        ),
        AssistantVersion.objects.create(
            shop=shop, fingerprint=f"{n:064d}", prompt="Be brief.", body={"name": "x"}, created_at=now
        ),
        ToolInvocation.objects.create(
            call=call, shop=shop, name="checkAvailability", state="offered", answer={"say": "We have nine or ten."},
            requested_at=now, answered_at=now, milliseconds=9,
        ),
    ]  # fmt: skip
    service = rows[11]
    person = models.OnCallPerson.objects.create(shop=shop, name=f"Pat {n}", phone=f"+121255503{n:02d}")
    turn = models.OnCallTurn.objects.create(
        shop=shop, person=person, starts_at=now + timedelta(days=7 * n), ends_at=now + timedelta(days=7 * n + 7)
    )
    models.OnCallSwap.objects.create(shop=shop, turn=turn, person=person, starts_at=turn.starts_at, ends_at=turn.ends_at)
    rows += [person, turn, danger(shop, now, origin=f"call:{call.public_id}", call=call)]
    rows += [
        models.LengthRule.objects.create(shop=shop, service_type=service, equipment="boiler", years_from=15, percent=150),
        models.ServiceArea.objects.create(shop=shop, name=f"area {n}", zip_codes="1*", weekdays=[0, 1, 2, 3, 4], trip_fee=25),
        models.Holdback.objects.create(shop=shop, name=f"peak {n}", percent=10, released_at=time(12)),
        search(shop, service, technician, now, origin=call.origin),
    ]
    scripts.complete([shop.pk])
    rows.append(SafetyScript.objects.filter(shop=shop).order_by("pk")[n])
    return {type(row): row for row in rows}


def danger(shop, now, **fields):
    """An emergency that somebody was told of by text and call, and that nobody has taken."""
    fields = {"danger": "gas", "phone": "+12125550209", "origin": "call:x", "script": "Leave the building now.", **fields}
    emergency = Emergency.objects.create(shop=shop, heard_at=now, next_step_at=now + timedelta(minutes=2), said_at=now, **fields)
    EmergencyWords.objects.create(
        emergency=emergency, shop=shop, key="1", at=now, danger=emergency.danger, source="transcript", text="I smell gas"
    )
    for channel in (Alert.Channel.TEXT, Alert.Channel.CALL):
        Alert.objects.create(
            emergency=emergency, shop=shop, round=1, name="Fran", number="+12125550191", channel=channel, created_at=now
        )
    return emergency


def search(shop, service, technician, now, *, origin, day=date(2026, 11, 25)):
    """A kept search: one technician lacked time in the morning and could have come later."""
    first = int(datetime.combine(day, time(8), shop.zone).timestamp())
    return models.Search.objects.create(
        shop=shop, origin=origin, at=now, service_type=service,
        asked={"on": day.isoformat(), "part": "morning", "zip": "10001"},
        offered=[datetime.combine(day, time(13), shop.zone).isoformat()],
        refused={
            "from": first, "to": first + 4 * 3600, "step": 1800,
            "by": {str(technician.pk): [[first, first + 3600, "visit", first, first + 7200]]},
            "others": {"skill": 3},
        },
    )  # fmt: skip
