"""A person moves a visit: checked, moved, refused, overruled, overtaken, taken back."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse

from bookings.models import Booking, Skill, Technician, TimeOff, Visit
from bookings.services import appointments
from tests.desk import shelf
from tests.desk.test_admin_scope import page

DAY = date(2026, 11, 25)
NEW_YORK = ZoneInfo("America/New_York")
OVERBOOK = 'name="overbook"'
DESPITE = 'name="despite"'


def at(hour, minute=0, on=DAY):
    return datetime(on.year, on.month, on.day, hour, minute, tzinfo=NEW_YORK)


@pytest.fixture
def visit(shop, now):
    return shelf.book(shop, now, on=DAY, at=time(9)).visits.get()


@pytest.fixture
def other(shop, visit):
    return Technician.objects.filter(shop=shop).exclude(pk=visit.technician_id).first()


def url(visit):
    return reverse("admin:bookings_visit_move", args=[visit.pk])


def key(technician, on, at_time, rules):
    return f"{technician.pk} {on:%Y-%m-%d} {at_time:%H:%M} {rules}"


def post(client, visit, technician, hour, *, on=DAY, do="move", version=1, follow=True, **more):
    wanted = {"technician": technician.pk, "on": on.isoformat(), "at": f"{hour:02d}:00", "version": version, do: "", **more}
    return client.post(url(visit), wanted, follow=follow)


def stands(visit):
    """Return all that a move may change."""
    row = Visit.objects.select_related("booking").get(pk=visit.pk)
    booking = row.booking
    return (
        row.technician_id, row.starts_at, row.ends_at, row.version, row.pinned, row.overbooked, booking.promised_from,
        booking.changes.count(),
    )  # fmt: skip


def test_both_pages_lead_there(desk, visit):
    assert url(visit) in desk.get(page(Visit, "change", visit.pk)).content.decode()
    assert url(visit) in desk.get(page(Booking, "change", visit.booking_id)).content.decode()


def test_the_form_shows_where_the_visit_stands(desk, shop, visit, other_shop):
    answer = desk.get(url(visit))
    text = answer.content.decode()
    assert "Wed 25 Nov, 9\u201311 am" in text
    assert (DESPITE in text, OVERBOOK in text) == (False, False)
    choices = set(answer.context["form"].fields["technician"].queryset)
    assert choices == set(Technician.objects.filter(shop=shop))


def test_a_visit_moves_and_is_pinned(desk, visit, other):
    answer = post(desk, visit, other, 14)
    assert stands(visit) == (other.pk, at(14), at(16), 2, True, False, at(14), 2)
    text = answer.content.decode()
    assert f"moved to {other.name}, Wed 25 Nov, 2 pm" in text
    assert "The promise is now Wed 25 Nov, 2\u20134 pm: tell the customer." in text
    assert "Undo" in text
    assert f"Was Wed 25 Nov, 9 am with {visit.technician.name}. Now with {other.name}." in text
    assert visit.booking.changes.get(kind="moved").by == "desk:dee"


def test_undo_moves_it_back(desk, visit, other):
    first = visit.technician
    post(desk, visit, other, 14)
    post(desk, visit, first, 9, version=2)
    assert stands(visit)[:7] == (first.pk, at(9), at(11), 3, True, False, at(9))


def test_the_undo_button_is_a_form_that_knows_where_it_was(visit, shop, other):
    client = Client(enforce_csrf_checks=True)
    client.force_login(shelf.dispatcher(shop))
    token = client.get(url(visit)).context["csrf_token"]
    answer = post(client, visit, other, 14, csrfmiddlewaretoken=str(token))
    message = str(next(iter(answer.context["messages"])))
    sent = dict(
        part.split('" value="') for part in message.replace('"><', '">\n<').split('name="')[1:] for part in [part.split('">')[0]]
    )
    assert {name: sent[name] for name in ("technician", "on", "at", "version")} == {
        "technician": str(visit.technician_id), "on": "2026-11-25", "at": "09:00", "version": "2",
    }  # fmt: skip
    client.post(url(visit), sent)
    assert stands(visit)[:2] == (visit.technician_id, at(9))
    booking = Booking.objects.get(pk=visit.booking_id)
    assert (booking.promised_from, booking.promised_to) == (visit.booking.promised_from, visit.booking.promised_to)


def test_check_says_what_speaks_against_it_and_changes_nothing(desk, shop, visit, other):
    before = stands(visit)
    assert "Nothing speaks against it." in post(desk, visit, other, 14, do="check").content.decode()
    TimeOff.objects.create(shop=shop, technician=other, starts_at=at(13), ends_at=at(17))
    text = post(desk, visit, other, 14, do="check").content.decode()
    assert "Time off from" in text
    assert (DESPITE in text, OVERBOOK in text) == (True, False)
    assert stands(visit) == before


def test_a_rule_refuses_until_it_is_overruled(desk, shop, visit, other):
    TimeOff.objects.create(shop=shop, technician=other, starts_at=at(13), ends_at=at(17))
    before = stands(visit)
    text = post(desk, visit, other, 14).content.decode()
    assert "Nothing was moved yet" in text
    assert "Time off from" in text
    assert (DESPITE in text, OVERBOOK in text) == (True, False)
    assert stands(visit) == before
    answer = post(desk, visit, other, 14, despite="on", told=key(other, DAY, time(14), "off"))
    assert stands(visit) == (other.pk, at(14), at(16), 2, True, False, at(14), 2)
    assert "Overruled: time off." in answer.content.decode()


@pytest.mark.parametrize(("hour", "rule"), [(10, "off"), (14, "busy")], ids=["at another place", "another rule"])
def test_what_was_not_shown_is_not_overruled(desk, shop, visit, other, hour, rule):
    TimeOff.objects.create(shop=shop, technician=other, starts_at=at(13), ends_at=at(17))
    before = stands(visit)
    answer = post(desk, visit, other, 14, despite="on", told=key(other, DAY, time(hour), rule))
    text = answer.content.decode()
    assert "Nothing was moved yet" in text
    assert "Time off from" in text
    assert not answer.context["form"]["despite"].value()
    assert stands(visit) == before


def test_an_overlap_is_refused_until_it_is_marked(desk, shop, visit, other, now):
    taken = shelf.book(shop, now, on=DAY, at=time(14), origin="seed:2", name="Ann Other").visits.get()
    before = stands(visit)
    text = post(desk, visit, taken.technician, 14).content.decode()
    assert "Another visit from" in text
    assert (DESPITE in text, OVERBOOK in text) == (False, True)
    assert stands(visit) == before
    told = key(taken.technician, DAY, time(14), "visit")
    post(desk, visit, taken.technician, 14, despite="on", told=told)
    assert stands(visit) == before
    answer = post(desk, visit, taken.technician, 14, overbook="on", told=told)
    assert stands(visit) == (taken.technician_id, at(14), at(16), 2, True, True, at(14), 2)
    assert "Overbooked: two visits at once." in answer.content.decode()


def test_an_overlap_behind_another_rule_is_told_with_it(desk, shop, visit, now):
    taken = shelf.book(shop, now, on=DAY, at=time(14), origin="seed:2", name="Ann Other").visits.get()
    service = visit.booking.service_type
    service.skill = Skill.objects.create(shop=shop, name="Gas fitting")
    service.save()
    before, told = stands(visit), key(taken.technician, DAY, time(14), "skill,visit")
    text = post(desk, visit, taken.technician, 14).content.decode()
    assert "Lacks the skill Gas fitting" in text
    assert "Another visit from" in text
    assert (DESPITE in text, OVERBOOK in text) == (True, True)
    post(desk, visit, taken.technician, 14, overbook="on", told=told)
    assert stands(visit) == before
    post(desk, visit, taken.technician, 14, overbook="on", despite="on", told=told)
    assert stands(visit)[:6] == (taken.technician_id, at(14), at(16), 2, True, True)


@pytest.mark.parametrize("do", ["move", "check"])
def test_who_works_on_an_old_picture_is_shown_what_changed(desk, visit, other, do):
    third = Technician.objects.filter(shop=visit.shop).exclude(pk__in=[visit.technician_id, other.pk]).get()
    post(desk, visit, other, 14)
    before = stands(visit)
    answer = post(desk, visit, third, 16, do=do)
    text = answer.content.decode()
    assert f"Somebody changed the visit of {visit.booking.reference} meanwhile." in text
    assert f"Tue 24 Nov, 9 am: Moved by dee. Was Wed 25 Nov, 9 am with {visit.technician.name}. Now with {other.name}." in text
    form = answer.context["form"]
    assert (form["technician"].value(), form["at"].value(), form["version"].value()) == (other.pk, time(14), 2)
    assert stands(visit) == before


@pytest.mark.parametrize("do", ["move", "check"])
def test_nothing_moves_into_the_past(desk, visit, other, do):
    before = stands(visit)
    text = post(desk, visit, other, 8, on=date(2026, 11, 24), do=do).content.decode()
    assert "Tue 24 Nov, 8 am is over: choose a time from now on." in text
    assert stands(visit) == before


def test_a_cancelled_booking_s_visit_stays(desk, visit, other, now):
    form = desk.get(url(visit)).context["form"]
    appointments.cancel(visit.booking_id, by="desk:eve", reason="", now=now)
    before = stands(visit)
    text = post(desk, visit, other, 14, version=form["version"].value()).content.decode()
    assert "Somebody changed the visit" in text
    assert stands(visit) == before
    text = post(desk, visit, other, 14, version=2).content.decode()
    assert "Nothing was moved" in text
    assert "is cancelled: its visit stays as it is." in text
    assert stands(visit) == before
    assert desk.get(url(visit))["Location"] == page(Booking, "change", visit.booking_id)
    assert url(visit) not in desk.get(page(Visit, "change", visit.pk)).content.decode()


def test_an_inactive_technician_and_another_shop_s_are_no_choice(desk, visit, other, other_shop):
    before = stands(visit)
    Technician.objects.filter(pk=other.pk).update(active=False)
    for technician in (other, Technician.objects.filter(shop=other_shop).first()):
        answer = post(desk, visit, technician, 14)
        assert list(answer.context["form"].errors) == ["technician"]
    assert stands(visit) == before


def test_a_visit_of_a_service_that_is_turned_off_is_moved_like_any_other(desk, visit, other):
    service = visit.booking.service_type
    service.active = False
    service.save()
    post(desk, visit, other, 14)
    assert stands(visit)[:2] == (other.pk, at(14))


def test_a_stranger_finds_no_such_page_and_a_technician_is_refused(client, shop, other_shop, visit, other):
    before = stands(visit)
    client.force_login(shelf.dispatcher(other_shop, username="stranger"))
    assert client.get(url(visit)).status_code == 404
    assert post(client, visit, other, 14).status_code == 404
    client.force_login(shelf.technician(shop))
    assert client.get(url(visit)).status_code == 403
    assert post(client, visit, other, 14).status_code == 403
    assert stands(visit) == before
