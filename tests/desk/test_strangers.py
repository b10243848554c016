"""Every address of the product, walked as a stranger: signed out, by the desk of another shop, and by a technician.

An address that stands in no list below fails here until somebody says whom it is for.
"""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth import get_user
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.test import Client
from django.urls import URLResolver, get_resolver

from bookings import models
from calendars.services import invitations
from desk import roles
from telephony.models import Call
from tests.desk import shelf
from tests.factories import a_shop

# Whom an address is for. Those of the admin's lists and forms follow from the lists of `desk.roles`.
PUBLIC = {  # answers strangers, and tells them nothing of a shop
    "", "healthz", "readyz", "favicon.ico", "admin/login/", "account/forgot/", "account/forgot/sent/", "account/code/",
    "account/choose/<uidb64>/<token>/", "oauth/invitation/<str:token>",
}  # fmt: skip
MACHINES = {  # ask for a credential of their own
    "webhook/vapi", "webhook/google", "twilio/inbound", "twilio/fallback", "twilio/after-assistant", "twilio/after-dispatcher",
    "twilio/whisper", "twilio/accept", "twilio/voicemail", "twilio/recording", "twilio/transcription", "twilio/status",
    "twilio/message-status", "twilio/alarm", "twilio/alarm-key", "twilio/alarm-status", "twilio/text",
}  # fmt: skip
OWN = {  # about oneself, whoever is signed in
    "account/", "account/password/", "account/two-step/", "account/two-step/recovery/", "account/two-step/off/",
    "account/sign-out/", "mine/", "oauth/login", "oauth/callback",
}  # fmt: skip
DESK = {  # names no row: owners and dispatchers, each with their own shops' rows
    "board/", "board/changes", "board/check", "board/move", "board/new/", "board/new/who", "board/new/when", "board/new/undo",
    "inbox/", "inbox/alarm", "inbox/changes", "calls/", "calls/live", "customers/", "customers/likely", "admin/", "admin/logout/",
    "admin/password_change/", "admin/password_change/done/", "admin/autocomplete/", "admin/jsi18n/", "admin/search/",
    "admin/bookings/oncallturn/fill/", "admin/telephony/linetest/now/", "admin/^(?P<app_label>{apps})/$", "admin/(?P<url>.*)$",
}  # fmt: skip
ROWS = {  # names a row that is its shop's
    "admin/bookings/booking/<int:pk>/step/", "admin/bookings/booking/<int:pk>/cancel/", "admin/bookings/visit/<int:pk>/move/",
    "admin/bookings/concern/<int:pk>/decide/",
    "admin/telephony/emergency/<int:pk>/take/", "admin/telephony/emergency/<int:pk>/release/",
    "admin/r/<path:content_type_id>/<path:object_id>/", "inbox/<slug:kind>/<slug:key>/",
    "board/visits/<int:pk>/", "board/visits/<int:pk>/step", "board/visits/<int:pk>/cancel",
    "calls/<int:pk>/", "calls/<int:pk>/told", "calls/<int:pk>/mark", "customers/merges/<int:pk>/undo", "customers/<int:pk>/",
    "customers/<int:pk>/member", "customers/<int:pk>/do-not-service", "customers/<int:pk>/tags", "customers/<int:pk>/notes",
    "customers/<int:pk>/notes/<int:note_id>", "customers/<int:pk>/equipment/new", "customers/<int:pk>/equipment/<int:unit_id>",
    "customers/<int:pk>/equipment/<int:unit_id>/remove", "customers/<int:pk>/merge/<int:other>/",
    "oauth/technician/<uuid:public_id>", "oauth/technician/<uuid:public_id>/test",
    "oauth/technician/<uuid:public_id>/calendars", "oauth/technician/<uuid:public_id>/disconnect",
    "oauth/technician/<uuid:public_id>/invite", "oauth/technician/<uuid:public_id>/withdraw", "oauth/service-account",
}  # fmt: skip
SUPERUSERS = {"admin/auth/user/<id>/password/"}
LIST_AND_FORM = {  # what each model's page has, beneath admin/app/model/
    "": "list", "add/": "add", "<path:object_id>/change/": "change", "<path:object_id>/delete/": "delete",
    "<path:object_id>/history/": "history", "<path:object_id>/": "change",
}  # fmt: skip
SIGN_IN = "/admin/login/"


@dataclass(frozen=True)
class Address:
    route: str
    url: str
    model: Any = None  # of the admin's own pages
    page: str = ""

    @property
    def names_a_row(self):
        return self.route in ROWS | SUPERUSERS or "<path:object_id>" in self.route

    @property
    def is_settings(self):
        shown = self.model is None or self.model._meta.label_lower in roles.WORK | roles.LOOK
        return self.route in SUPERUSERS or not shown


def routes(resolver=None, before=""):
    """Every address as it is written down: the urls modules' texts, one after the other."""
    for each in (resolver or get_resolver()).url_patterns:
        route = before + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from routes(each, route)
        else:
            yield "admin/^(?P<app_label>{apps})/$" if route.startswith("admin/^(?P<app_label>") else route


def of_a_model(route):
    """Return the model and the page of an admin's list or form, None of any other address."""
    for model in admin.site._registry:
        beneath = f"admin/{model._meta.app_label}/{model._meta.model_name}/"
        if route.startswith(beneath) and route.removeprefix(beneath) in LIST_AND_FORM:
            return model, LIST_AND_FORM[route.removeprefix(beneath)]
    return None


def test_every_address_is_known_to_be_somebody_s():
    lists = [PUBLIC, MACHINES, OWN, DESK, ROWS, SUPERUSERS]
    known = set().union(*lists)
    found = set(routes())
    unknown = {route for route in found if route not in known and of_a_model(route) is None}
    assert unknown == set(), "say in this file whom they are for"
    assert known - found == set(), "gone: take them out of the lists"
    assert sum(map(len, lists)) == len(known)


@pytest.fixture
def theirs(db, now):
    """A shop with one row of everything, of which others may not learn."""
    shop = a_shop(name="Alpha Air")
    for n, technician in enumerate(models.Technician.objects.filter(shop=shop)):
        technician.name = f"Zed Alpha {n}"
        technician.save(update_fields=["name"])
    found = {**shelf.fill(shop, now), User: shelf.owner(shop, username="alpha-owner")}
    customer, twin = found[models.Customer], models.Customer.objects.create(shop=shop, name="Alpha Twin", phone="+12125550298")
    found[models.Unit] = models.Unit.objects.create(shop=shop, property=found[models.Property], kind="boiler", created_at=now)
    found[models.CustomerNote] = models.CustomerNote.objects.create(
        shop=shop, customer=customer, at=now, by="desk:x", text="Alpha"
    )
    found[models.CustomerMerge] = models.CustomerMerge.objects.create(
        shop=shop, kept=customer, gone=twin, at=now, by="desk:x", moved={}
    )
    return found


@pytest.fixture
def addresses(theirs, now):
    """Every address with the ids of that shop's rows in it."""
    technician = theirs[models.Technician]
    said = {
        "<path:content_type_id>/<path:object_id>": f"1/{theirs[models.Booking].pk}",
        "<slug:kind>/<slug:key>": f"lead/{theirs[models.Lead].pk}",
        "merges/<int:pk>": f"merges/{theirs[models.CustomerMerge].pk}",
        "customers/<int:pk>": f"customers/{theirs[models.Customer].pk}",
        "merge/<int:other>": f"merge/{theirs[models.CustomerMerge].gone_id}",
        "visits/<int:pk>": f"visits/{theirs[models.Visit].pk}",
        "calls/<int:pk>": f"calls/{theirs[Call].pk}",
        "<int:note_id>": str(theirs[models.CustomerNote].pk),
        "<int:unit_id>": str(theirs[models.Unit].pk),
        "user/<id>": f"user/{theirs[User].pk}",
        "<uuid:public_id>": str(technician.public_id),
        "<uidb64>/<token>": "MQ/abc-123",
        "<str:token>": invitations.token(invitations.invite(technician, by="alpha", now=now)),
        "^(?P<app_label>{apps})/$": "bookings/",
        "(?P<url>.*)$": "nowhere/at/all/",
    }
    made = []
    for route in sorted(set(routes())):
        url = route
        for wanted, value in said.items():
            url = url.replace(wanted, value)
        model, page = of_a_model(route) or (None, "")
        for each in theirs:
            if url.startswith(f"admin/{each._meta.app_label}/{each._meta.model_name}/"):
                url = url.replace("<path:object_id>", str(theirs[each].pk)).replace("<int:pk>", str(theirs[each].pk))
        assert "<" not in url, url
        made.append(Address(route, f"/{url}", model, page))
    return made


POSTED = {
    "post": "yes", "reason": "x", "to": "en_route", "accept": "1", "seen": "x", "visits": "remove", "note": "x", "username": "x",
    "password": "x", "email": "x@example.com", "code": "123456", "role": "owner", "name": "Taken over",
}  # fmt: skip


def ask(client, address, theirs, *, follow=True):
    """Ask for an address both ways; return what came in the end, or at once."""
    posted = {
        **POSTED, "technician": str(theirs[models.Technician].public_id), "calendar_id": "x@example.com",
        "customer": theirs[models.Customer].pk, "booking": str(theirs[models.Booking].public_id),
        "lead": theirs[models.Lead].pk, "visit": theirs[models.Visit].pk, "shop": theirs[models.Shop].pk,
    }  # fmt: skip
    return client.get(address.url, follow=follow), client.post(address.url, posted, follow=follow)


def stay(client, user):
    """Sign in again where the last address signed out."""
    request = HttpRequest()
    request.session = client.session
    if get_user(request) != user:
        client.force_login(user)


def at(answer):
    """Return where an answer led, its query left out."""
    return answer.redirect_chain[-1][0].split("?")[0] if answer.redirect_chain else ""


def lets_in(client, answer):
    """Say whether an answer shows a page in the end; the sign-in that most lead to is not asked for each time."""
    for _ in range(5):
        where = answer.headers.get("Location", "")
        if answer.status_code >= 400 or where.split("?")[0] == SIGN_IN:
            return False
        if not where:
            return True
        answer = client.get(where)
    return True


def rows_of(shop):
    """Everything that belongs to a shop, to compare."""
    found = {}
    for label in ("bookings", "telephony", "calendars", "desk"):
        every: Any = apps.get_app_config(label).get_models()
        for model in every:
            names = {field.name for field in model._meta.get_fields()}
            rows = model.objects.filter(shop=shop) if "shop" in names else model.objects.filter(pk=shop.pk)
            if "shop" in names or model is models.Shop:
                found[model] = list(rows.order_by("pk").values())
    found[User] = list(User.objects.filter(memberships__shop=shop).order_by("pk").values("pk", "password", "email", "is_active"))
    return found


def test_signed_out_every_page_leads_to_the_sign_in(addresses, theirs):
    before, wrong = rows_of(theirs[models.Shop]), []
    for address in addresses:
        if address.route in PUBLIC:
            continue
        client = Client()
        for answer in ask(client, address, theirs, follow=False):
            if lets_in(client, answer) or (address.route in MACHINES and answer.status_code < 400):
                wrong.append((address.url, answer.status_code, answer.headers.get("Location")))
    assert wrong == []
    assert rows_of(theirs[models.Shop]) == before


def test_what_strangers_may_see_tells_them_nothing(addresses, theirs):
    for address in addresses:
        if address.route in PUBLIC - {"oauth/invitation/<str:token>", "favicon.ico"}:
            for answer in ask(Client(), address, theirs):
                assert "Alpha" not in answer.content.decode(), address.url


@pytest.mark.long
def test_the_desk_of_another_shop_finds_none_of_it(addresses, theirs, other_shop, now):
    shelf.fill(other_shop, now)
    client = Client()
    before, wrong = rows_of(theirs[models.Shop]), []
    secrets = ["Alpha", theirs[models.Booking].reference, theirs[models.Booking].customer.name]
    user = shelf.dispatcher(other_shop, username="bea")
    for address in addresses:
        if address.route in PUBLIC | MACHINES | {"account/sign-out/", "admin/logout/"}:
            continue
        stay(client, user)
        for answer in ask(client, address, theirs):
            status, text = answer.status_code, answer.content.decode()
            if address.names_a_row:
                refused = {403, 404} if address.is_settings or address.page == "delete" else {404}
                # Nobody may, or only by the other method: that is said before a row is looked for.
                if answer.request["REQUEST_METHOD"] == "POST" and address.model is not None:
                    refused = {403, 404}
                fine = status in refused or (status == 405 and address.model is None)
            else:
                fine = status in ({403} if address.is_settings else {200, 400, 403, 404, 405, 429})
            if not fine or any(secret in text for secret in secrets):
                wrong.append((address.url, answer.request["REQUEST_METHOD"], status))
    assert wrong == []
    assert rows_of(theirs[models.Shop]) == before


def test_an_owner_of_another_shop_finds_none_of_it(addresses, theirs, other_shop):
    client, before, wrong = Client(), rows_of(theirs[models.Shop]), []
    client.force_login(shelf.owner(other_shop, username="bo"))
    for address in addresses:
        if address.names_a_row and address.route not in MACHINES:
            for answer in ask(client, address, theirs):
                if answer.status_code not in {403, 404, 405}:
                    wrong.append((address.url, answer.request["REQUEST_METHOD"], answer.status_code))
    assert wrong == []
    assert rows_of(theirs[models.Shop]) == before


def test_search_and_choices_name_nobody_else_s_rows(theirs, other_shop, now):
    shelf.fill(other_shop, now)
    client = Client()
    client.force_login(shelf.owner(other_shop, username="bo"))
    for term in ("Alpha", "alpha", theirs[models.Booking].reference, "Customer"):
        text = client.get("/admin/search/", {"s": term, "extended": "1"}).content.decode()
        assert "Zed" not in text
        assert theirs[models.Booking].reference not in text
    for model, page in admin.site._registry.items():
        for field in model._meta.get_fields():
            if not field.many_to_one or field.auto_created:
                continue
            asked: Any = {"app_label": model._meta.app_label, "model_name": model._meta.model_name, "field_name": field.name}
            answer = client.get("/admin/autocomplete/", asked)
            assert answer.status_code in (200, 403, 404), asked
            row = theirs.get(field.related_model)
            if answer.status_code == 200 and row is not None:
                assert str(row.pk) not in [each["id"] for each in answer.json()["results"]], asked
        if page.search_fields and roles.needed(f"{model._meta.app_label}.view_{model._meta.model_name}"):
            listed = client.get(f"/admin/{model._meta.app_label}/{model._meta.model_name}/", {"q": "Alpha"})
            theirs_is = f"/admin/{model._meta.app_label}/{model._meta.model_name}/{theirs[model].pk}/change/"
            assert theirs_is not in listed.content.decode()


def test_a_technician_opens_only_what_concerns_them(addresses, theirs, shop):
    """The technician of the walked shop itself, and not the one whose calendar's pages are in the addresses."""
    first = theirs[models.Technician]
    other = models.Technician.objects.filter(shop=first.shop).exclude(pk=first.pk).order_by("pk")[0]
    user, client = shelf.technician(first.shop, other), Client()
    before, wrong = rows_of(first.shop), []
    for address in addresses:
        if address.route in PUBLIC | MACHINES | {"account/sign-out/"}:
            continue
        stay(client, user)
        for answer in ask(client, address, theirs):
            status = answer.status_code
            if address.route.startswith("oauth/") and address.route not in OWN:
                fine = status in (404, 405)
            elif address.route in OWN:
                fine = status in (200, 400, 405, 429)
            else:
                fine = status == 403 or (status == 405 and address.model is None)
            if not fine:
                wrong.append((address.url, answer.request["REQUEST_METHOD"], status, at(answer)))
    assert wrong == []
    assert rows_of(first.shop) == before


def test_a_technician_s_own_calendar_is_theirs_to_connect(theirs):
    technician = theirs[models.Technician]
    client = Client()
    client.force_login(shelf.technician(technician.shop, technician))
    text = client.get(f"/oauth/technician/{technician.public_id}").content.decode()
    assert technician.name in text
    assert "Let " not in text  # inviting is the desk's
    listed = client.get("/oauth/login").content.decode()
    assert technician.name in listed
    assert "Zed Alpha 1" not in listed
    assert client.post(f"/oauth/technician/{technician.public_id}/invite").status_code == 403
    assert client.get(f"/oauth/technician/{uuid4()}").status_code == 404
