"""What belongs to an account beyond Django's user: the second step of signing in, and when a password was mailed about."""

from datetime import datetime

from django.contrib.auth.models import User
from django.db import models
from django_otp.models import Device, ThrottlingMixin
from django_otp.oath import TOTP

from wire.fields import EncryptedTextField

STEP_SECONDS, DIGITS, TOLERANCE = 30, 6, 1


class Authenticator(ThrottlingMixin, Device):  # type: ignore[misc]
    """An app on somebody's phone that shows a new code every half minute. Not `confirmed` until one was typed in here.

    django-otp's own table keeps the key in the clear; here it is encrypted. The mixin makes who guesses wait longer each time.
    """

    key = EncryptedTextField(editable=False, help_text="Twenty random bytes, hexadecimal")
    last_step = models.BigIntegerField(default=-1, help_text="The half minute whose code was used last: none is used twice")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "confirmed"], name="authenticator_once_in_use")]

    def get_throttle_factor(self) -> int:
        return 1

    def fits(self, code: str, *, now: datetime) -> bool:
        """Say whether a code is right and new, and use it up. Within a transaction that holds this row."""
        clock = TOTP(bytes.fromhex(self.key), STEP_SECONDS, 0, DIGITS)
        clock.time = now.timestamp()
        right = code.isdecimal() and bool(clock.verify(int(code), TOLERANCE, self.last_step + 1))
        if right:
            self.last_step = clock.t()
        return right


class RecoveryCode(models.Model):
    """A code on paper that works once instead of the app's. Only its digest is kept."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="recovery_codes")
    digest = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "digest"], name="recovery_code_once")]

    def __str__(self) -> str:
        return f"A code of {self.user}"


class PasswordMail(models.Model):
    """When an account was last written to about its password: nobody's mailbox is filled from here."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="+")
    sent_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"To {self.user}"
