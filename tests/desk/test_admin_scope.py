"""Staff see the rows of their own shop, in every list, form, filter and action; nobody edits what services own."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bookings import models
from calendars.models import CalendarConnection, EventMirror
from desk import roles
from desk.admin.base import LookOnlyAdmin
from telephony.models import Call, ToolInvocation
from tests.desk import shelf

REGISTERED = [model for model in admin.site._registry if model is not User]
SETTINGS = [model for model in REGISTERED if model._meta.label_lower in roles.SETTINGS]
SHARED = [model for model in REGISTERED if model not in SETTINGS]
# Rows with a page of their own, to which the admin's leads.
OWN_PAGES = {
    Call: lambda row: [reverse("call", args=[row.pk])],
    models.Customer: lambda row: [reverse("customer", args=[row.pk])],
}


def page(model, what, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{what}", args=args)


@pytest.fixture
def office_of():
    def signed_in(shop):
        client = Client()
        client.force_login(shelf.owner(shop))
        return client

    return signed_in


@pytest.fixture
def rows(shop, other_shop, now):
    return shelf.fill(shop, now), shelf.fill(other_shop, now)


def test_every_model_of_the_brief_is_registered(rows):
    mine, _ = rows
    assert set(REGISTERED) == set(mine)


def test_a_stranger_s_row_is_not_listed_nor_opened(desk, office_of, shop, rows):
    office, (mine, theirs) = office_of(shop), rows
    for model in REGISTERED:
        client = office if model in SETTINGS else desk
        listed = client.get(page(model, "changelist"))
        assert listed.status_code == 200, model
        text = listed.content.decode()
        assert page(model, "change", mine[model].pk) in text
        assert page(model, "change", theirs[model].pk) not in text
        opened = client.get(page(model, "change", mine[model].pk), follow=True)
        assert opened.status_code == 200, model
        assert opened.redirect_chain == [(url, 302) for url in OWN_PAGES.get(model, lambda row: [])(mine[model])]
        assert "(&#x27;" not in opened.content.decode(), model  # a label's pair, which only lists know how to draw
        assert client.get(page(model, "change", theirs[model].pk)).status_code in (302, 404), model


@pytest.mark.parametrize("model", [*SETTINGS, User], ids=lambda model: model.__name__)
def test_settings_are_not_the_dispatcher_s(desk, rows, model):
    mine, _ = rows
    assert desk.get(page(model, "changelist")).status_code == 403
    assert desk.get(page(model, "add")).status_code == 403
    row = mine.get(model) or User.objects.earliest("pk")
    assert desk.get(page(model, "change", row.pk)).status_code in (302, 403)
    assert desk.post(page(model, "delete", row.pk), {"post": "yes"}).status_code in (302, 403)
    assert model.objects.filter(pk=row.pk).exists()


def test_a_superuser_opens_every_page(admin_client, rows):
    _, theirs = rows
    for model in REGISTERED:
        assert admin_client.get(page(model, "changelist")).status_code == 200, model
        assert admin_client.get(page(model, "change", theirs[model].pk), follow=True).status_code == 200, model


def test_a_list_costs_the_same_for_one_row_and_for_three(office, shop, now):
    def costs():
        found = {}
        for model in REGISTERED:
            with CaptureQueriesContext(connection) as asked:
                office.get(page(model, "changelist"))
            found[model] = len(asked)
        return found

    shelf.fill(shop, now)
    costs()
    one = costs()
    for n in (1, 2):
        shelf.fill(shop, now, n)
    assert costs() == one
    assert max(one.values()) <= 16


@pytest.mark.parametrize(
    "model",
    [
        models.Booking,
        models.Visit,
        Call,
        ToolInvocation,
        EventMirror,
        CalendarConnection,
        models.BusyBlock,
        models.OutgoingMessage,
    ],
    ids=lambda model: model.__name__,
)
def test_what_services_own_is_not_added_changed_or_deleted_even_by_an_owner(admin_client, rows, model):
    mine, _ = rows
    row = mine[model]
    assert isinstance(admin.site._registry[model], LookOnlyAdmin)
    assert admin_client.get(page(model, "add")).status_code == 403
    assert admin_client.post(page(model, "change", row.pk), {}).status_code == 403
    assert admin_client.post(page(model, "delete", row.pk), {"post": "yes"}).status_code == 403
    assert model.objects.filter(pk=row.pk).exists()


def test_tokens_never_reach_a_page(admin_client, rows):
    mine, _ = rows
    connection = mine[CalendarConnection]
    for url in (page(CalendarConnection, "changelist"), page(CalendarConnection, "change", connection.pk)):
        text = admin_client.get(url).content.decode()
        assert "refresh-secret" not in text
        assert "access-secret" not in text


def test_forms_and_filters_name_own_rows_only(office, rows):
    desk, (mine, theirs) = office, rows
    form = desk.get(page(models.ServiceType, "add")).context["adminform"].form
    assert mine[models.Skill] in form.fields["skill"].queryset
    assert theirs[models.Skill] not in form.fields["skill"].queryset
    assert list(form.fields["shop"].queryset) == [mine[models.Shop]]
    filters = desk.get(page(models.Visit, "changelist")).context["cl"].filter_specs
    choices = next(each for each in filters if hasattr(each, "lookup_choices") and each.field_path == "technician").lookup_choices
    assert theirs[models.Technician].pk not in [pk for pk, _ in choices]
    assert mine[models.Technician].pk in [pk for pk, _ in choices]


def test_a_foreign_skill_cannot_be_posted(office, rows):
    desk, (mine, theirs) = office, rows
    service = mine[models.ServiceType]
    desk.post(
        page(models.ServiceType, "change", service.pk),
        {"name": "x", "key": "x", "skill": theirs[models.Skill].pk, "minutes": 60, "minutes_least": 60, "minutes_most": 60,
         "buffer_minutes": 0, "arrival_minutes": 60, "active": "on"},
    )  # fmt: skip
    service.refresh_from_db()
    assert service.skill == mine[models.Skill]


def test_an_owner_of_two_shops_cannot_tie_them_together(admin_client, rows):
    mine, theirs = rows
    answer = admin_client.post(
        page(models.ServiceType, "add"),
        {"name": "x", "key": "x", "shop": mine[models.Shop].pk, "skill": theirs[models.Skill].pk, "minutes": 60,
         "minutes_least": 60, "minutes_most": 60, "buffer_minutes": 0, "arrival_minutes": 60, "active": "on"},
    )  # fmt: skip
    assert "This belongs to another shop." in answer.content.decode()
    assert not models.ServiceType.objects.filter(key="x").exists()


def test_staff_of_no_shop_see_nothing(client, rows):
    client.force_login(shelf.dispatcher())
    assert client.get(page(models.Booking, "changelist")).status_code == 403
