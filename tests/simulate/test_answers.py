"""What the simulator refuses to believe."""

import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from hvacsched.simulate import answers, twiml
from hvacsched.simulate.errors import WrongError

ZONE = ZoneInfo("America/New_York")
NOW = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)
SLOT = {
    "slotId": "S-1",
    "startsAt": "2026-12-01T09:00:00-05:00",
    "endsAt": "2026-12-01T11:00:00-05:00",
    "window": "morning",
}
OFFERED = {"state": "offered", "say": "I have nine.", "slots": [SLOT]}
BOOKED = {
    "state": "booked",
    "say": "You're booked.",
    "bookingId": "b",
    "reference": "HV-1",
    "scheduledDate": "2026-12-01T09:00:00-05:00",
}
HELD = {
    "state": "held",
    "say": "I'm holding nine for 5 minutes; it isn't booked yet.",
    "slotId": "S-1",
    "startsAt": "2026-12-01T09:00:00-05:00",
    "endsAt": "2026-12-01T11:00:00-05:00",
    "expiresAt": "2026-11-24T09:05:00-05:00",
}
CANCELLED = {"state": "cancelled", "say": "I've cancelled your appointment.", "bookingId": "b", "cancelledReference": "HV-1"}
SEEN = {
    "reference": "HV-1", "service": "repair visit", "status": "booked", "address": "",
    "startsAt": "2026-12-01T09:00:00-05:00", "endsAt": "2026-12-01T11:00:00-05:00",
}  # fmt: skip
FOUND = {"state": "found", "say": "I see your repair visit.", "appointments": [SEEN]}


def read(body, tool="bookAppointment"):
    return answers.read(tool, json.dumps(body), zone=ZONE, now=NOW)


def test_true_answers_are_believed():
    assert read(OFFERED).slots == (SLOT,)
    claim = read(BOOKED).claim
    assert (claim.reference, claim.starts_at) == ("HV-1", datetime(2026, 12, 1, 14, 0, tzinfo=UTC))
    hold = read(HELD, "holdSlot").hold
    assert (hold.slot_id, hold.starts_at) == ("S-1", datetime(2026, 12, 1, 14, 0, tzinfo=UTC))
    assert read(CANCELLED, "cancelAppointment").cancelled_reference == "HV-1"
    assert read(FOUND, "findAppointments").body["appointments"][0]["reference"] == "HV-1"
    assert not read(HELD).stands
    assert not read(CANCELLED).stands


@pytest.mark.parametrize(
    "body",
    [
        OFFERED | {"slots": []},
        OFFERED | {"state": "not_booked"},
        OFFERED | {"say": ""},
        OFFERED | {"state": "perhaps"},
        OFFERED | {"slots": [SLOT, SLOT]},
        OFFERED | {"slots": [SLOT | {"startsAt": "2026-12-01T09:00:00"}]},
        OFFERED | {"slots": [SLOT | {"startsAt": "2026-12-01T09:00:00-04:00"}]},
        OFFERED | {"slots": [SLOT | {"startsAt": "2026-11-01T09:00:00-05:00"}]},
        OFFERED | {"slots": [SLOT | {"endsAt": SLOT["startsAt"]}]},
        OFFERED | {"slots": [{"slotId": "S-1"}]},
        {key: value for key, value in BOOKED.items() if key != "reference"},
        BOOKED | {"state": "not_booked"},
        {"state": "not_booked", "say": "You're booked, Jane."},
        {"state": "not_booked", "say": "No.", "bookingId": "b"},
        {"state": "not_booked", "say": "No.", "scheduledDate": "2026-12-01T09:00:00-05:00"},
        {"state": "not_booked", "say": "No.", "cancelledReference": "HV-1"},
        {key: value for key, value in HELD.items() if key != "expiresAt"},
        {key: value for key, value in HELD.items() if key != "slotId"},
        HELD | {"say": "You're booked for nine."},
        HELD | {"reference": "HV-1"},
        HELD | {"bookingId": "b"},
        HELD | {"endsAt": HELD["startsAt"]},
        HELD | {"startsAt": "2026-12-01T09:00:00"},
        HELD | {"expiresAt": "2026-11-24T08:59:00-05:00"},
        HELD | {"expiresAt": "2026-11-24T10:01:00-05:00"},
        {key: value for key, value in CANCELLED.items() if key != "cancelledReference"},
        {key: value for key, value in CANCELLED.items() if key != "bookingId"},
        FOUND | {"appointments": []},
        FOUND | {"state": "not_found"},
        FOUND | {"appointments": [SEEN | {"startsAt": "2026-12-01T09:00:00-04:00"}]},
        FOUND | {"appointments": [{"reference": "HV-1", "startsAt": "2026-12-01T09:00:00-05:00"}]},
        FOUND | {"reference": "HV-1"},
        CANCELLED | {"reference": "HV-1"},
        CANCELLED | {"scheduledDate": "2026-12-01T09:00:00-05:00"},
    ],
)  # fmt: skip
def test_untrue_answers_are_not(body):
    with pytest.raises(WrongError):
        read(body)


def test_the_seeds_keys_agree_with_the_state():
    good = BOOKED | {"success": True, "confirmationId": "HV-1"}
    assert read(good, "scheduleHVACAppointment").stands
    for wrong in ({"success": False}, {"confirmationId": "HV-2"}):
        with pytest.raises(WrongError):
            read(good | wrong, "scheduleHVACAppointment")


@pytest.mark.parametrize(
    "body",
    [
        "not json",
        "{}",
        '{"results": []}',
        '{"results": [{"toolCallId": "b", "name": "x", "result": "{}"}]}',
        '{"results": [{"toolCallId": "a", "name": "x", "result": "{}", "error": "no"}]}',
        '{"results": [{"toolCallId": "a", "name": "x", "result": "two\\nlines"}]}',
        '{"results": [{"toolCallId": "a", "name": "x", "result": {"state": "booked"}}]}',
    ],
)
def test_results_have_vapis_shape(body):
    with pytest.raises(WrongError):
        answers.results(body, [("a", "x")])


def test_twiml_is_read_in_order():
    text = (
        '<?xml version="1.0" encoding="UTF-8"?><Response><Connect>'
        '<Stream url="wss://v.example/0192d3a4-7b1c-7aa0-9c55-1f0a2b3c4d5e/transport"/></Connect>'
        '<Redirect method="POST">http://127.0.0.1/twilio/after-assistant</Redirect></Response>'
    )
    response = twiml.read(text)
    assert response.names == ("Connect", "Redirect")
    assert response.vapi_id == "0192d3a4-7b1c-7aa0-9c55-1f0a2b3c4d5e"
    assert response.the("Redirect").text == "http://127.0.0.1/twilio/after-assistant"
    with pytest.raises(WrongError, match="TwiML without <Dial>"):
        response.the("Dial")


@pytest.mark.parametrize("text", ["", "<Response>", "<html></html>", '<!DOCTYPE x [<!ENTITY e "e">]><Response/>'])
def test_what_twilio_could_not_play(text):
    with pytest.raises(WrongError):
        twiml.read(text)
