"""The owner's staff: accounts made and ended, and those that are not the owner's to touch."""

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bookings.models import StaffMember, Technician
from desk import tasks
from desk.account import twostep
from tests.desk import shelf
from tests.desk.test_admin_scope import page
from tests.desk.test_passwords import link_in
from tests.desk.test_sign_in import code_at

ADD = "/admin/bookings/staffmember/add/"
NEW = {"first_name": "Nia", "last_name": "New", "email": "Nia@Example.com", "role": "dispatcher", "technician": ""}


def add(client, shop, **fields):
    return client.post(ADD, {**NEW, "shop": shop.pk, **fields})


def change(client, member, **fields):
    user = member.user
    now = {name: getattr(user, name) for name in ("first_name", "last_name", "email")}
    sent = {**now, "may_sign_in": "on", "role": member.role, "technician": member.technician_id or "", **fields}
    return client.post(page(StaffMember, "change", member.pk), {name: value for name, value in sent.items() if value is not None})


def act(client, action, *members):
    chosen = {"action": action, "_selected_action": [each.pk for each in members]}
    return client.post(page(StaffMember, "changelist"), chosen, follow=True)


def test_a_new_account_chooses_its_own_password(office, shop):
    assert add(office, shop).status_code == 302
    member = StaffMember.objects.get(user__username="nia@example.com")
    assert (member.shop, member.role, member.user.is_staff, member.user.is_superuser) == (shop, "dispatcher", True, False)
    assert not member.user.has_usable_password()
    tasks.mail_password(member.user.pk)
    (sent,) = mail.outbox
    assert "there is an account for you" in sent.body
    client = Client()
    form = client.get(link_in(sent), follow=True)
    client.post(form.redirect_chain[-1][0], {"new_password1": "a long new password", "new_password2": "a long new password"})
    client.post("/admin/login/", {"username": "nia@example.com", "password": "a long new password"})
    assert client.get("/board/").status_code == 200


def test_a_technician_s_account_is_tied_to_the_technician(office, shop):
    technician = Technician.objects.filter(shop=shop).order_by("pk")[0]
    assert "Say which of the technicians this is." in add(office, shop, role="technician").content.decode()
    assert not User.objects.filter(email="nia@example.com").exists()
    assert add(office, shop, role="technician", technician=technician.pk).status_code == 302
    assert StaffMember.objects.get(technician=technician).role == "technician"


def test_nobody_is_added_to_another_shop(office, other_shop):
    answer = add(office, other_shop)
    assert answer.status_code == 200
    assert not User.objects.filter(email="nia@example.com").exists()


@pytest.mark.parametrize("which", ["another shop's", "a superuser's"])
def test_an_account_of_others_is_not_taken_over_by_its_address(office, shop, other_shop, which):
    user = shelf.dispatcher(other_shop) if which == "another shop's" else User.objects.create_superuser("root", password="x")
    User.objects.filter(pk=user.pk).update(email="nia@example.com")
    before = User.objects.filter(pk=user.pk).values().get()
    assert "has an account already" in add(office, shop).content.decode()
    assert User.objects.filter(pk=user.pk).values().get() == before
    assert not StaffMember.objects.filter(user=user, shop=shop).exists()


def test_who_left_comes_back_with_the_same_account(office, shop):
    add(office, shop)
    member = StaffMember.objects.get(user__username="nia@example.com")
    office.post(page(StaffMember, "delete", member.pk), {"post": "yes"})
    assert not StaffMember.objects.filter(pk=member.pk).exists()
    assert add(office, shop).status_code == 302
    assert StaffMember.objects.get(user=member.user).shop == shop


def test_an_owner_sees_to_the_accounts_of_their_shop(office, shop):
    member = shelf.dispatcher(shop).memberships.get()
    assert change(office, member, first_name="Dee", email="dee@example.com").status_code == 302
    assert change(office, member, first_name="Dee", email="dee@example.com", may_sign_in=None).status_code == 302
    user = User.objects.get(pk=member.user_id)
    assert (user.first_name, user.email, user.is_active, user.username) == ("Dee", "dee@example.com", False, "dee")


def test_of_an_account_that_works_elsewhere_too_only_the_role_is_theirs(office, shop, other_shop):
    member = shelf.dispatcher(shop, other_shop).memberships.get(shop=shop)
    before = User.objects.filter(pk=member.user_id).values().get()
    text = office.get(page(StaffMember, "change", member.pk)).content.decode()
    assert 'name="email"' not in text
    assert change(office, member, first_name="Eve", email="eve@example.com", may_sign_in=None, role="owner").status_code == 302
    assert User.objects.filter(pk=member.user_id).values().get() == before
    assert StaffMember.objects.get(pk=member.pk).role == "owner"
    assert StaffMember.objects.get(user=member.user_id, shop=other_shop).role == "dispatcher"


def test_an_address_is_not_given_to_two(office, shop):
    dee, don = (shelf.dispatcher(shop, username=name).memberships.get() for name in ("dee", "don"))
    change(office, dee, first_name="Dee", email="dee@example.com")
    assert "has an account already" in change(office, don, first_name="Don", email="DEE@example.com").content.decode()


def test_lost_phones_are_helped_where_the_account_is_theirs(office, shop, other_shop, now):
    mine = shelf.dispatcher(shop).memberships.get()
    shared = shelf.dispatcher(shop, other_shop, username="don").memberships.get(shop=shop)
    for member in (mine, shared):
        twostep.begin(member.user, now=now)
        assert twostep.confirm(member.user, code_at(twostep.begun(member.user), now), now=now)
    text = act(office, "second_step_off", mine, shared).content.decode()
    assert "1 left alone: they work for somebody else, too." in text
    assert (twostep.is_on(mine.user), twostep.is_on(shared.user)) == (False, True)


def test_without_mail_the_owner_hands_over_the_link(office, shop, settings):
    settings.SENDS_MAIL = False
    text = office.post(ADD, {**NEW, "shop": shop.pk}, follow=True).content.decode()
    assert "This server sends no mail." in text
    assert "/account/choose/" in text


def test_a_dispatcher_sees_no_staff(desk, shop):
    member = StaffMember.objects.get(user__username="dee")
    assert desk.get(ADD).status_code == 403
    assert add(desk, shop).status_code == 403
    assert desk.get(page(StaffMember, "changelist")).status_code == 403
    assert change(desk, member, role="owner").status_code == 403
    assert StaffMember.objects.get(pk=member.pk).role == "dispatcher"


def test_the_list_costs_the_same_for_one_and_for_three(office, shop):
    def counted():
        with CaptureQueriesContext(connection) as queries:
            assert office.get(page(StaffMember, "changelist")).status_code == 200
        return len(queries)

    shelf.dispatcher(shop)
    counted()
    before = counted()
    for name in ("don", "dan"):
        shelf.dispatcher(shop, username=name)
    assert counted() == before
