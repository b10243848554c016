"""A dispatcher marks a number as spam or a vendor's where its call or lead stands, and takes the mark away again."""

import pytest

from bookings.models import Lead
from bookings.services import leads
from telephony.models import Call, MarkedNumber
from tests.desk import shelf
from tests.desk.test_admin_scope import page
from tests.desk.test_admin_work import act

CALLER = "+12125550166"


@pytest.fixture
def lead(shop, now):
    return leads.keep(shop_id=shop.pk, origin="call:x", reason=Lead.Reason.ABANDONED, phone=CALLER, now=now)


@pytest.mark.parametrize(("action", "kind"), [("mark_spam", "spam"), ("mark_vendor", "vendor")])
def test_a_lead_s_number_is_marked_and_unmarked(desk, shop, lead, action, kind):
    assert "1 number marked" in act(desk, lead, action).content.decode()
    lead.refresh_from_db()
    assert (MarkedNumber.objects.get().kind, MarkedNumber.objects.get().phone, lead.status) == (kind, CALLER, "spam")
    assert lead.phone not in desk.get(page(Lead, "changelist"), {"status__exact": "open"}).content.decode()
    assert "1 number no longer marked" in act(desk, lead, "unmark").content.decode()
    lead.refresh_from_db()
    assert (MarkedNumber.objects.count(), lead.status) == (0, "open")


def test_a_call_s_number_is_marked(desk, shop, now):
    call = Call.objects.create(shop=shop, twilio_sid="CA1", from_number=CALLER, started_at=now, ended_at=now, stage="ended")
    withheld = Call.objects.create(shop=shop, twilio_sid="CA2", started_at=now, ended_at=now, stage="ended")
    assert "nothing can be marked" in act(desk, withheld, "mark_spam").content.decode()
    act(desk, call, "mark_spam")
    call.refresh_from_db()
    assert call.outcome == "spam"
    assert "Spam or vendor" in desk.get(page(Call, "changelist")).content.decode()


def test_the_list_of_marks_is_edited_by_hand(desk, shop, lead):
    form = {"phone": "(212) 555-0166", "kind": "vendor", "note": "Sells filters", "shop": shop.pk}
    desk.post(page(MarkedNumber, "add"), form)
    mark = MarkedNumber.objects.get()
    lead.refresh_from_db()
    assert (mark.phone, mark.note, lead.status) == (CALLER, "Sells filters", "spam")
    refused = desk.post(page(MarkedNumber, "add"), {**form, "phone": "nobody"}).content.decode()
    assert "This is no telephone number" in refused
    desk.post(page(MarkedNumber, "delete", mark.pk), {"post": "yes"})
    lead.refresh_from_db()
    assert (MarkedNumber.objects.count(), lead.status) == (0, "open")


def test_a_stranger_s_lead_is_not_marked(desk, other_shop, now):
    theirs = leads.keep(shop_id=other_shop.pk, origin="call:y", reason=Lead.Reason.ABANDONED, phone=CALLER, now=now)
    act(desk, theirs, "mark_spam")
    theirs.refresh_from_db()
    assert (MarkedNumber.objects.count(), theirs.status) == (0, "open")


def test_a_technician_marks_nothing(client, shop, lead):
    client.force_login(shelf.technician(shop))
    act(client, lead, "mark_spam")
    assert MarkedNumber.objects.count() == 0
