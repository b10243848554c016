"""What a call tells its assistant: the day where the shop stands, and of the caller what a number may say."""

from datetime import datetime, time

import pytest

from bookings.models import Booking, Closure, Customer, ServiceType
from telephony.assistant import variables
from telephony.models import Call
from tests.factories import CustomerFactory, TechnicianFactory

NUMBER = "+14155550142"


def told(shop, now, number=NUMBER, **fields):
    call = Call.objects.create(shop=shop, from_number=number, started_at=now, **fields)
    return variables.of(Call.objects.select_related("shop").get(pk=call.pk), now=now)


def an_appointment(customer, now, days=1, **fields):
    starts = now.replace(day=now.day + days) if days < 5 else now
    return Booking.objects.create(
        shop=customer.shop, reference=f"HV-{Booking.objects.count():05d}", customer=customer,
        service_type=ServiceType.objects.get(shop=customer.shop, key="repair"), promised_from=starts,
        promised_to=starts.replace(hour=starts.hour + 2), minutes=60, origin_at=now, **fields,
    )  # fmt: skip


def test_everything_is_told(shop, now):
    call = Call.objects.create(shop=shop, from_number=NUMBER, started_at=now, twilio_sid="CA1")
    assert variables.of(call, now=now) == {
        "shop": "ABC HVAC",
        "shop_number": shop.phone_number,
        "caller_number": NUMBER,
        "twilio_call_sid": "CA1",
        "call": str(call.public_id),
        "local_weekday": "Tuesday",
        "local_date": "November 24, 2026",
        "local_time": "9 AM",
        "open_now": "open",
        "opens_next": "now",
        "closed_soon": "",
        "caller": "new",
        "upcoming": "none",
        "member": "no",
        "language": "en",
    }


def test_one_person_is_known(shop, now):
    customer = CustomerFactory(shop=shop, phone=NUMBER, member=True)
    found = told(shop, now)
    assert (found["caller"], found["upcoming"], found["member"]) == ("known", "none", "yes")
    an_appointment(customer, now)
    assert told(shop, now)["upcoming"] == "one appointment"
    an_appointment(customer, now, days=2)
    an_appointment(customer, now, days=3)
    assert told(shop, now)["upcoming"] == "3 appointments"


def test_appointments_that_are_over_or_only_held_do_not_count(shop, now):
    customer = CustomerFactory(shop=shop, phone=NUMBER)
    an_appointment(customer, now, days=-2)
    an_appointment(customer, now, status=Booking.Status.CANCELLED)
    an_appointment(customer, now, status=Booking.Status.DONE)
    an_appointment(customer, now, status=Booking.Status.HELD, hold_expires_at=now)
    assert told(shop, now)["upcoming"] == "none"


def test_several_people_at_one_number(shop, now):
    for name in ("Jane Doe", "John Doe"):
        an_appointment(CustomerFactory(shop=shop, phone=NUMBER, name=name, name_key=name.lower()), now)
    found = told(shop, now)
    assert (found["caller"], found["upcoming"], found["member"]) == ("several people", "2 appointments", "no")


def test_a_number_of_another_shop_is_new_here(shop, now):
    CustomerFactory(phone=NUMBER, member=True)
    found = told(shop, now)
    assert (found["caller"], found["member"]) == ("new", "no")


@pytest.mark.parametrize(("number", "caller"), [("", "withheld"), ("+442071838750", "new")])
def test_withheld_and_foreign_numbers(shop, now, number, caller):
    CustomerFactory(shop=shop, phone="")
    found = told(shop, now, number)
    assert (found["caller"], found["caller_number"], found["upcoming"], found["member"]) == (caller, number, "none", "no")


def test_no_name_no_address_and_no_time_of_an_appointment_is_told(shop, now):
    customer = CustomerFactory(shop=shop, phone=NUMBER, name="Zebulon Quimby", name_key="zebulon quimby")
    booking = an_appointment(customer, now, days=3)
    words = " ".join(told(shop, now).values())
    for secret in ("Zebulon", "Quimby", booking.reference, "November 27"):
        assert secret not in words


def test_it_takes_one_statement_however_many_are_known(shop, now, django_assert_num_queries):
    variables.of(Call(shop=shop, from_number="", started_at=now), now=now)  # the shop's set-up is read once a version
    for people in (0, 1, 3):
        for _ in range(people):
            n = Customer.objects.count()
            an_appointment(CustomerFactory(shop=shop, phone=NUMBER, name=f"J {n}", name_key=f"j {n}"), now)
        call = Call(shop=shop, from_number=NUMBER, started_at=now)
        with django_assert_num_queries(1):
            variables.of(call, now=now)
    with django_assert_num_queries(0):
        variables.of(Call(shop=shop, from_number="", started_at=now), now=now)


@pytest.mark.parametrize(
    ("at", "weekday", "date", "clock", "now_open", "next_open"),
    [
        # UTC is a day ahead of the shop.
        ("2026-11-25T03:05Z", "Tuesday", "November 24, 2026", "10:05 PM", "closed", "tomorrow, Wednesday, November 25, at 8 AM"),
        ("2026-11-24T12:59Z", "Tuesday", "November 24, 2026", "7:59 AM", "closed", "today at 8 AM"),
        ("2026-11-24T13:00Z", "Tuesday", "November 24, 2026", "8 AM", "open", "now"),
        ("2026-11-24T23:00Z", "Tuesday", "November 24, 2026", "6 PM", "closed", "tomorrow, Wednesday, November 25, at 8 AM"),
        # Thanksgiving and the day after it are closed, then comes a weekend.
        ("2026-11-26T15:00Z", "Thursday", "November 26, 2026", "10 AM", "closed", "Monday, November 30, at 8 AM"),
        # The clocks went back on November 1.
        ("2026-11-01T05:30Z", "Sunday", "November 1, 2026", "1:30 AM", "closed", "tomorrow, Monday, November 2, at 8 AM"),
    ],
)  # fmt: skip
def test_the_day_is_the_shops(shop, at, weekday, date, clock, now_open, next_open):
    Closure.objects.create(shop=shop, on="2026-11-26", reason="Thanksgiving")
    Closure.objects.create(shop=shop, on="2026-11-27")
    shop.refresh_from_db()
    found = told(shop, datetime.fromisoformat(at))
    assert (found["local_weekday"], found["local_date"], found["local_time"]) == (weekday, date, clock)
    assert (found["open_now"], found["opens_next"]) == (now_open, next_open)
    assert found["closed_soon"] == "Thursday, November 26 (Thanksgiving); Friday, November 27"


def test_a_shop_where_nobody_works_never_opens(shop, now):
    shop.technicians.all().delete()
    TechnicianFactory(shop=shop, works_alone=False)
    TechnicianFactory(shop=shop, weekdays=[(1, time(8), time(9))])
    shop.refresh_from_db()
    assert told(shop, now)["opens_next"] == "Tuesday, December 1, at 8 AM"
    shop.technicians.filter(works_alone=True).delete()
    shop.refresh_from_db()
    found = told(shop, now)
    assert (found["open_now"], found["opens_next"]) == ("closed", "")


def test_the_language_heard_goes_before_the_shops_first(shop, now):
    assert told(shop, now, language="es")["language"] == "es"
    type(shop).objects.update(languages="es")
    shop.refresh_from_db()
    assert told(shop, now)["language"] == "es"
