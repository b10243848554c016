"""Mails with a link to choose a password, for who forgot theirs and for who is new."""

from datetime import datetime, timedelta
from smtplib import SMTPException

import structlog
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from desk.account.models import PasswordMail

log = structlog.get_logger(__name__)

PAUSE = timedelta(minutes=5)


def mail(user_id: int, *, now: datetime) -> bool:
    """Write to an account with a link to choose a password; at most once in five minutes. Say whether it was sent."""
    user = User.objects.filter(pk=user_id, is_active=True, is_staff=True).exclude(email="").first()
    if user is None or not _claim(user, now=now):
        return False
    context = {"user": user, "link": link(user), "hours": hours(), "new": not user.has_usable_password()}
    try:
        send_mail(
            "Choose your password for hvacsched", render_to_string("account/password_mail.txt", context), None, [user.email]
        )
    except (SMTPException, OSError) as error:
        PasswordMail.objects.filter(user=user).delete()  # they may ask again at once
        log.warning("mail_not_sent", user=user.pk, kind=type(error).__name__)
        return False
    return True


def link(user: User) -> str:
    """Return the address at which this account chooses a password, once, within a day."""
    who = urlsafe_base64_encode(force_bytes(user.pk))
    token = default_token_generator.make_token(user)
    return settings.SERVER_URL + reverse("account-choose", args=[who, token])


def _claim(user: User, *, now: datetime) -> bool:
    _, made = PasswordMail.objects.get_or_create(user=user, defaults={"sent_at": now})
    return made or bool(PasswordMail.objects.filter(user=user, sent_at__lte=now - PAUSE).update(sent_at=now))


def hours() -> int:
    return int(settings.PASSWORD_RESET_TIMEOUT // 3600)
