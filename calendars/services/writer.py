"""Makes one event equal to its visit, whatever is found at Google. Owns what is written about it in the mirror.

Nothing is written by a process whose lease was taken over. Raises GoogleError and LeaseLostError.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction

from bookings.models import Concern, Visit
from bookings.services import concerns
from calendars.google import client, mapping, wording
from calendars.google.errors import GoogleError, Verdict
from calendars.leases import Lease, LeaseLostError
from calendars.models import CalendarConnection, EventMirror
from calendars.services import handing, surprises

Wanted, Confirmed = EventMirror.Wanted, EventMirror.Confirmed
_TURNS = 6  # each turn settles one surprise; more of them than this wait for the next run


@dataclass(slots=True)
class Writer:
    """One calendar under one lease. `at` is the mirror a failure belongs to."""

    connection: CalendarConnection
    google: client.Calendar
    lease: Lease
    clock: Callable[[], datetime]
    at: EventMirror = field(init=False)

    def mirror(self, visit: Visit, mirror_id: int | None) -> EventMirror:
        """Return the mirror in question, made before anything is sent so that an event of ours is always known."""
        if mirror_id is not None:
            self.at = EventMirror.objects.get(pk=mirror_id)
            return self.at
        in_force = EventMirror.objects.filter(visit=visit, calendar_id=self.connection.calendar_id, retired=False)
        try:
            self.at = in_force.first() or self._new(visit)
        except IntegrityError:  # a reading made one at this moment
            self.at = in_force.first() or self._new(visit)
        return self.at

    def settle(self, visit: Visit, mirror: EventMirror) -> None:
        """Write or delete, whichever the visit as it was read asks for."""
        if self._is_wanted(visit, mirror):
            self._want(mirror, Wanted.PRESENT)
            self._put(visit, mirror)
        else:
            self._want(mirror, Wanted.ABSENT)
            self._remove(visit, mirror)

    def _is_wanted(self, visit: Visit, mirror: EventMirror) -> bool:
        mine = visit.technician_id == self.connection.technician_id
        return mine and visit.status in (Visit.Status.ACTIVE, Visit.Status.DONE) and not mirror.retired

    def _want(self, mirror: EventMirror, wanted: EventMirror.Wanted) -> None:
        if mirror.wanted != wanted:
            EventMirror.objects.filter(pk=mirror.pk).update(wanted=wanted)
            mirror.wanted = wanted

    def _put(self, visit: Visit, mirror: EventMirror) -> None:
        for _ in range(_TURNS):
            # `visit.version` was read with everything else the event says, before the write.
            body = mapping.event(visit)
            if mirror.confirmed == Confirmed.ABSENT:
                mirror = self._next_generation(visit, mirror)
            if mirror.confirmed == Confirmed.NONE:
                made = self._insert(mapping.fresh(visit, mirror.event_id))
                if made is not None:
                    self._record_present(visit, mirror, made)
                    return
            found = self._find(visit, mirror)
            if self._is_for_others_to_decide(visit, mirror, found):
                return
            if found is None:
                mirror = self._next_generation(visit, mirror)
                continue
            if mapping.says_the_same(found, body):
                self._record_present(visit, mirror, found)
                return
            changed = self._update(mirror, mapping.merged(found, body), etag=str(found["etag"]))
            if changed is not None:
                self._record_present(visit, mirror, changed)
                return
            self.lease.keep()
            visit = load(visit.pk)
            if not self._is_wanted(visit, mirror):
                self._remove(visit, mirror)
                return
        raise GoogleError(Verdict.RETRY, "the event keeps changing")

    def _insert(self, body: mapping.Json) -> mapping.Json | None:
        """Return the new event; None when the id is taken, be it by ourselves."""
        try:
            return self.google.insert(body)
        except GoogleError as error:
            if error.verdict is Verdict.TAKEN:
                return None
            if error.verdict is Verdict.GONE:
                raise GoogleError(Verdict.CALENDAR, "there is no such calendar", error.status) from error
            raise

    def _find(self, visit: Visit, mirror: EventMirror) -> mapping.Json | None:
        """Return the event if it is there and ours."""
        try:
            found = self.google.get(mirror.event_id)
        except GoogleError as error:
            if error.verdict is Verdict.GONE:
                return None
            raise
        return found if mapping.is_of(found, visit) else None

    def _update(self, mirror: EventMirror, body: mapping.Json, *, etag: str) -> mapping.Json | None:
        """Return the changed event; None when it changed or went away since it was read: look again."""
        try:
            return self.google.update(mirror.event_id, body, etag=etag)
        except GoogleError as error:
            if error.verdict in (Verdict.STALE, Verdict.GONE):
                return None
            # Google forbids changing a deleted event, in the same words as anything else it forbids.
            if error.status == 403 and error.verdict is Verdict.BLOCKED and self._is_cancelled(mirror):
                return None
            raise

    def _is_cancelled(self, mirror: EventMirror) -> bool:
        try:
            return bool(self.google.get(mirror.event_id).get("status") == "cancelled")
        except GoogleError as error:
            if error.verdict is Verdict.GONE:
                return True
            raise

    def _is_for_others_to_decide(self, visit: Visit, mirror: EventMirror, found: mapping.Json | None) -> bool:
        """Take notice of what somebody did to the event since we confirmed it, and say whether it is left so for now.

        It is not where the visit itself has another place by now: that is what the customer was promised last.
        """
        pushed = surprises.pushed(mirror)
        if visit.status != Visit.Status.ACTIVE or pushed is None:
            return False
        if found is not None:
            is_in_place = mapping.span(found, ZoneInfo(visit.shop.timezone)) in (pushed, _own(visit))
            if is_in_place and not mapping.guests(found):
                return False
            if mapping.etag(found) == mirror.etag and not mirror.moved_to:
                return False  # known, and decided
            if is_in_place and handing.to_whom(visit, found) is None:
                return False
        elif mirror.confirmed == Confirmed.NONE and not self._is_cancelled(mirror):
            return False  # not ours: somebody else has taken the id
        if pushed != _own(visit):
            surprises.overtaken(visit, found, now=self.clock())
            return False
        with transaction.atomic():
            held = EventMirror.objects.select_for_update(no_key=True).get(pk=mirror.pk)
            if held.confirmed == Confirmed.NONE:  # the answer was lost, and somebody was there before we asked again
                held.confirmed = Confirmed.PRESENT
                EventMirror.objects.filter(pk=mirror.pk).update(confirmed=Confirmed.PRESENT, confirmed_at=self.clock())
            surprises.found(held, visit, found or {"status": "cancelled"}, now=self.clock())
        return EventMirror.objects.filter(pk=mirror.pk, moved_to__gt="").exists()

    def _remove(self, visit: Visit, mirror: EventMirror) -> None:
        try:
            self.google.delete(mirror.event_id)
        except GoogleError as error:
            if error.verdict is not Verdict.GONE:
                raise
        self._record(mirror, confirmed=Confirmed.ABSENT, pushed_version=visit.version, etag="")
        self._close_refusal(visit, mirror)

    def _record_present(self, visit: Visit, mirror: EventMirror, event: mapping.Json) -> None:
        lies = mapping.span(event, ZoneInfo(visit.shop.timezone))
        self._record(
            mirror,
            confirmed=Confirmed.PRESENT,
            pushed_version=visit.version,
            pushed_starts_at=lies.starts_at,
            pushed_ends_at=lies.ends_at,
            etag=mapping.etag(event),
            form=wording.form(visit.shop),
        )
        self._close_refusal(visit, mirror)
        surprises.settled(visit, now=self.clock())

    def _record(self, mirror: EventMirror, **fields: Any) -> None:
        # What was noticed since the mirror was read is not written over.
        as_read = EventMirror.objects.filter(pk=mirror.pk, moved_to=mirror.moved_to, connection__push_lease=self.lease.name)
        written = as_read.update(
            confirmed_at=self.clock(), attempts=0, next_attempt_at=None, blocked_reason="", last_error="", moved_to="", **fields
        )
        if not written:
            raise LeaseLostError

    def _close_refusal(self, visit: Visit, mirror: EventMirror) -> None:
        if mirror.blocked_reason:
            concerns.close(Concern.Kind.CALENDAR_REFUSED, f"visit:{visit.pk}", shop_id=visit.shop_id, now=self.clock())

    def _next_generation(self, visit: Visit, mirror: EventMirror) -> EventMirror:
        """Retire an id that Google keeps for a deleted event, and start with the next."""
        with transaction.atomic():
            retired = EventMirror.objects.filter(pk=mirror.pk, retired=False, connection__push_lease=self.lease.name).update(
                retired=True, wanted=Wanted.ABSENT, confirmed=Confirmed.ABSENT, confirmed_at=self.clock(), moved_to=""
            )
            if not retired:
                raise LeaseLostError
            if mirror.confirmed == Confirmed.ABSENT and mirror.moved_to and visit.status == Visit.Status.ACTIVE:
                surprises.overtaken(visit, None, now=self.clock())  # asked, and the visit has changed before it was decided
            self.at = self._new(visit)
        return self.at

    def _new(self, visit: Visit) -> EventMirror:
        calendar_id = self.connection.calendar_id
        generation = EventMirror.free_generation(visit, calendar_id)
        return EventMirror.objects.create(
            shop_id=visit.shop_id,
            connection=self.connection,
            visit=visit,
            calendar_id=calendar_id,
            generation=generation,
            event_id=mapping.event_id(visit.public_id, calendar_id, generation),
            # Where it is put first: if the answer is lost, what somebody does to it before it is asked for is seen by this.
            pushed_starts_at=visit.starts_at,
            pushed_ends_at=visit.ends_at,
        )


def load(visit_id: int) -> Visit:
    """Read a visit with all that its event says. One statement, so that it is of one moment."""
    return Visit.objects.select_related(
        "shop", "technician", "booking__customer", "booking__property", "booking__service_type"
    ).get(pk=visit_id)


def _own(visit: Visit) -> mapping.Stretch:
    return mapping.Stretch(visit.starts_at, visit.ends_at)
