"""Calls whose end nobody told us, and calls that never reached us: Vapi and Twilio are asked, and what they say is kept."""

import threading
from datetime import timedelta

import pytest
from django.db import connection

from bookings.models import Lead
from bookings.services import leads
from telephony import endings, tasks
from telephony.models import Call, CallEvent
from telephony.reconciling import calls_lost, endings_lost, sweeping
from telephony.reconciling.sweeping import Swept
from tests.outside import http
from tests.telephony.reconciling.said import ACCOUNT, CALLER, OTHER_SID, SHOP, SID, the_leads


def a_call(shop, now, minutes=5, **fields):
    return Call.objects.create(shop=shop, from_number=CALLER, started_at=now - timedelta(minutes=minutes), **fields)


def state(call):
    call.refresh_from_db()
    return call.stage, call.outcome, call.ended_reason


ENDED = {
    "status": "ended",
    "endedReason": "customer-ended-call",
    "analysis": {"summary": "Asked for hours.", "structuredData": {"reason": "Hours", "served": True}},
    "artifact": {"transcript": "User: are you open?\nAI: Yes.", "messages": [{"role": "user", "message": "are you open?"}]},
    "cost": 0.07,
}


# -- how known calls ended


def test_vapis_report_that_never_came_is_fetched(shop, vendors, now):
    call = a_call(shop, now, vapi_id=vendors.at_vapi(**ENDED), stage="assistant", control_url="https://vapi.ai/c")
    assert sweeping.sweep(now=now).settled == 1
    assert state(call) == ("ended", "answered", "customer-ended-call")
    assert (call.summary, call.transcript, call.wanted) == (
        "Asked for hours.", "User: are you open?\nAI: Yes.", {"reason": "Hours", "served": True},
    )  # fmt: skip
    assert (str(call.cost), call.control_url) == ("0.0700", "")
    assert the_leads() == []
    assert sweeping.sweep(now=now + timedelta(hours=1)) == Swept()


@pytest.mark.parametrize(
    ("status", "outcome"),
    [("completed", "abandoned"), ("no-answer", "abandoned"), ("failed", "failed"), ("canceled", "abandoned")],
)
def test_twilios_end_that_never_came_is_fetched(shop, vendors, now, status, outcome):
    call = a_call(shop, now, twilio_sid=vendors.rings(status=status))
    assert sweeping.sweep(now=now).settled == 1
    assert state(call) == ("ended", outcome, status)
    reason = "not_answered" if outcome == "failed" else "abandoned"
    assert the_leads() == [(reason, "open", CALLER)]


def test_what_vapi_says_goes_before_twilios_completed(shop, vendors, now):
    call = a_call(shop, now, twilio_sid=vendors.rings(status="completed"), vapi_id=vendors.at_vapi(**ENDED), stage="assistant")
    sweeping.sweep(now=now)
    assert state(call) == ("ended", "answered", "customer-ended-call")


@pytest.mark.parametrize("stage", ["ringing", "assistant", "dispatcher", "voicemail"])
def test_a_call_that_goes_on_stays(shop, vendors, now, stage):
    call = a_call(shop, now, twilio_sid=vendors.rings(), vapi_id=vendors.at_vapi(**ENDED), stage=stage)
    assert sweeping.sweep(now=now) == Swept()
    assert state(call) == (stage, "", "")
    assert call.reconcile_at > now


def test_a_call_with_a_sign_of_life_is_left_alone(shop, vendors, now):
    call = a_call(shop, now, minutes=30, twilio_sid=vendors.rings(status="completed"), stage="assistant")
    CallEvent.objects.create(call=call, shop=shop, key="k", kind="speech-update", at=now, received_at=now - timedelta(minutes=1))
    young = a_call(shop, now, minutes=1, twilio_sid=vendors.rings(OTHER_SID, status="completed"))
    assert sweeping.sweep(now=now) == Swept()
    assert (state(call)[0], state(young)[0]) == ("assistant", "ringing")


def test_nobody_can_be_asked_and_it_is_tried_ever_later_and_given_up_after_hours(shop, vendors, now):
    call = a_call(shop, now, twilio_sid=vendors.rings(status="completed"), vapi_id="0192d3a4-7b1c-7aa0-9c55-1f0a2b3c4d5e")
    vendors.fault(service="twilio", status=500)
    vendors.fault(service="vapi", status=500)
    waits, at = [], now
    for _ in range(4):
        assert sweeping.sweep(now=at) == Swept()
        call.refresh_from_db()
        waits.append(round((call.reconcile_at - at).total_seconds() / 60, 1))
        at = call.reconcile_at
    assert waits == [1.7, 2.2, 3.0, 4.0]
    assert state(call) == ("ringing", "", "")
    assert sweeping.sweep(now=now + timedelta(hours=6)).settled == 1
    assert state(call) == ("ended", "failed", endings_lost.NOBODY_KNOWS)
    assert the_leads() == [("not_answered", "open", CALLER)]


def test_twilio_alone_is_away_and_vapi_knows(shop, vendors, now):
    vendors.fault(service="twilio", status=503)
    call = a_call(shop, now, twilio_sid=SID, vapi_id=vendors.at_vapi(**ENDED), stage="assistant")
    ringing = a_call(shop, now, twilio_sid=OTHER_SID, vapi_id=vendors.at_vapi(**ENDED), stage="dispatcher")
    sweeping.sweep(now=now)
    assert state(call) == ("ended", "answered", "customer-ended-call")
    assert state(ringing)[0] == "dispatcher"  # a person may be speaking with them: only Twilio knows


def test_a_call_that_neither_knows_has_failed(shop, vendors, now):
    call = a_call(shop, now, twilio_sid=SID, vapi_id="0192d3a4-7b1c-7aa0-9c55-1f0a2b3c4d5e", stage="assistant")
    sweeping.sweep(now=now)
    assert state(call) == ("ended", "failed", endings_lost.NOBODY_KNOWS)
    assert the_leads() == [("not_answered", "open", CALLER)]


def test_a_request_that_named_no_call_ends_as_what_it_did(shop, vendors, now):
    call = a_call(shop, now, vapi_id="unnamed-abc", stage="assistant")
    sweeping.sweep(now=now)
    assert state(call) == ("ended", "answered", "")


def test_a_call_that_ended_without_a_report_gets_it_later(shop, vendors, now):
    call = a_call(shop, now, minutes=30, twilio_sid=vendors.rings(status="completed"), vapi_id=vendors.at_vapi(**ENDED))
    endings.close(call, reason="completed", at=now - timedelta(minutes=20), hung_up=True)
    assert (state(call)[1], the_leads()) == ("abandoned", [("abandoned", "open", CALLER)])
    assert sweeping.sweep(now=now).settled == 1
    assert state(call) == ("ended", "answered", "customer-ended-call")
    assert the_leads() == [("abandoned", "done", CALLER)]
    assert sweeping.sweep(now=now + timedelta(hours=1)) == Swept()


def test_a_report_that_does_not_exist_is_not_asked_for_again(shop, vendors, now):
    call = a_call(shop, now, minutes=30, twilio_sid=vendors.rings(status="completed"), vapi_id="gone")
    endings.close(call, reason="completed", at=now - timedelta(minutes=20), hung_up=True)
    assert sweeping.sweep(now=now) == Swept()
    assert endings_lost.due(now + timedelta(hours=20)) == []


def test_what_is_known_is_never_made_less(shop, vendors, now):
    """Vapi's list has less than its report had; a call that the report has reached is not touched."""
    bare = vendors.at_vapi(status="ended", endedReason="pipeline-error-x")
    call = a_call(shop, now, minutes=30, vapi_id=bare, summary="Known", stage="ended", outcome="booked", ended_at=now)
    CallEvent.objects.create(call=call, shop=shop, key="r", kind="end-of-call-report", at=now, received_at=now)
    before = Call.objects.values().get()
    assert sweeping.sweep(now=now) == Swept()
    assert Call.objects.values().get() == before


# -- what never reached us


def test_a_call_that_nobody_told_us_of_is_recorded_with_its_lead(shop, vendors, now):
    vendors.rings(status="completed")
    later = now + timedelta(minutes=5)
    assert sweeping.sweep(now=later) == Swept(found=1)
    call = Call.objects.get()
    assert (call.twilio_sid, call.from_number, call.stage, call.outcome) == (SID, CALLER, "ended", "abandoned")
    assert call.fallback_reason == calls_lost.NEVER_REACHED
    assert abs((call.started_at - now).total_seconds()) < 90
    assert the_leads() == [("not_answered", "open", CALLER)]
    Lead.objects.update(status="done")
    assert sweeping.sweep(now=later) == Swept()
    assert the_leads() == [("not_answered", "done", CALLER)]


def test_only_callers_are_recorded(shop, vendors, now, settings):
    settings.SELF_TEST_NUMBER = "+12125550998"
    vendors.rings("CA" + "4" * 32, status="completed", caller=settings.SELF_TEST_NUMBER)
    vendors.rings(status="in-progress")
    vendors.rings(OTHER_SID, status="completed", to="+12125550999")
    vendors.rings("CA" + "3" * 32, status="completed", caller=SHOP)  # our own test of the line
    http.post(
        f"{vendors.url}/twilio/2010-04-01/Accounts/{ACCOUNT}/Calls.json",
        data={"To": SHOP, "From": "+12125550999", "Twiml": "<Response/>"},
        auth=(ACCOUNT, "demo-twilio-auth-token"),
    ).raise_for_status()  # fmt: skip
    vendors.control("settings", {"twilio_call_seconds": 0.1})
    assert sweeping.sweep(now=now + timedelta(minutes=5)) == Swept()
    assert not Call.objects.exists()


def test_what_has_just_ended_may_still_be_told(shop, vendors, now):
    vendors.rings(status="completed")
    assert sweeping.sweep(now=now) == Swept()


def test_a_host_that_was_down_for_long_finds_what_it_missed(shop, vendors, now):
    vendors.rings(status="completed")
    at = (now + timedelta(hours=5)).replace(minute=7)
    assert sweeping.sweep(now=at) == Swept()
    assert sweeping.sweep(now=at.replace(minute=15)) == Swept(found=1)


def test_a_call_that_vapi_answered_and_told_nobody_is_taken_in(shop, vendors, now):
    vapi_id = vendors.at_vapi(**ENDED)
    vendors.at_vapi(status="ended", endedReason="phone-call-provider-bypass-enabled-but-no-call-received")
    vendors.at_vapi()  # goes on
    assert sweeping.sweep(now=now + timedelta(minutes=5)) == Swept(found=1)
    call = Call.objects.get()
    assert (call.vapi_id, call.outcome, call.summary, call.from_number) == (vapi_id, "answered", "Asked for hours.", CALLER)
    assert sweeping.sweep(now=now + timedelta(minutes=6)) == Swept()


def test_a_call_lost_between_vapis_answer_and_our_record_is_joined(shop, vendors, now):
    """The process died after Vapi had taken the call: Twilio's id stands in what Vapi was told."""
    overrides = {"variableValues": {"twilio_call_sid": SID}, "metadata": {"twilio_call_sid": SID}}
    vapi_id = vendors.at_vapi(body={"assistantOverrides": overrides}, **ENDED)
    call = a_call(shop, now, twilio_sid=vendors.rings(status="completed"), handoff_started_at=now)
    sweeping.sweep(now=now + timedelta(minutes=5))
    assert state(call) == ("ended", "answered", "customer-ended-call")
    assert (call.vapi_id, Call.objects.count()) == (vapi_id, 1)


def test_a_voicemail_whose_callback_was_lost_is_in_the_lead(shop, vendors, now):
    sid = vendors.rings(status="completed")
    recording = vendors.recorded()
    later = now + timedelta(minutes=5)
    assert sweeping.sweep(now=later) == Swept(found=2)
    lead = Lead.objects.get()
    assert (lead.reason, lead.status, lead.recording_seconds) == ("voicemail", "open", 9)
    assert lead.recording_url == f"{vendors.url}/twilio/2010-04-01/Accounts/{ACCOUNT}/Recordings/{recording['sid']}"
    assert Call.objects.get(twilio_sid=sid).outcome == "voicemail"
    Lead.objects.update(status="done")
    assert sweeping.sweep(now=later) == Swept()
    assert Lead.objects.get().status == "done"


def test_a_voicemail_that_is_known_is_left_alone(shop, vendors, now):
    call = a_call(shop, now, twilio_sid=vendors.rings(status="completed"), stage="ended", ended_at=now, outcome="voicemail")
    known = "https://api.twilio.com/known"
    leads.keep(
        shop_id=shop.pk, origin=call.origin, reason=Lead.Reason.VOICEMAIL, phone=CALLER, now=now, recording_url=known
    )  # fmt: skip
    vendors.recorded()
    assert sweeping.sweep(now=now + timedelta(minutes=5)) == Swept()
    assert Lead.objects.get().recording_url == known


@pytest.mark.concurrency
def test_two_sweeps_at_once_do_the_work_once(shop, vendors, now):
    for n in range(4):
        vendors.rings(f"CA{n:032x}", status="completed")
    open_call = a_call(shop, now, minutes=9, vapi_id=vendors.at_vapi(**ENDED), stage="assistant")
    done, later = [], now + timedelta(minutes=5)

    def run():
        try:
            done.append(sweeping.sweep(now=later))
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sum(each.settled for each in done) == 1
    assert (Call.objects.count(), Lead.objects.count()) == (5, 4)
    assert state(open_call)[1] == "answered"


def test_a_vendor_that_is_down_is_asked_once_a_sweep(shop, vendors, now):
    for n in range(3):
        a_call(shop, now, twilio_sid=f"CA{n:032x}")
    vendors.fault(service="twilio", status=500, count=1)
    assert sweeping.sweep(now=now) == Swept()
    assert Call.objects.filter(stage="ringing", reconcile_at__gt=now).count() == 3


def test_the_task_runs(shop, vendors):
    tasks.reconcile_calls()


def test_it_refuses_to_run_in_a_transaction(db, now):
    with pytest.raises(RuntimeError, match="inside a transaction"):
        sweeping.sweep(now=now)
