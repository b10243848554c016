"""Loads a shop from a JSON file, then answers each line it reads with one measurement as a line of JSON.

Only this runs where django-appointment is installed. What is measured is the function with which the package's own view
answers for one staff member and one day, for all staff members and days.
"""

import json
import sys
import time
from datetime import date, datetime, timedelta
from typing import Any

import django

PASS_SECONDS = 15  # a pass that takes longer ends after the day it is at, and says how many days it did


def main(path: str) -> None:
    answers, sys.stdout = sys.stdout, sys.stderr  # the package logs to standard output
    django.setup()
    # Only now can the package's models be imported.
    from appointment import models  # type: ignore[import-not-found]  # noqa: PLC0415
    from appointment.services import get_available_slots_for_staff  # type: ignore[import-not-found]  # noqa: PLC0415
    from appointment.utils.db_helpers import get_weekday_num_from_date  # type: ignore[import-not-found]  # noqa: PLC0415
    from django.contrib.auth.models import User  # noqa: PLC0415
    from django.core.management import call_command  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415

    with open(path) as file:
        shop = json.load(file)
    call_command("migrate", "auth", verbosity=0)
    call_command("migrate", verbosity=0, run_syncdb=True)  # the package comes without migrations
    service = fill(models, User, shop)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    staff = list(models.StaffMember.objects.order_by("pk"))
    days = [date.fromisoformat(shop["first"]) + timedelta(days=n) for n in range(shop["days"])]
    for _ in sys.stdin:
        begun, done, found = time.perf_counter(), 0, 0
        for on in days:
            weekday = get_weekday_num_from_date(on)
            for member in staff:
                found += len(get_available_slots_for_staff(on, member, weekday, service=service))
            done += 1
            if time.perf_counter() - begun > PASS_SECONDS:
                break
        answer = {"seconds": time.perf_counter() - begun, "days": done, "slots": found}
        print(json.dumps(answer), file=answers, flush=True)


def fill(models: Any, user: Any, shop: dict[str, Any]) -> Any:
    """Make the same technicians, hours and appointments; return the service that is looked for."""
    models.Config.objects.create(slot_duration=30, default_to_service_duration=True, slot_gap_time=shop["gap"])
    # Nothing is longer than the service it belongs to, and the package never looks at the service of what is booked.
    service = models.Service.objects.create(name="repair", duration=timedelta(minutes=shop["minutes"]), price=0)
    asked, offered = [], []
    for number, each in enumerate(shop["staff"]):
        member = models.StaffMember.objects.create(user=user.objects.create(username=f"staff{number}"))
        offered.append(member)
        models.WorkingHours.objects.bulk_create(
            models.WorkingHours(
                staff_member=member, day_of_week=(weekday + 1) % 7, start_time=clock(starts), end_time=clock(ends)
            )
            for weekday, starts, ends in each["hours"]
        )
        models.Unavailability.objects.bulk_create(
            models.Unavailability(staff_member=member, date=on, start_time=clock(starts), end_time=clock(ends))
            for on, starts, ends in each["busy"]
        )
        models.DayOff.objects.bulk_create(models.DayOff(staff_member=member, start_date=on, end_date=on) for on in each["off"])
        for on, starts, ends in each["visits"]:
            asked.append(
                models.AppointmentRequest(
                    date=on, start_time=clock(starts), end_time=clock(ends), service=service, staff_member=member,
                    id_request=f"{number}-{on}-{starts}",
                )
            )  # fmt: skip
    models.AppointmentRequest.objects.bulk_create(asked)
    models.Appointment.objects.bulk_create(models.Appointment(appointment_request=each) for each in asked)
    return service


def clock(text: str) -> Any:
    return datetime.strptime(text, "%H:%M").time()  # noqa: DTZ007 - a time of the day


if __name__ == "__main__":
    main(sys.argv[1])
