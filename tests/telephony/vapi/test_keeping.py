"""Words and recordings are deleted when the shop's days are over, recordings also where they lie."""

import threading
from datetime import timedelta

import pytest

from bookings.models import Lead
from sandbox import serve
from telephony import keeping, tasks
from telephony.keeping import Swept
from telephony.models import Call, CallEvent, Emergency, EmergencyWords
from telephony.tools import stored
from tests.factories import a_shop
from tests.outside import http

KEY = {"Authorization": "Bearer key"}


@pytest.fixture(scope="module")
def running():
    with serve.start(port=0) as sandbox:
        yield sandbox


@pytest.fixture
def vendors(running, settings):
    settings.VAPI_BASE_URL, settings.VAPI_API_KEY = f"{running.url}/vapi", "key"
    settings.TWILIO_API_BASE_URL = f"{running.url}/twilio"
    settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKENS = "AC00000000000000000000000000000000", ["demo-twilio-auth-token"]
    control(running.url, "reset", {})
    control(running.url, "faults", {"clear": True})
    return running.url


def control(url, path, body):
    answer = http.post(f"{url}/_control/{path}", json=body)
    answer.raise_for_status()
    return answer.json() if answer.content else None


def at_vapi(url):
    some_id = "41d935c5-76c3-448e-b770-e54bd0769aea"
    caller = {"phoneCallProviderBypassEnabled": True, "customer": {"number": "+14155550142"}}
    body = {"phoneNumberId": some_id, "assistantId": some_id, **caller}
    answer = http.post(f"{url}/vapi/call", json=body, headers=KEY)
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


def still_at_vapi(url):
    return {each["id"] for each in http.get(f"{url}/vapi/call", headers=KEY).json()}


@pytest.fixture
def shop(transactional_db):
    return a_shop(transcript_days=90, recording_days=30)


def test_the_words_of_an_emergency_go_after_the_shop_s_days_and_the_rest_of_it_stays(shop, vendors, now):
    for days in (89, 91):
        at = now - timedelta(days=days)
        raised = Emergency.objects.create(shop=shop, origin=f"call:{days}", danger="gas", heard_at=at, script="Leave.")
        raised.words.create(shop=shop, key="k", at=at, danger="gas", source="transcript", text="it smells like gas")
    keeping.sweep(now=now)
    keeping.sweep(now=now)
    assert list(EmergencyWords.objects.values_list("text", "danger")) == [("", "gas"), ("it smells like gas", "gas")]
    assert Emergency.objects.count() == 2


WORDS = {"wants_person": "to argue about a bill", "summary": "Broken.", "transcript": "User: it broke", "wanted": {"a": 1}}
LINK = "https://storage.vapi.ai/r.wav"


def a_call(shop, now, days, **fields):
    began = now - timedelta(days=days)
    times = {"started_at": began, "ended_at": began + timedelta(minutes=2)}
    call = Call.objects.create(shop=shop, stage="ended", **times, **{**WORDS, "recording_url": LINK, **fields})
    said = {"kind": "transcript", "role": "user", "detail": "final", "text": "it broke"}
    CallEvent.objects.create(call=call, shop=shop, key="k", **said, at=began, received_at=began)
    return call


def kept(call):
    call.refresh_from_db()
    return call.summary, call.transcript, call.wanted, call.recording_url, call.recording_removed_at, call.events.count()


def test_words_go_after_the_shop_s_days_and_what_was_disclosed_stays(shop, vendors, now):
    told = {"disclosure": "This call is recorded.", "disclosed_at": now, "recording_consent": "given"}
    young = a_call(shop, now, 89, twilio_sid="CA1")
    old = a_call(shop, now, 91, twilio_sid="CA2", **told)
    elsewhere = a_call(a_shop(name="Longer", transcript_days=365), now, 91, twilio_sid="CA3")
    assert keeping.sweep(now=now) == Swept(calls=1, events=1)
    assert kept(young)[:3] == kept(elsewhere)[:3] == ("Broken.", "User: it broke", {"a": 1})
    assert kept(old)[:3] == ("", "", {})
    assert [each.wants_person for each in (young, old, elsewhere)] == [WORDS["wants_person"], "", WORDS["wants_person"]]
    assert [kept(each)[-1] for each in (young, old, elsewhere)] == [1, 0, 1]
    assert (old.disclosure, old.disclosed_at, old.recording_consent) == ("This call is recorded.", now, "given")
    assert keeping.sweep(now=now) == Swept()


def test_recordings_go_at_vapi_after_the_shop_s_days(shop, vendors, now):
    ids = [at_vapi(vendors) for _ in range(3)]
    young = a_call(shop, now, 29, vapi_id=ids[0])
    old = a_call(shop, now, 31, vapi_id=ids[1])
    gone = a_call(shop, now, 32, vapi_id="there-is-no-such-call")
    never = a_call(shop, now, 33, twilio_sid="CA4", recording_url="")
    unnamed = a_call(shop, now, 33, vapi_id="unnamed-abc", recording_url="")
    assert keeping.sweep(now=now) == Swept(recordings=2)
    assert still_at_vapi(vendors) == {ids[0], ids[2]}
    assert kept(young)[3:5] == (LINK, None)
    assert kept(old)[3:5] == kept(gone)[3:5] == ("", now)
    assert kept(never)[3:5] == kept(unnamed)[3:5] == ("", None)
    assert keeping.sweep(now=now + timedelta(hours=1)) == Swept()


def test_who_declined_is_deleted_as_soon_as_the_call_is_over_and_reported(shop, vendors, now):
    ids = [at_vapi(vendors) for _ in range(3)]
    declined = {"recording_consent": "declined", "recording_url": ""}
    speaking = a_call(shop, now, 0, vapi_id=ids[0], **declined)
    Call.objects.filter(pk=speaking.pk).update(ended_at=None, stage="assistant")
    unreported = a_call(shop, now, 0, vapi_id=ids[1], **declined)
    reported = a_call(shop, now, 0, vapi_id=ids[2], **declined)
    reported.events.update(kind="end-of-call-report")
    soon = now + timedelta(minutes=3)
    assert keeping.sweep(now=soon) == Swept(recordings=1)
    assert still_at_vapi(vendors) == {ids[0], ids[1]}
    assert kept(reported)[4] == soon
    later = now + timedelta(minutes=13)
    assert keeping.sweep(now=later) == Swept(recordings=1)
    assert kept(unreported)[4] == later
    assert kept(speaking)[4] is None


@pytest.mark.parametrize("fault", [{"status": 500}, {"status": 429}, {"status": 401}, {"drop": True}])
def test_a_vendor_that_fails_is_asked_once_a_sweep_and_again_later(shop, vendors, now, fault):
    ids = [at_vapi(vendors) for _ in range(3)]
    calls = [a_call(shop, now, 40 + n, vapi_id=each) for n, each in enumerate(ids)]
    control(vendors, "faults", {"service": "vapi", "path": "/call", "method": "DELETE", "count": 2, **fault})
    assert keeping.sweep(now=now) == Swept()
    assert keeping.sweep(now=now) == Swept()  # the next one in line; the first waits longer, as it is long overdue
    assert {kept(each)[3] for each in calls} == {LINK}
    assert keeping.sweep(now=now) == Swept(recordings=1)
    assert keeping.sweep(now=now + timedelta(days=1)) == Swept(recordings=2)
    assert still_at_vapi(vendors) == set()


def test_one_that_is_refused_does_not_hold_up_the_others_and_waits_ever_longer(shop, vendors, now):
    refused, fine = a_call(shop, now, 30, vapi_id="not-a-uuid"), a_call(shop, now, 31, vapi_id=at_vapi(vendors))
    control(vendors, "faults", {"service": "vapi", "path": "/call/not-a-uuid", "method": "DELETE", "status": 400})
    now, waits = now + timedelta(seconds=1), []
    for _ in range(4):
        keeping.sweep(now=now)
        refused.refresh_from_db()
        waits.append(round((refused.recording_try_at - now).total_seconds() / 60))
        now = refused.recording_try_at
    assert waits == [5, 5, 10, 20]
    assert kept(refused)[3:5] == (LINK, None)
    assert kept(fine)[3] == ""


def test_voicemail_recordings_go_at_twilio(shop, vendors, now, settings):
    control(vendors, "calls", {"from": "+14155550142", "to": "+12125550100", "sid": "CA" + "1" * 32})
    sids = [control(vendors, "recordings", {"call_sid": "CA" + "1" * 32, "duration": 7})["sid"] for _ in range(2)]
    account = control(vendors, "calls", {"from": "+14155550143", "to": "+12125550100", "sid": "CA" + "2" * 32})["account_sid"]
    settings.TWILIO_ACCOUNT_SID = account
    root = f"{vendors}/twilio/2010-04-01/Accounts/{account}/Recordings"

    def a_lead(n, days, address):
        began = now - timedelta(days=days)
        voicemail = {"reason": "voicemail", "recording_url": address, "recording_seconds": 7}
        return Lead.objects.create(shop=shop, origin=f"call:{n}", created_at=began, **voicemail)

    young, old = a_lead(1, 29, f"{root}/{sids[0]}"), a_lead(2, 31, f"{root}/{sids[1]}")
    gone = a_lead(3, 31, f"{root}/RE{'0' * 32}.mp3")
    control(vendors, "faults", {"service": "twilio", "method": "DELETE", "status": 500, "count": 1})
    assert keeping.sweep(now=now) == Swept()
    assert keeping.sweep(now=now) == Swept(voicemails=1)  # the next one in line; the first waits longer, as it is overdue
    assert keeping.sweep(now=now + timedelta(days=1)) == Swept(voicemails=1)
    for each in (young, old, gone):
        each.refresh_from_db()
    assert [each.recording_url for each in (young, old, gone)] == [f"{root}/{sids[0]}", "", ""]
    listed = http.get(f"{root}.json", auth=(account, "demo-twilio-auth-token")).json()["recordings"]
    assert [each["sid"] for each in listed] == [sids[0]]


def test_a_voicemail_that_is_refused_waits_ever_longer_and_holds_up_no_other(shop, vendors, now, settings):
    account = settings.TWILIO_ACCOUNT_SID = "AC" + "0f" * 16
    refused_sid, other = "RE" + "a" * 32, "RE" + "b" * 32
    root = f"{vendors}/twilio/2010-04-01/Accounts/{account}/Recordings"
    path = f"/2010-04-01/Accounts/{account}/Recordings/{refused_sid}"
    control(vendors, "faults", {"service": "twilio", "path": path, "method": "DELETE", "status": 400})
    refused, fine = (
        Lead.objects.create(
            shop=shop, origin=f"call:{sid}", reason="voicemail", created_at=now - timedelta(days=30, seconds=1),
            recording_url=f"{root}/{sid}",
        )
        for sid in (refused_sid, other)
    )  # fmt: skip
    assert keeping.sweep(now=now) == Swept(voicemails=1)
    waits, at = [], now
    for _ in range(4):
        keeping.sweep(now=at)
        refused.refresh_from_db()
        waits.append(round((refused.recording_try_at - at).total_seconds() / 60))
        at = refused.recording_try_at
    assert waits == [5, 5, 10, 20]
    assert refused.recording_url
    fine.refresh_from_db()
    assert (fine.recording_url, fine.recording_try_at) == ("", None)


@pytest.mark.concurrency
def test_two_sweeps_at_once_do_the_work_once(shop, vendors, now):
    ids = [at_vapi(vendors) for _ in range(6)]
    calls = [a_call(shop, now, 100, vapi_id=each) for each in ids]
    done = []

    def run():
        from django.db import connection

        try:
            done.append(keeping.sweep(now=now))
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sum(each.recordings for each in done) == 6
    assert still_at_vapi(vendors) == set()
    assert [kept(each) for each in calls] == [("", "", {}, "", now, 0)] * 6


def test_a_sweep_is_bounded(shop, vendors, now):
    ids = [at_vapi(vendors) for _ in range(keeping.CALLS_AT_ONCE + 3)]
    for each in ids:
        a_call(shop, now, 40, vapi_id=each)
    assert [keeping.sweep(now=now).recordings for _ in range(3)] == [keeping.CALLS_AT_ONCE, 3, 0]


def test_the_task_sweeps(shop, vendors, now):
    old = a_call(shop, now, 400, twilio_sid="CA9")
    tasks.sweep_calls()
    assert kept(old)[:2] == ("", "")


def test_it_refuses_to_talk_to_vendors_in_a_transaction(db, now):
    with pytest.raises(RuntimeError, match="inside a transaction"):
        keeping.sweep(now=now)


def test_what_a_caller_wanted_a_person_for_goes_also_where_nothing_else_was_kept(shop, vendors, now):
    old = a_call(shop, now, 91, **dict.fromkeys(("summary", "transcript"), ""), wanted={})
    assert keeping.sweep(now=now).calls == 1
    old.refresh_from_db()
    assert old.wants_person == ""
    assert keeping.sweep(now=now).calls == 0


@pytest.mark.parametrize(("transcript_days", "keep_days", "days"), [(10, 90, 10), (90, 10, 10)])
def test_what_was_said_to_tools_outlives_neither_the_transcript_nor_the_answers(db, now, transcript_days, keep_days, days):
    shop = a_shop(transcript_days=transcript_days, keep_days=keep_days)
    call = Call.objects.create(shop=shop, twilio_sid="CA1", started_at=now)
    for age in (days - 1, days + 1):
        at = now - timedelta(days=age)
        call.invocations.create(
            shop=shop, name="takeMessage", arguments={"message": "my mother is ill"}, state="taken", requested_at=at,
            answered_at=at, milliseconds=1,
        )  # fmt: skip
    assert [stored.forget(now=now) for _ in range(2)] == [1, 0]
    assert call.invocations.get().answered_at == now - timedelta(days=days - 1)
