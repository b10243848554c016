"""Turning the second step on and off: a QR code of our own, recovery codes, and only with the password."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client

from desk.account import twostep
from desk.account.models import Authenticator, RecoveryCode
from desk.account.twostep import Verdict
from tests.desk import shelf
from tests.desk.test_sign_in import code_at, give, is_signed_in, sign_in

SET_UP, RECOVERY, OFF = "/account/two-step/", "/account/two-step/recovery/", "/account/two-step/off/"


@pytest.fixture
def dee(shop):
    return shelf.dispatcher(shop)


@pytest.fixture
def mine(client, dee):
    client.force_login(dee)
    return client


@pytest.fixture
def codes(mine, dee, now):
    """The second step is on; these are the recovery codes as they were shown."""
    mine.get(SET_UP)
    answer = mine.post(SET_UP, {"code": code_at(twostep.begun(dee), now, -1)})
    return re.findall(r"<code>(.*?)</code>", answer.content.decode())


def test_it_is_turned_on_with_the_first_code_of_the_app(mine, dee, now):
    text = mine.get(SET_UP).content.decode()
    app = twostep.begun(dee)
    assert app
    assert "<svg" in text
    assert "http" not in text[text.index("<svg") : text.index("</svg>")].replace("http://www.w3.org/2000/svg", "")
    assert twostep.secret(app) in text.replace(" ", "")
    assert not twostep.is_on(dee)
    assert "does not fit" in mine.post(SET_UP, {"code": "000000"}).content.decode()
    assert not twostep.is_on(dee)
    shown = mine.post(SET_UP, {"code": f" {code_at(app, now)[:3]} {code_at(app, now)[3:]} "}).content.decode()
    assert len(set(re.findall(r"<code>(.*?)</code>", shown))) == twostep.CODES
    assert twostep.is_on(dee)
    assert "10 recovery codes left" in mine.get("/account/").content.decode()
    assert mine.get(SET_UP)["Location"] == "/account/"


def test_the_app_is_told_whose_code_it_is(dee, now):
    app = twostep.begin(dee, now=now)
    address = twostep.address(app)
    assert address == f"otpauth://totp/hvacsched:dee?secret={twostep.secret(app)}&issuer=hvacsched&digits=6&period=30"


def test_neither_key_nor_codes_can_be_read_in_the_database(dee, codes):
    app = Authenticator.objects.get(user=dee)
    with connection.cursor() as cursor:
        cursor.execute("SELECT key FROM desk_authenticator")
        kept = cursor.fetchone()[0]
    assert app.key not in kept
    assert len(bytes.fromhex(app.key)) == 20
    digests = set(RecoveryCode.objects.values_list("digest", flat=True))
    assert len(digests) == 10
    assert not digests & {twostep.plain(code) for code in codes}


def test_a_recovery_code_lets_in_once_however_it_is_typed(dee, codes):
    client = Client()
    sign_in(client)
    assert give(client, codes[3].upper().replace("-", " "))["Location"] == "/"
    assert is_signed_in(client)
    assert twostep.codes_left(dee) == 9
    again = Client()
    sign_in(again)
    assert give(again, codes[3]).status_code == 200
    assert not is_signed_in(again)


def test_new_codes_and_turning_off_ask_for_the_password(mine, dee, codes):
    assert "not your password" in mine.post(RECOVERY, {"password": "wrong"}).content.decode()
    assert "not your password" in mine.post(OFF, {"password": "wrong"}).content.decode()
    assert mine.get(OFF).status_code == 200  # a look turns nothing off
    assert twostep.is_on(dee)
    shown = mine.post(RECOVERY, {"password": "demo-dispatcher"}).content.decode()
    fresh = re.findall(r"<code>(.*?)</code>", shown)
    assert not set(fresh) & set(codes)
    assert mine.post(OFF, {"password": "demo-dispatcher"})["Location"] == "/account/"
    assert (Authenticator.objects.count(), RecoveryCode.objects.count()) == (0, 0)
    client = Client()
    assert sign_in(client)["Location"] == "/"


def test_old_recovery_codes_end_with_new_ones(dee, codes, now):
    twostep.renew_codes(dee)
    assert twostep.check(dee, codes[0], now=now) is Verdict.WRONG


def test_a_stolen_session_cannot_guess_the_password(mine, dee, codes):
    for _ in range(4):
        assert mine.post(OFF, {"password": "wrong"}).status_code == 200
    assert mine.post(OFF, {"password": "wrong"}).status_code == 429
    assert mine.post(OFF, {"password": "demo-dispatcher"}).status_code == 429
    assert twostep.is_on(dee)


def test_a_code_of_long_ago_or_to_come_does_not_fit(dee, codes, now):
    app = Authenticator.objects.get(user=dee)
    for n, later in enumerate((-3, 3, 10), start=1):
        at = now + timedelta(minutes=n)
        with time_machine.travel(at, tick=False):
            assert twostep.check(dee, code_at(app, at, later), now=at) is Verdict.WRONG
    at = now + timedelta(minutes=10)
    with time_machine.travel(at, tick=False):
        assert twostep.check(dee, code_at(app, at, 1), now=at) is Verdict.RIGHT


def test_without_it_there_is_nothing_to_turn_off(mine, dee):
    for url in (RECOVERY, OFF):
        assert mine.get(url)["Location"] == "/account/"
        assert mine.post(url, {"password": "demo-dispatcher"})["Location"] == "/account/"
    assert twostep.check(dee, "000000", now=dee.date_joined) is Verdict.WRONG


def test_somebody_else_s_is_not_touched(mine, shop, codes):
    other = shelf.dispatcher(shop, username="don")
    client = Client()
    client.force_login(other)
    assert client.post(OFF, {"password": "demo-dispatcher"})["Location"] == "/account/"
    assert twostep.is_on(User.objects.get(username="dee"))
