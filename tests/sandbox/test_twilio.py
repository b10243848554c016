"""Twilio: messages, calls and their callbacks, through twilio-python."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from tests.outside import http
from tests.sandbox.conftest import ACCOUNT_SID, Mailbox, Received

TO, SHOP = "+12125550201", "+12125550100"
TOKEN = "demo-twilio-auth-token"


def wait_for(client: Client, sid: str, *states: str) -> Any:
    fetch: Any = client.messages if sid.startswith("SM") else client.calls
    for _ in range(300):
        found = fetch(sid).fetch()
        if found.status in states:
            return found
        time.sleep(0.01)
    raise AssertionError(f"{sid} is {found.status}, not {states}")


def is_signed(request: Received, mailbox: Mailbox) -> bool:
    form = request.form if request.method == "POST" else {}
    validator = RequestValidator(TOKEN)
    return bool(validator.validate(mailbox.url + request.path, form, request.headers["X-Twilio-Signature"]))


def test_a_message_is_sent_and_delivered_with_signed_callbacks(twilio: Client, mailbox: Mailbox) -> None:
    callback = f"{mailbox.url}/status?id=7%2F8&x=%41#rc=2"
    message = twilio.messages.create(to=TO, from_=SHOP, body="Grüße", status_callback=callback)
    assert (message.status, message.error_code, message.num_segments) == ("queued", None, "1")
    delivered = wait_for(twilio, message.sid, "delivered")
    assert delivered.date_sent is not None
    sent, last = mailbox.wait(2)
    assert [each.form["MessageStatus"] for each in (sent, last)] == ["sent", "delivered"]
    assert last.path == "/status?id=7%2F8&x=%41"
    assert last.form == {
        "MessageSid": message.sid,
        "SmsSid": message.sid,
        "MessageStatus": "delivered",
        "SmsStatus": "delivered",
        "AccountSid": ACCOUNT_SID,
        "From": SHOP,
        "To": TO,
        "ApiVersion": "2010-04-01",
    }
    assert is_signed(sent, mailbox)
    assert is_signed(last, mailbox)
    last.form["MessageStatus"] = "failed"
    assert not is_signed(last, mailbox)


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"to": "12125550201", "from_": SHOP, "body": "x"}, 21211),
        ({"to": "anonymous", "from_": SHOP, "body": "x"}, 21211),
        ({"to": SHOP, "from_": SHOP, "body": "x"}, 21211),
        ({"to": TO, "body": "x"}, 21603),
        ({"to": TO, "from_": "desk", "body": "x"}, 21212),
        ({"to": TO, "from_": SHOP}, 21602),
        ({"to": TO, "from_": SHOP, "body": "x" * 1601}, 21617),
        ({"to": TO, "from_": SHOP, "body": "x", "status_callback": "nowhere"}, 21609),
    ],
)
def test_messages_twilio_would_refuse(twilio: Client, control: httpx.Client, form: dict[str, Any], code: int) -> None:
    with pytest.raises(TwilioRestException) as error:
        twilio.messages.create(**form)
    assert (error.value.status, error.value.code) == (400, code)
    assert control.get("/messages").json() == {"messages": []}


def test_a_sender_that_is_not_ours(twilio: Client, control: httpx.Client) -> None:
    control.post("/settings", json={"twilio_numbers": [SHOP]})
    twilio.messages.create(to=TO, from_=SHOP, body="x")
    with pytest.raises(TwilioRestException) as error:
        twilio.messages.create(to=TO, from_="+12125550101", body="x")
    assert error.value.code == 21606


def test_numbers_that_opted_out_or_cannot_be_reached(twilio: Client, control: httpx.Client, mailbox: Mailbox) -> None:
    control.post("/numbers", json={"number": TO, "opted_out": True})
    with pytest.raises(TwilioRestException) as error:
        twilio.messages.create(to=TO, from_=SHOP, body="x")
    assert error.value.code == 21610
    control.post("/numbers", json={"number": TO, "opted_out": False, "error_code": 30005})
    message = twilio.messages.create(to=TO, from_=SHOP, body="x", status_callback=mailbox.url)
    assert wait_for(twilio, message.sid, "undelivered").error_code == 30005
    assert mailbox.wait(2)[1].form["ErrorCode"] == "30005"


def test_messages_are_listed_by_receiver_and_day(twilio: Client) -> None:
    sids = [twilio.messages.create(to=TO, from_=SHOP, body=str(number)).sid for number in range(3)]
    other = twilio.messages.create(to="+12125550202", from_=SHOP, body="x").sid
    for sid in (*sids, other):
        wait_for(twilio, str(sid), "delivered")
    assert [each.sid for each in twilio.messages.list(to=TO)] == sids[::-1]
    assert [each.sid for each in twilio.messages.list(to=TO, page_size=1)] == sids[::-1]
    today = datetime.now(UTC)
    assert len(twilio.messages.list(date_sent=today)) == 4
    assert len(twilio.messages.list(date_sent_after=today - timedelta(days=1))) == 4
    assert twilio.messages.list(date_sent_before=today - timedelta(days=1)) == []


def test_a_scheduled_message_is_canceled(twilio: Client, mailbox: Mailbox) -> None:
    service = "MG" + "5e" * 16
    later = datetime.now(UTC) + timedelta(hours=1)
    message = twilio.messages.create(
        to=TO, messaging_service_sid=service, body="x", schedule_type="fixed", send_at=later, status_callback=mailbox.url
    )
    assert message.status == "scheduled"
    assert twilio.messages(str(message.sid)).update(status="canceled").status == "canceled"
    assert mailbox.wait(1)[0].form["MessageStatus"] == "canceled"
    with pytest.raises(TwilioRestException) as error:
        twilio.messages(str(message.sid)).update(status="canceled")
    assert error.value.code == 30409
    with pytest.raises(TwilioRestException) as error:
        twilio.messages.create(to=TO, from_=SHOP, body="x", schedule_type="fixed", send_at=later)
    assert error.value.code == 35118
    soon = datetime.now(UTC) + timedelta(seconds=60)
    with pytest.raises(TwilioRestException) as error:
        twilio.messages.create(to=TO, messaging_service_sid=service, body="x", schedule_type="fixed", send_at=soon)
    assert error.value.code == 35114


def test_the_account_and_its_token_are_checked(sandbox: Any, twilio: Client) -> None:
    url = f"{sandbox.url}/twilio/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json"
    wrong: list[Any] = [None, (ACCOUNT_SID, "wrong"), ("AC" + "1" * 32, TOKEN)]
    for auth in wrong:
        answer = http.post(url, data={"To": TO, "From": SHOP, "Body": "x"}, auth=auth)
        assert (answer.status_code, answer.json()["code"]) == (401, 20003)
    assert twilio.messages.list() == []
    with pytest.raises(TwilioRestException) as error:
        twilio.messages("SM" + "0" * 32).fetch()
    assert (error.value.status, error.value.code) == (404, 20404)


def test_an_outgoing_call_rings_is_answered_and_ends(twilio: Client, control: httpx.Client, mailbox: Mailbox) -> None:
    control.post("/settings", json={"twilio_call_seconds": 0.1})
    mailbox.text = "<Response><Say>Hello</Say></Response>"
    call = twilio.calls.create(
        to=TO,
        from_=SHOP,
        url=f"{mailbox.url}/answer",
        status_callback=f"{mailbox.url}/progress",
        status_callback_event=["initiated", "ringing", "answered", "completed"],
    )
    assert call.status == "queued"
    wait_for(twilio, str(call.sid), "completed")
    seen = mailbox.wait(5)
    assert [each.form["CallStatus"] for each in seen if each.path == "/progress"] == [
        "initiated", "ringing", "in-progress", "completed",
    ]  # fmt: skip
    assert [each.form.get("SequenceNumber") for each in seen if each.path == "/progress"] == ["0", "1", "2", "3"]
    assert all(is_signed(each, mailbox) for each in seen)
    [kept] = control.get("/calls").json()["calls"]
    assert (kept["service"], kept["id"], kept["twiml"]) == ("twilio", call.sid, mailbox.text)


def test_nobody_answers(twilio: Client, control: httpx.Client, mailbox: Mailbox) -> None:
    control.post("/numbers", json={"number": TO, "answers": "no-answer"})
    call = twilio.calls.create(to=TO, from_=SHOP, twiml="<Response/>", status_callback=mailbox.url)
    assert wait_for(twilio, str(call.sid), "no-answer").duration == "0"
    assert mailbox.wait(1)[0].form["CallStatus"] == "no-answer"


def test_a_live_call_is_redirected_and_an_ended_one_is_not(twilio: Client, control: httpx.Client, mailbox: Mailbox) -> None:
    sid = "CA" + "1a" * 16
    control.post("/calls", json={"sid": sid, "from": TO, "to": SHOP})
    twiml = "<Response><Dial>+12125550199</Dial></Response>"
    twilio.calls(sid).update(twiml=twiml)
    [kept] = control.get("/calls").json()["calls"]
    assert (kept["twiml"], kept["status"], kept["direction"]) == (twiml, "in-progress", "inbound")
    mailbox.text = "<Response><Hangup/></Response>"
    twilio.calls(sid).update(url=f"{mailbox.url}/next?step=2", method="GET")
    [request] = mailbox.wait(1)
    assert request.method == "GET"
    assert request.path.startswith("/next?step=2&CallSid=CA")
    assert is_signed(request, mailbox)
    assert [each["twiml"] for each in control.get(f"/calls/{sid}").json()["updates"]] == [twiml, None]
    assert control.get("/calls/CA0").status_code == 404
    assert twilio.calls(sid).update(status="completed").status == "completed"
    with pytest.raises(TwilioRestException) as error:
        twilio.calls(sid).update(twiml=twiml)
    assert error.value.code == 21220
    for wrong in ({"to": TO, "from_": SHOP}, {"to": TO, "from_": SHOP, "url": "nowhere"}):
        with pytest.raises(TwilioRestException) as error:
            twilio.calls.create(**wrong)
        assert error.value.code == 21205


def test_recordings_are_fetched_with_their_sound(sandbox: Any, twilio: Client, control: httpx.Client) -> None:
    call = control.post("/calls", json={"from": TO, "to": SHOP}).json()
    made = control.post("/recordings", json={"call_sid": call["sid"], "duration": 3}).json()
    recording = twilio.recordings(made["sid"]).fetch()
    assert (recording.call_sid, recording.duration) == (call["sid"], "3")
    assert [each.sid for each in twilio.recordings.list(call_sid=call["sid"])] == [made["sid"]]
    url = f"{sandbox.url}/twilio/2010-04-01/Accounts/{ACCOUNT_SID}/Recordings/{made['sid']}"
    assert http.get(url).status_code == 401
    audio = http.get(url, auth=(ACCOUNT_SID, TOKEN))
    assert audio.headers["Content-Type"] == "audio/x-wav"
    assert audio.content[:4] == b"RIFF"
    assert twilio.recordings(made["sid"]).delete()
    assert twilio.recordings.list() == []


def test_callbacks_go_nowhere_but_this_machine(twilio: Client, control: httpx.Client) -> None:
    message = twilio.messages.create(to=TO, from_=SHOP, body="x", status_callback="https://shop.example/status")
    wait_for(twilio, str(message.sid), "delivered")
    deliveries = control.get("/deliveries").json()["deliveries"]
    assert [each["problem"] for each in deliveries] == ["not sent: only http on this machine is reached"] * len(deliveries)
