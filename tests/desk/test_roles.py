"""What each role may do: owners set the shop up and see to its staff, dispatchers do the day's work, technicians neither."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import AnonymousUser, Group, Permission, User
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bookings import models
from bookings.models import StaffMember
from desk import roles
from desk.roles import Role
from tests.desk import shelf
from tests.desk.test_admin_scope import page
from tests.desk.test_staff import change


def first(shop):
    return models.Technician.objects.filter(shop=shop).order_by("pk")[0]


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


def fresh(user):
    return User.objects.get(pk=user.pk)


def test_every_model_of_the_back_office_stands_in_one_list():
    lists = (roles.WORK, roles.LOOK, roles.SETTINGS)
    every = [label for each in lists for label in each]
    assert len(every) == len(set(every))
    assert all(apps.get_model(label) for label in every)
    shown = {model._meta.label_lower for model in admin.site._registry}
    shown |= {inline.model._meta.label_lower for each in admin.site._registry.values() for inline in each.inlines}
    assert shown - set(every) == {"auth.user"}


def test_a_role_is_by_shop(shop, other_shop):
    user = shelf.dispatcher(shop)
    StaffMember.objects.create(user=user, shop=other_shop, role=Role.OWNER)
    assert (roles.of(user, shop), roles.of(user, other_shop)) == (Role.DISPATCHER, Role.OWNER)
    assert roles.may(user, "bookings.change_visit", shop_id=shop.pk)
    assert not roles.may(user, "bookings.change_shop", shop_id=shop.pk)
    assert roles.may(user, "bookings.change_shop", shop_id=other_shop.pk)
    assert roles.may(user, "bookings.change_shop")
    assert roles.shops_for(user, "bookings.view_shop") == [other_shop]


def test_a_superuser_is_the_owner_everywhere(shop, other_shop, admin_user):
    assert {roles.of(admin_user, each) for each in (shop, other_shop)} == {Role.OWNER}
    assert roles.may(admin_user, "auth.change_user")
    StaffMember.objects.create(user=admin_user, shop=other_shop)
    assert [place.shop for place in roles.places(fresh(admin_user))] == [other_shop, shop]


@pytest.mark.parametrize("fields", [{"is_staff": False}, {"is_active": False}])
def test_who_may_not_sign_in_has_no_role(shop, fields):
    user = shelf.owner(shop)
    User.objects.filter(pk=user.pk).update(**fields)
    assert roles.places(fresh(user)) == []
    assert not roles.at_desk(fresh(user))
    assert not fresh(user).has_perm("bookings.view_visit")
    assert roles.of(AnonymousUser(), shop) is None


def test_permissions_of_django_s_own_count_for_nothing(shop):
    user = shelf.dispatcher(shop)
    every = Permission.objects.filter(codename__in=["change_shop", "change_user"])
    user.user_permissions.set(every)
    group = Group.objects.create(name="all")
    group.permissions.set(every)
    user.groups.add(group)
    for what in ("bookings.change_shop", "auth.change_user", "sessions.view_session"):
        assert not fresh(user).has_perm(what)
    assert fresh(user).get_all_permissions() == set()


def test_a_technician_of_another_shop_is_refused_by_the_database(shop, other_shop):
    def tie():
        shelf.technician(shop, first(other_shop))
        connection.check_constraints()

    with pytest.raises(IntegrityError, match="staff_technician_of_shop"), transaction.atomic():
        tie()


def test_a_technician_s_account_names_its_technician(shop):
    with pytest.raises(IntegrityError), transaction.atomic():
        shelf.member(shop, username="nobody", role="technician")


def test_who_left_as_a_technician_has_no_way_in(shop):
    technician = first(shop)
    user = shelf.technician(shop, technician)
    assert roles.of(user, shop) == Role.TECHNICIAN
    models.Technician.objects.filter(pk=technician.pk).update(active=False)
    assert roles.places(fresh(user)) == []


def test_a_technician_is_refused_at_the_desk(shop, now):
    row = shelf.fill(shop, now)[models.Visit]
    client = signed_in(shelf.technician(shop))
    for url in ("/admin/", "/board/", "/board/changes", page(models.Visit, "changelist"), page(models.Visit, "change", row.pk)):
        assert client.get(url).status_code == 403, url


def test_htmx_has_the_whole_page_sent_to_sign_in(client, shop):
    answer = client.get("/board/", headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/board/?day=2026-11-24"})
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (401, "/admin/login/?next=/board/%3Fday%3D2026-11-24")


def test_a_role_costs_one_statement_a_request(shop):
    user = shelf.dispatcher(shop)
    with CaptureQueriesContext(connection) as queries:
        roles.places(user)
        roles.of(user, shop)
        roles.may(user, "bookings.change_visit")
        assert user.has_perm("bookings.change_visit", shop)
    assert len(queries) == 1


# --- The owner and the staff ---------------------------------------------------------------------------------------------------


def delete_by_list(client, member):
    chosen = {"action": "delete_selected", "_selected_action": [member.pk], "post": "yes"}
    return client.post(page(StaffMember, "changelist"), chosen)


def test_an_owner_gives_roles_in_their_shop(office, shop):
    member = shelf.dispatcher(shop).memberships.get()
    assert change(office, member, role="owner").status_code == 302
    member.refresh_from_db()
    assert member.role == Role.OWNER
    answer = change(office, member, role="technician")
    assert "Say which of the technicians this is." in answer.content.decode()
    technician = first(shop)
    assert change(office, member, role="technician", technician=technician.pk).status_code == 302
    member.refresh_from_db()
    assert (member.role, member.technician) == (Role.TECHNICIAN, technician)


def test_an_owner_ties_nobody_to_another_shop_s_technician(office, shop, other_shop):
    member = shelf.dispatcher(shop).memberships.get()
    theirs = first(other_shop)
    assert change(office, member, role="technician", technician=theirs.pk).status_code == 200
    member.refresh_from_db()
    assert (member.role, member.technician) == (Role.DISPATCHER, None)


def test_an_owner_does_not_touch_another_shop_s_staff_nor_superusers(office, shop, other_shop, admin_user):
    theirs = shelf.dispatcher(other_shop).memberships.get()
    above = StaffMember.objects.create(user=admin_user, shop=shop, role=Role.OWNER)
    listed = office.get(page(StaffMember, "changelist")).content.decode()
    for member in (theirs, above):
        assert page(StaffMember, "change", member.pk) not in listed
        assert change(office, member, role="technician").status_code in (302, 404)
        assert office.post(page(StaffMember, "delete", member.pk), {"post": "yes"}).status_code in (302, 404)
        delete_by_list(office, member)
    assert {each.role for each in StaffMember.objects.filter(pk__in=[theirs.pk, above.pk])} == {Role.DISPATCHER, Role.OWNER}


def test_an_owner_keeps_their_own_role(office, shop):
    mine = StaffMember.objects.get(user__username="olive")
    assert change(office, mine, role="dispatcher").status_code == 403
    assert office.post(page(StaffMember, "delete", mine.pk), {"post": "yes"}).status_code == 403
    delete_by_list(office, mine)
    mine.refresh_from_db()
    assert mine.role == Role.OWNER


def test_the_sidebar_names_what_one_may_open(desk, shop):
    office = signed_in(shelf.owner(shop))

    def links(client):
        groups = client.get(page(models.Booking, "changelist")).context["sidebar_navigation"]
        return [str(item["link"]) for group in groups for item in group["items"] if item["has_permission"]]

    assert page(models.Shop, "changelist") in links(office)
    assert page(User, "changelist") not in links(office)
    assert page(models.Shop, "changelist") not in links(desk)
    for client in (desk, office):
        for link in links(client):
            assert client.get(link).status_code == 200, link
