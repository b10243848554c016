"""A forgotten password: a mail for who has an account, the same words for everybody, and a link that works once."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client

from desk import tasks
from desk.account import mails
from desk.account.models import PasswordMail
from tests.desk import shelf
from tests.desk.test_sign_in import sign_in, wrongly
from wire.later import later

FORGOT = "/account/forgot/"


@pytest.fixture
def dee(shop):
    user = shelf.dispatcher(shop)
    User.objects.filter(pk=user.pk).update(email="Dee@example.com", first_name="Dee")
    user.refresh_from_db()
    return user


def link_in(mail):
    (found,) = re.findall(r"http://127\.0\.0\.1:8000(/\S+)", mail.body)
    return found


def choose(client, path, password="a long new password"):
    form = client.get(path, follow=True)
    return client.post(form.redirect_chain[-1][0], {"new_password1": password, "new_password2": password})


def test_the_answer_does_not_tell_whether_the_account_exists(client, dee):
    answers = [client.post(FORGOT, {"email": email}, follow=True) for email in ("dee@example.com", "nobody@example.com")]
    assert [answer.redirect_chain for answer in answers] == [[("/account/forgot/sent/", 302)]] * 2
    assert answers[0].content == answers[1].content
    assert later.wait(5)


def test_a_mail_leads_to_a_new_password_once(client, dee, mailoutbox, now):
    tasks.mail_password(dee.pk)
    (mail,) = mailoutbox
    assert (mail.to, mail.subject) == (["Dee@example.com"], "Choose your password for hvacsched")
    assert "somebody asked for a new password for your account dee" in mail.body
    path = link_in(mail)
    assert choose(client, path)["Location"] == "/admin/login/"
    assert sign_in(client, password="demo-dispatcher").status_code == 200
    assert sign_in(client, password="a long new password").status_code == 302
    assert "used already" in Client().get(path).content.decode()


def test_other_browsers_are_signed_out_by_a_new_password(desk, mailoutbox):
    user = User.objects.get(username="dee")
    User.objects.filter(pk=user.pk).update(email="dee@example.com")
    tasks.mail_password(user.pk)
    choose(Client(), link_in(mailoutbox[0]))
    assert desk.get("/board/").status_code == 302


def test_a_link_ends_after_a_day(client, dee, mailoutbox, now):
    tasks.mail_password(dee.pk)
    with time_machine.travel(now + timedelta(hours=24, seconds=1), tick=False):
        assert "too old" in client.get(link_in(mailoutbox[0])).content.decode()


def test_a_mailbox_is_written_to_once_in_five_minutes(dee, mailoutbox, now):
    assert mails.mail(dee.pk, now=now)
    assert not mails.mail(dee.pk, now=now + timedelta(minutes=4))
    assert mails.mail(dee.pk, now=now + timedelta(minutes=5))
    assert not mails.mail(dee.pk, now=now + timedelta(minutes=9))
    assert len(mailoutbox) == 2


@pytest.mark.parametrize("fields", [{"is_active": False}, {"is_staff": False}, {"email": ""}])
def test_who_may_not_sign_in_gets_no_mail(dee, mailoutbox, now, fields):
    User.objects.filter(pk=dee.pk).update(**fields)
    assert not mails.mail(dee.pk, now=now)
    assert mailoutbox == []


def test_a_mail_server_that_is_away_may_be_asked_again_at_once(dee, settings, now):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    assert not mails.mail(dee.pk, now=now)
    assert not PasswordMail.objects.exists()


def test_without_a_mail_server_the_page_says_so(client, dee, settings):
    settings.SENDS_MAIL = False
    assert "sends no mail" in client.get(FORGOT).content.decode()
    assert "sends no mail" in client.post(FORGOT, {"email": "dee@example.com"}).content.decode()


def test_a_new_password_ends_the_lock(client, dee, mailoutbox):
    assert wrongly(client).status_code == 429
    tasks.mail_password(dee.pk)
    choose(client, link_in(mailoutbox[0]))
    assert sign_in(client, password="a long new password").status_code == 302


def test_weak_passwords_are_refused_in_words(client, dee, mailoutbox):
    tasks.mail_password(dee.pk)
    text = choose(client, link_in(mailoutbox[0]), "short").content.decode()
    assert "at least 12 characters" in text
    assert not User.objects.get(pk=dee.pk).check_password("short")


def test_a_password_is_changed_by_who_knows_it(desk):
    sent = {"old_password": "wrong", "new_password1": "a long new password", "new_password2": "a long new password"}
    assert "not your password" in desk.post("/account/password/", sent).content.decode()
    assert desk.post("/account/password/", {**sent, "old_password": "demo-dispatcher"})["Location"] == "/account/"
    assert desk.get("/board/").status_code == 200  # and stays signed in
    assert User.objects.get(username="dee").check_password("a long new password")


def test_guessing_the_old_password_locks(desk):
    sent = {"old_password": "wrong", "new_password1": "a long new password", "new_password2": "a long new password"}
    statuses = [desk.post("/account/password/", sent).status_code for _ in range(5)]
    assert statuses == [200, 200, 200, 200, 429]


def test_signing_out_takes_a_press(desk):
    assert desk.get("/account/sign-out/").status_code == 405
    assert desk.post("/account/sign-out/")["Location"] == "/admin/login/"
    assert desk.get("/board/").status_code == 302
