"""The texts that confirm a booking, or correct what was said of it: their words, when it is due, and when it is no longer true.

Only queues; telephony sends.
"""

import unicodedata
from datetime import UTC, datetime, timedelta
from hashlib import blake2b

from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext as _

from bookings import speech
from bookings.engine.roster import Roster
from bookings.models import Booking, OutgoingMessage
from bookings.services import customers, messages
from bookings.speech import english

# The letters a text segment of 160 can hold. One letter outside of them makes segments of 70 of the whole text.
_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
# Single and double curly quotes, dashes, the ellipsis, unbreakable spaces.
_PLAIN = str.maketrans(
    {
        "\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u2013": "-", "\u2014": "-", "\u2026": "...",
        "\u00a0": " ", "\u202f": " ",
    }
)  # fmt: skip
_REASON = "confirm:"
CORRECTS = "correct:"
_REQUESTED = "requested:"  # what the office has to confirm yet


def queue_confirmation(
    booking: Booking, roster: Roster, now: datetime, *, moved: bool = False, wait: timedelta = timedelta(0)
) -> None:
    """Queue the confirmation of the booking's present time, inside the caller's transaction; for one that the office has to
    confirm yet, the text that says so.

    Nothing is queued when the shop sends none or the number cannot receive one. `moved` allows for a booking that returns
    to a time it was confirmed for before. `wait`: until then whoever booked may still think better of it.
    """
    number = customers.caller_number(booking.customer.phone) if booking.customer else ""
    if not roster.confirm_by_text or not number:
        return
    reason = _reason(booking)
    if moved:
        about_time = Q(reason__startswith=_REASON) | Q(reason__startswith=_REQUESTED)
        earlier = list(
            OutgoingMessage.objects.filter(about_time, booking=booking).order_by("pk").values_list("reason", flat=True)
        )
        if reason in earlier and not earlier[-1].startswith(reason):
            reason = f"{reason}:{len(earlier)}"
    words = body(booking, roster)
    messages.queue(shop_id=booking.shop_id, reason=reason, to=number, body=words, now=now, booking=booking, wait=wait)


def queue_in_own_language(booking: Booking, roster: Roster, now: datetime) -> None:
    """Queue what tells a customer of a promise that others changed, or of a cancelled one, in the language they speak."""
    with translation.override(booking.language):
        if booking.status == Booking.Status.CANCELLED:
            queue_cancellation(booking, roster, now)
        else:
            queue_confirmation(booking, roster, now, moved=True)


def queue_cancellation(booking: Booking, roster: Roster, now: datetime) -> None:
    """Queue the text that says that a booking is cancelled, once, under the same conditions as a confirmation."""
    number = customers.caller_number(booking.customer.phone) if booking.customer else ""
    if not roster.confirm_by_text or not number:
        return
    starts = booking.promised_from.astimezone(roster.zone)
    words = gsm(
        _("{shop}: your {service} on {day} is cancelled. Reference {reference}. Reply STOP to opt out.").format(
            shop=roster.name,
            service=speech.service(roster.service(booking.service_type_id)),
            day=speech.day(starts.date()),
            reference=booking.reference,
        )
    )
    reason = f"cancelled:{booking.public_id}"
    messages.queue(shop_id=booking.shop_id, reason=reason, to=number, body=words, now=now, booking=booking)


def queue_correction(booking: Booking, roster: Roster, now: datetime, *, unless_confirmed: bool = False) -> bool:
    """Queue the text that says what stands, after a call in which something else was said; say whether there is one to be sent.

    One a booking and time, however much was wrong. None for a booking that is over, or cancelled, or whose number cannot
    receive one. `unless_confirmed`: not where a confirmation of that time says the same.
    """
    number = customers.caller_number(booking.customer.phone) if booking.customer else ""
    if not number or booking.status != Booking.Status.BOOKED or booking.promised_from <= now:
        return False
    reason = _reason(booking)
    confirmed = OutgoingMessage.objects.filter(booking=booking, reason__startswith=reason)
    if unless_confirmed and confirmed.exclude(status=OutgoingMessage.Status.FAILED).exists():
        return False
    starts, ends = (moment.astimezone(roster.zone) for moment in (booking.promised_from, booking.promised_to))
    words = gsm(
        _corrected(booking).format(
            shop=roster.name,
            service=speech.service(roster.service(booking.service_type_id)),
            day=speech.day(starts.date()),
            arrival=". ".join([speech.written(starts, ends), *_fees(booking)]),
            reference=booking.reference,
        )
    )
    reason = _reason(booking, CORRECTS)
    messages.queue(shop_id=booking.shop_id, reason=reason, to=number, body=words, now=now, booking=booking)
    return True


def is_stale(message: OutgoingMessage, *, now: datetime) -> bool:
    """Say whether a confirmation or correction that waits to be sent is no longer true: moved, cancelled, confirmed or past."""
    booking = message.booking
    kind = next((each for each in (_REASON, _REQUESTED, CORRECTS) if message.reason.startswith(each)), "")
    if booking is None or not kind:
        return False
    newest = OutgoingMessage.objects.filter(booking=booking, reason__startswith=kind).order_by("-pk").values_list("pk", flat=True)
    return (
        booking.customer is None
        or not message.reason.startswith(_reason(booking, kind if kind == CORRECTS else ""))
        or message.pk != newest[0]
        or message.to != booking.customer.phone
        or booking.status not in (Booking.Status.HELD, Booking.Status.BOOKED)
        or booking.promised_to <= now
    )


def body(booking: Booking, roster: Roster) -> str:
    """Return the confirmation's words, in the shop's time and the caller's language."""
    starts, ends = (moment.astimezone(roster.zone) for moment in (booking.promised_from, booking.promised_to))
    if booking.to_confirm_since is None:
        said = _("{shop}: your {service} is booked for {day}, arrival {arrival}. Reference {reference}. Reply STOP to opt out.")
    else:
        said = _(
            "{shop}: we noted your {service} for {day}, arrival {arrival}. It is not confirmed yet; our office will confirm it. "
            "Reference {reference}. Reply STOP to opt out."
        )
    return gsm(
        said.format(
            shop=roster.name,
            service=speech.service(roster.service(booking.service_type_id)),
            day=speech.day(starts.date()),
            arrival=". ".join([speech.written(starts, ends), *_fees(booking)]),
            reference=booking.reference,
        )
    )


def _corrected(booking: Booking) -> str:
    if booking.to_confirm_since is None:
        return _(
            "{shop}: a correction to what we said on the phone. Your {service} is booked for {day}, arrival {arrival}. "
            "Reference {reference}. Please call us if that does not suit you. Reply STOP to opt out."
        )
    return _(
        "{shop}: a correction to what we said on the phone. We noted your {service} for {day}, arrival {arrival}; our office "
        "will confirm it. Reference {reference}. Please call us if that does not suit you. Reply STOP to opt out."
    )


def _fees(booking: Booking) -> list[str]:
    visit, trip = (english.dollars(round(each * 100)) if each else "" for each in (booking.visit_fee, booking.trip_fee))
    said = [_("Visit fee {amount}").format(amount=visit)] if visit else []
    return [*said, _("Trip fee {amount}").format(amount=trip)] if trip else said


def gsm(text: str) -> str:
    """Return the text in letters a plain segment can hold; others lose their accents, or are left out."""
    kept: list[str] = []
    for letter in text.translate(_PLAIN):
        plain = letter if letter in _GSM else unicodedata.normalize("NFKD", letter)
        kept.extend(each for each in plain if each in _GSM)
    return "".join(kept)


def _reason(booking: Booking, kind: str = "") -> str:
    """Name the text by the instant and the number, which may be corrected; it is the confirmation unless another kind is named.

    The instant is named in UTC: a fresh booking holds it in the shop's zone, a stored one does not.
    """
    assert booking.customer is not None  # nobody is written to about a mere hold
    number = blake2b(booking.customer.phone.encode(), digest_size=4).hexdigest()
    kind = kind or (_REASON if booking.to_confirm_since is None else _REQUESTED)
    return f"{kind}{booking.public_id}:{booking.promised_from.astimezone(UTC):%Y%m%dT%H%MZ}:{number}"
