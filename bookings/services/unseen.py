"""Time of technicians whose calendars could not be seen: offered on the office's confirmation, where the shop wants that.

Only where nobody whose calendar was seen has what was asked for, so that the rows read already answer it.
"""

from collections.abc import Sequence

from bookings.engine.crews import Turn
from bookings.engine.day import Job, Taken
from bookings.engine.roster import Roster
from bookings.engine.slots import Search
from bookings.models import Booking, Concern, Visit
from bookings.services import concerns

UNKNOWN = "unknown"


def too(roster: Roster, look: Search) -> Search | None:
    """Return the same search over unseen time as well; None where the shop offers none of it, or all of it was seen."""
    if not roster.confirms_unseen or not look.taken.has(UNKNOWN):
        return None
    return Search(look.job, look.taken.without(UNKNOWN))


def among(job: Job, turns: Sequence[Turn], taken: Taken) -> tuple[int, ...]:
    """Return the technicians of these turns whose calendars are not known to be free then."""
    return tuple(
        dict.fromkeys(
            turn.worker
            for turn in turns
            if any(
                block.kind == UNKNOWN and block.start < turn.start + job.length and turn.start < block.end
                for block in taken.on(turn.worker, turn.on)
            )
        )
    )


def key(booking: Booking) -> str:
    return f"booking:{booking.pk}"


def ask(roster: Roster, booking: Booking, visits: Sequence[Visit], whose: Sequence[int]) -> None:
    """Have a person confirm a booking that was promised on that; ask anew about one that was moved to such a time.

    `whose` are the technicians that could not be seen. In the transaction that writes the booking.
    """
    about = next((visit for visit in visits if visit.technician_id in whose), None)
    since = booking.to_confirm_since
    if since is None or about is None:
        return
    names = " and ".join(worker.name for each in whose if (worker := roster.worker(each)) is not None)
    concern = Concern(
        shop_id=booking.shop_id, kind=Concern.Kind.TO_CONFIRM, key=key(booking), booking=booking, visit=about,
        technician_id=about.technician_id, created_at=since, origin=booking.origin,
        text=f"{booking.reference} was promised on your confirmation: the calendar of {names} could not be seen. Ask them and "
        "confirm it, move it or call the customer. Once the calendar is seen and free then, it is confirmed by itself.",
    )  # fmt: skip
    concerns.raise_or_renew(concern)
