"""What the form of a new booking says so far, read as far as it can be: nothing in it refuses a form that is half filled."""

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time

from bookings.engine.roster import Roster, Service, Urgency
from bookings.models import Equipment
from bookings.services import customers

NEW = "new"  # the customer who is not known yet
OTHER = "other"  # an address that a known customer does not have yet
OWN = "own"  # the day, time and technician that were named, instead of an offered time
_FORM = re.compile(r"[0-9a-f]{32}")
Said = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """One form. `form` names it, so that it books once however often it is sent.

    `typed` is what stands in the search box, `number` the number it or the field for it can be read as, in E.164 form or "".
    `customer` is an id as text, NEW or "", as it was chosen by hand. `on`, `at` and `technician` are a time of one's own;
    `serve`: booked although the office serves the customer no more. `told` names the wish whose objections were shown. `take` is
    the time that was pressed: an offered one in ISO form, or OWN.
    """

    form: str
    typed: str
    number: str
    customer: str
    place: str
    name: str
    telephone: str
    address: str
    service: Service
    urgency: Urgency
    equipment: str
    years: int | None
    problem: str
    notes: str
    day: date | None
    part: str
    after: datetime | None
    on: date | None
    at: time | None
    technician: int | None
    despite: bool
    serve: bool
    overbook: bool
    told: str
    lead: int | None
    take: str

    @property
    def wish(self) -> str:
        """Name the time of one's own, to tell whether what was overruled is what was shown."""
        return f"{self.technician} {self.on} {self.at} {self.service.id} {self.urgency}"

    @property
    def lettered(self) -> bool:
        """Say whether a name or an address is looked for, and no number."""
        return any(each.isalpha() for each in self.typed) and not self.typed.startswith("+")

    @property
    def called(self) -> str:
        """Return a new customer's name: the one in its field, else the one that was looked for."""
        return self.name or (self.typed if self.lettered and not self.typed[0].isdigit() else "")

    @property
    def own(self) -> bool:
        """Say whether a time of one's own is named completely."""
        return self.on is not None and self.at is not None and self.technician is not None


def new_form() -> str:
    return uuid.uuid4().hex


def read(said: Said, roster: Roster, *, usual: Service) -> Draft:
    """Read a form, or the query of a link to it: `phone`, `service` (id or key), `starts_at` and the form's own names."""
    said = {name: value.replace("\x00", "") for name, value in said.items()}
    typed = " ".join((said.get("q") or said.get("phone") or "").split())[:100]
    starts_at = _moment(said.get("starts_at"), roster)
    form = said.get("form", "")
    customer = said.get("customer", "")
    known = str(whole(customer) or "")
    box = known or NEW
    name, telephone = _line(said.get("name"), 100), _line(said.get("number"), 40)
    number = customers.read_number(typed, roster.country) or customers.read_number(telephone, roster.country)
    return Draft(
        form=form if _FORM.fullmatch(form) else new_form(),
        typed=typed,
        number=number,
        customer=NEW if customer == NEW else known,
        place=said.get(f"place-{box}", ""),
        name="" if name == said.get("prefilled") else name,  # nobody typed that: it follows the search box
        telephone=telephone,
        address=_line(said.get(f"address-{box}"), 300),
        service=_service(said.get("service", ""), roster) or usual,
        urgency=next((each for each in Urgency if each == said.get("urgency")), Urgency.ROUTINE),
        equipment=next((each for each in Equipment.values if each == said.get("equipment")), ""),
        years=whole(said.get("years"), most=99),
        problem=(said.get("problem") or "").strip()[:2000],
        notes=(said.get("notes") or "").strip()[:2000],
        day=_day(said.get("day")),
        part=next((part.name for part in roster.parts if part.name == said.get("part")), ""),
        after=_moment(said.get("after"), roster),
        on=_day(said.get("on")) or (starts_at.date() if starts_at else None),
        at=_time(said.get("at")) or (starts_at.time().replace(second=0, microsecond=0) if starts_at else None),
        technician=whole(said.get("technician")),
        despite=bool(said.get("despite")),
        serve=bool(said.get("serve")),
        overbook=bool(said.get("overbook")),
        told=said.get("told", ""),
        lead=whole(said.get("lead")),
        take=said.get("take", ""),
    )


def taken(draft: Draft, roster: Roster) -> datetime | None:
    """Return the offered time that was pressed, in the shop's zone; None for none."""
    return _moment(draft.take, roster) if draft.take != OWN else None


def _service(said: str, roster: Roster) -> Service | None:
    return next((each for each in roster.services if said in (str(each.id), each.key)), None)


def _line(said: str | None, most: int) -> str:
    return " ".join((said or "").split())[:most]


def whole(said: str | None, *, most: int = 2**62) -> int | None:
    """Return a whole number that can be an id, None for anything else."""
    text = (said or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 and int(text) <= most else None


def _day(said: str | None) -> date | None:
    try:
        found = date.fromisoformat(said or "")
    except ValueError:
        return None
    return found if date(2000, 1, 1) <= found <= date(2100, 1, 1) else None


def _time(said: str | None) -> time | None:
    try:
        return time.fromisoformat(said or "").replace(second=0, microsecond=0, tzinfo=None)
    except ValueError:
        return None


def _moment(said: str | None, roster: Roster) -> datetime | None:
    """Return a moment in the shop's zone; one without an offset is the shop's own time."""
    text = (said or "").strip()
    if " " in text[11:]:  # an offset's plus, as addresses have it
        text = text[:11] + text[11:].replace(" ", "+")
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    if not 2000 <= found.year <= 2100:
        return None
    return found.replace(tzinfo=roster.zone) if found.tzinfo is None else found.astimezone(roster.zone)
