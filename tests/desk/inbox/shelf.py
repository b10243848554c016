"""What may wait, one of each, as the product's own services leave it."""

from datetime import date, time, timedelta

from bookings import models
from bookings.services import concerns, leads, messages
from tests.desk import shelf

Kind = models.Concern.Kind
PHONE = "+12125550209"


def lead(shop, now, *, origin="call:lead", reason=models.Lead.Reason.NO_TIME, **more):
    more = {"phone": PHONE, "wanted": "No heat since last night", **more}
    return leads.keep(shop_id=shop.pk, origin=origin, reason=reason, now=now, **more)


def concern(shop, now, kind, key="k", text="Somebody has to look at this.", **more):
    concerns.raise_once(kind, key, text, shop_id=shop.pk, now=now, **more)
    return models.Concern.objects.get(shop=shop, kind=kind, key=key, status="open")


def late(shop, now, *, ends, origin="seed:late", name="Lou Late"):
    """A visit whose promised window ends so long from now; planned before, as the search offers nothing that is over."""
    booking = shelf.book(shop, now, on=date(2026, 11, 25), at=time(9), origin=origin, name=name)
    visit = booking.visits.get()
    shift = now + ends - booking.promised_to
    blocked = type(visit.blocked)(visit.blocked.lower + shift, visit.blocked.upper + shift, "[)")
    models.Visit.objects.filter(pk=visit.pk).update(
        starts_at=visit.starts_at + shift, ends_at=visit.ends_at + shift, blocked=blocked
    )
    models.Booking.objects.filter(pk=booking.pk).update(
        promised_from=booking.promised_from + shift, promised_to=booking.promised_to + shift
    )
    booking.refresh_from_db()
    return booking


def late_key(booking):
    return f"{booking.pk}-{int(booking.promised_to.timestamp())}"


def failed_text(shop, now, **more):
    reason = more.pop("reason", "confirm:1")
    messages.queue(shop_id=shop.pk, reason=reason, to=PHONE, body="Your repair is booked.", now=now, **more)
    models.OutgoingMessage.objects.filter(reason=reason).update(status="failed", error_code="30003")
    text = models.OutgoingMessage.objects.get(reason=reason)
    told = "A text to the customer was not delivered."
    return text, concern(shop, now, Kind.MESSAGE_FAILED, f"message:{text.pk}", told, **more)


def press(client, kind, key, step, **fields):
    return client.post(f"/inbox/{kind}/{key}/", {"step": step, **fields}, headers={"X-Fragment": "1"})


def shown(client, **query):
    answer = client.get("/inbox/", query)
    assert answer.status_code == 200
    return answer


def ids(answer):
    return [each.item.id for band in answer.context["inbox"].bands for each in band.shown]


HOUR = timedelta(hours=1)
