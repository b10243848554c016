"""Signing in: wrong passwords lock a name out from an address, nobody learns whether an account exists, a code is asked for."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django_otp.oath import TOTP

from desk.account import lockout, twostep
from desk.account.models import Authenticator
from tests.desk import shelf

SIGN_IN = "/admin/login/"


def sign_in(client, username="dee", password="demo-dispatcher", **more):
    return client.post(SIGN_IN, {"username": username, "password": password}, **more)


def is_signed_in(client):
    return "_auth_user_id" in client.session


@pytest.fixture
def dee(shop):
    return shelf.dispatcher(shop)


def wrongly(client, times=5, **more):
    for _ in range(times):
        answer = sign_in(client, password="wrong", **more)
    return answer


# --- By password ---------------------------------------------------------------------------------------------------------------


def test_each_role_lands_on_its_page(shop, dee):
    shelf.technician(shop)
    for username, lands in (("dee", "/board/"), ("tex", "/mine/")):
        client = Client()
        answer = client.post(SIGN_IN, {"username": username, "password": "demo-dispatcher"}, follow=True)
        assert [url for url, _ in answer.redirect_chain] == ["/", lands]
        assert answer.status_code == 200
        assert client.get(SIGN_IN)["Location"] == "/"
    assert Client().get("/")["Location"] == "/board/"


def test_one_comes_back_to_the_page_one_wanted_but_never_elsewhere(dee):
    wanted = {"username": "dee", "password": "demo-dispatcher"}
    assert Client().post(f"{SIGN_IN}?next=/board/%3Fday%3D2026-11-25", wanted)["Location"] == "/board/?day=2026-11-25"
    assert Client().post(SIGN_IN, {**wanted, "next": "https://evil.example/"})["Location"] == "/"


def test_who_may_not_sign_in_and_who_is_nobody_hear_the_same(shop, dee):
    User.objects.create_user("outside", password="demo-dispatcher")
    User.objects.create_user("gone", password="demo-dispatcher", is_staff=True, is_active=False)

    def said(username, password="demo-dispatcher"):
        client = Client()
        answer = sign_in(client, username, password)
        assert answer.status_code == 200
        assert not is_signed_in(client)
        return answer.context["form"].non_field_errors()

    heard = [said("outside"), said("gone"), said("nobody"), said("dee", "wrong")]
    assert heard == [["This name and password do not go together. Check both: capitals count."]] * 4


def test_five_wrong_passwords_lock_a_name_from_an_address(client, dee):
    assert wrongly(client, times=4).status_code == 200
    answer = sign_in(client, password="wrong")
    assert answer.status_code == 429
    assert answer["Retry-After"] == "900"
    text = answer.content.decode()
    assert "try again in 15 minutes;" in text
    assert sign_in(client).status_code == 429  # the right one, too
    assert not is_signed_in(client)
    elsewhere = Client()
    assert sign_in(elsewhere, REMOTE_ADDR="198.51.100.7").status_code == 302  # whoever sits elsewhere is not locked out
    assert is_signed_in(elsewhere)


def test_a_lock_ends_by_itself(client, dee, now):
    wrongly(client)
    with time_machine.travel(now + timedelta(minutes=10), tick=False):
        answer = sign_in(client, password="wrong")
        assert (answer.status_code, answer["Retry-After"]) == (429, "300")
        assert "try again in 5 minutes;" in answer.content.decode()
    with time_machine.travel(now + timedelta(minutes=14, seconds=59), tick=False):
        assert "try again in 1 minute;" in sign_in(client).content.decode()
    with time_machine.travel(now + timedelta(minutes=15, seconds=1), tick=False):
        assert sign_in(client).status_code == 302


def test_a_name_that_nobody_has_is_locked_alike(client, dee):
    known, unknown = wrongly(client), [sign_in(client, "nobody", "wrong") for _ in range(5)][-1]
    assert known.status_code == unknown.status_code == 429
    assert known.content == unknown.content


def test_signing_in_forgets_the_wrong_ones_before(client, dee):
    wrongly(client, times=4)
    assert sign_in(client).status_code == 302
    client.logout()
    assert wrongly(client, times=4).status_code == 200


@pytest.mark.parametrize(
    ("header", "proxies", "sent", "counted"),
    [
        ("", 1, {"X-Forwarded-For": "203.0.113.9"}, "127.0.0.1"),  # nobody said to believe it
        ("X-Forwarded-For", 1, {"X-Forwarded-For": "203.0.113.9"}, "203.0.113.9"),
        ("X-Forwarded-For", 1, {"X-Forwarded-For": "6.6.6.6, 203.0.113.9"}, "203.0.113.9"),  # the first one was made up
        ("X-Forwarded-For", 2, {"X-Forwarded-For": "6.6.6.6, 203.0.113.9, 10.0.0.1"}, "203.0.113.9"),
        ("X-Forwarded-For", 2, {"X-Forwarded-For": "203.0.113.9"}, "127.0.0.1"),
        ("X-Forwarded-For", 1, {}, "127.0.0.1"),
        ("X-Forwarded-For", 1, {"X-Forwarded-For": "not an address"}, "127.0.0.1"),
        ("X-Real-IP", 1, {"X-Real-IP": "2001:db8::1"}, "2001:db8::1"),
        ("X-Real-IP", 1, {"X-Forwarded-For": "203.0.113.9"}, "127.0.0.1"),
    ],
)
def test_only_the_named_header_says_who_it_is(settings, header, proxies, sent, counted):
    settings.CLIENT_ADDRESS_HEADER, settings.TRUSTED_PROXIES = header, proxies
    assert lockout.address_of(RequestFactory().get("/", headers=sent)) == counted


def test_an_invented_header_gives_no_fresh_start(client, dee):
    for n in range(5):
        answer = sign_in(client, password="wrong", headers={"X-Forwarded-For": f"203.0.113.{n}"})
    assert answer.status_code == 429


def test_machines_cost_no_session_and_no_count(client, shop):
    for path in ("/healthz", "/webhook/vapi", "/twilio/inbound", "/webhook/google"):
        with CaptureQueriesContext(connection) as queries:
            answer = client.post(path) if path != "/healthz" else client.get(path)
        asked = " ".join(each["sql"] for each in queries)
        for table in ("django_session", "auth_user", "axes_", "desk_authenticator", "bookings_staffmember"):
            assert table not in asked, path
        assert "Content-Security-Policy" not in answer.headers
        assert not answer.cookies


def test_a_page_costs_a_signed_in_user_no_statement_for_the_way_in(desk):
    with CaptureQueriesContext(connection) as queries:
        desk.get("/board/changes")
    asked = [each["sql"] for each in queries if "axes_" in each["sql"] or "desk_" in each["sql"]]
    assert asked == []
    assert len(queries) == 4  # session, user, roles, token


# --- By a code as well ---------------------------------------------------------------------------------------------------------


def code_at(app, now, later=0):
    """Return what the app shows, so many half minutes from now."""
    clock = TOTP(bytes.fromhex(app.key), 30, 0, 6)
    clock.time = now.timestamp() + 30 * later
    return f"{clock.token():06d}"


@pytest.fixture
def app(dee, now):
    twostep.begin(dee, now=now)
    made = twostep.begun(dee)
    twostep.confirm(dee, code_at(made, now, -1), now=now)
    return Authenticator.objects.get(user=dee)


def half(client):
    answer = sign_in(client)
    assert answer["Location"] == "/account/code/"
    assert not is_signed_in(client)


def give(client, code, **more):
    return client.post("/account/code/", {"code": code}, **more)


def test_the_password_alone_lets_nobody_in(client, app, now):
    half(client)
    assert client.get("/board/")["Location"].startswith(SIGN_IN)
    assert give(client, "000000").status_code == 200
    assert not is_signed_in(client)


def test_the_app_s_code_lets_in_and_is_used_up(client, app, now):
    half(client)
    assert give(client, code_at(app, now))["Location"] == "/"
    assert is_signed_in(client)
    again = Client()
    half(again)
    assert "wrong, or was used before" in give(again, code_at(app, now)).content.decode()
    assert not is_signed_in(again)


def test_where_one_wanted_to_go_survives_the_second_step(client, app, now):
    client.post(f"{SIGN_IN}?next=/board/", {"username": "dee", "password": "demo-dispatcher"})
    assert give(client, code_at(app, now))["Location"] == "/board/"


def test_wrong_codes_wait_longer_and_lock_like_wrong_passwords(client, app, now):
    half(client)
    assert "wrong, or was used before" in give(client, "000000").content.decode()
    assert "Not so fast" in give(client, code_at(app, now)).content.decode()
    for n in range(1, 5):
        with time_machine.travel(now + timedelta(seconds=3 * 2**n), tick=False):
            answer = give(client, "000000")
    assert answer.status_code == 429
    with time_machine.travel(now + timedelta(minutes=5), tick=False):
        right = code_at(app, now + timedelta(minutes=5))
        assert give(client, right).status_code == 429
        assert sign_in(client).status_code == 429
    assert not is_signed_in(client)


def test_the_second_step_has_ten_minutes_and_the_same_password(client, app, dee, now):
    half(client)
    with time_machine.travel(now + timedelta(minutes=11), tick=False):
        assert give(client, code_at(app, now + timedelta(minutes=11)))["Location"] == SIGN_IN
    half(client)
    dee.set_password("another one entirely")
    dee.save()
    assert give(client, code_at(app, now))["Location"] == SIGN_IN
    assert Client().get("/account/code/")["Location"] == SIGN_IN
