"""One plain shop of the engine's values, to be changed by a test where it matters."""

from dataclasses import replace
from datetime import date, time
from zoneinfo import ZoneInfo

from bookings.engine.clock import instant
from bookings.engine.day import Block, Day, Job, Taken
from bookings.engine.roster import Part, Role, Roster, Service, Shift, Worker
from bookings.engine.slots import Search

ZONE = ZoneInfo("America/New_York")
DAY = date(2026, 11, 25)  # a Wednesday


def worker(number, starts=time(8), ends=time(18), **fields):
    shifts = tuple(Shift(weekday, starts, ends) for weekday in range(5))
    return Worker(**{"id": number, "name": f"w{number}", "skills": {}, "shifts": shifts, **fields})


def service(**fields):
    return Service(
        **{
            "id": 1, "key": "repair", "name": "repair visit", "minutes": 120, "minutes_least": 60, "minutes_most": 480,
            "roles": (Role("lead", ()),), **fields,
        }
    )  # fmt: skip


def roster(workers=None, services=None, **fields):
    return Roster(
        **{
            "shop_id": 1, "version": 1, "name": "", "country": "US", "confirm_by_text": False, "zone": ZONE,
            "workers": tuple(workers or [worker(1)]), "services": tuple(services or [service()]), "closures": {},
            "parts": (
                Part("morning", time(8), time(12)), Part("afternoon", time(12), time(17)), Part("evening", time(17), time(20)),
            ),
            "horizon_days": 60, "lead_minutes": 60, "step_minutes": 30, "offer_minutes": 60, "stale_minutes": 60, **fields,
        }
    )  # fmt: skip


def at(hour, minute=0, on=DAY):
    return instant(on, time(hour, minute), ZONE)


def visit(starts, ends, place=None):
    return Block(starts, ends, "visit", place)


def search(shop, taken=None, *, days=1, **fields):
    job = Job(
        **{
            "roster": shop, "service": shop.services[0], "minutes": shop.services[0].minutes, "now": at(0), "earliest": at(0),
            **fields,
        }
    )  # fmt: skip
    dates = [Day(shop, DAY.fromordinal(DAY.toordinal() + n)) for n in range(days)]
    return Search(job, Taken(taken or {}, dates))


__all__ = ["DAY", "ZONE", "at", "replace", "roster", "search", "service", "visit", "worker"]
