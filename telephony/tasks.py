"""Celery's doors to the texts and the alarms, and to what is kept of calls and for how long.

What is due stands in the table: a lost task costs seconds.
"""

from celery import shared_task
from django.utils import timezone

from telephony import keeping, linetest, replays
from telephony.reconciling import sweeping
from telephony.told import checking
from telephony.tools import stored
from telephony.twilio import alarms, texts
from telephony.vapi import warning


@shared_task(name="telephony.tasks.send_message")
def send_message(message_id: int) -> None:
    texts.send(message_id, now=timezone.now())


@shared_task(name="telephony.tasks.sweep_messages")
def sweep_messages() -> None:
    texts.sweep(seconds=8.0)


@shared_task(name="telephony.tasks.alarm_tell")
def alarm_tell(emergency_id: int) -> None:
    alarms.tell(emergency_id, now=timezone.now())


@shared_task(name="telephony.tasks.alarm_sweep")
def alarm_sweep() -> None:
    for emergency_id in alarms.due(timezone.now()):
        alarm_tell.apply_async((emergency_id,), expires=30)


@shared_task(name="telephony.tasks.alarm_say")
def alarm_say(emergency_id: int) -> None:
    warning.say(emergency_id, now=timezone.now())


@shared_task(name="telephony.tasks.alarm_say_sweep")
def alarm_say_sweep() -> None:
    for emergency_id in warning.due(timezone.now()):
        alarm_say.apply_async((emergency_id,), expires=10)


@shared_task(name="telephony.tasks.sweep_answers")
def sweep_answers() -> None:
    stored.forget(now=timezone.now())
    replays.forget(now=timezone.now())


@shared_task(name="telephony.tasks.sweep_calls")
def sweep_calls() -> None:
    keeping.sweep(now=timezone.now())


@shared_task(name="telephony.tasks.reconcile_calls")
def reconcile_calls() -> None:
    sweeping.sweep(now=timezone.now())


@shared_task(name="telephony.tasks.sweep_told")
def sweep_told() -> None:
    for call_id in checking.due(timezone.now()):
        compare_call.apply_async((call_id,), expires=60)


@shared_task(name="telephony.tasks.compare_call")
def compare_call(call_id: int) -> None:
    checking.check(call_id, now=timezone.now())


@shared_task(name="telephony.tasks.line_test")
def line_test(test_id: int) -> None:
    linetest.carry_out(test_id, now=timezone.now())


@shared_task(name="telephony.tasks.sweep_line_tests")
def sweep_line_tests() -> None:
    now = timezone.now()
    for shop_id in linetest.due(now):
        linetest.start(shop_id, now=now)
    for test_id in linetest.waiting(now):
        line_test.apply_async((test_id,), expires=60)
    linetest.settle(now)
