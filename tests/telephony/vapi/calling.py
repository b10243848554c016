"""Two customers, and what they say to the assistant's tools about their appointments."""

import json
from datetime import UTC, datetime

from tests.telephony.vapi.speaking import ask

NOW = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)  # Tuesday, nine in New York
JANE = {"customerName": "Jane Doe", "address": "12 Main St, New York 10001", "serviceType": "repair"}
BOB = {"customerName": "Bob Castillo", "address": "88 Court St, Brooklyn 11201", "serviceType": "tune up"}
HERS, OTHER, ABROAD = "+14155550142", "+12125550777", "+4915112345678"
ASKED = "May I have the name the appointment is under, or the ZIP code of the address?"
DENIED = (
    "I can't find an upcoming appointment under the number you're calling from. "
    "Shall I have our office call you back, or would you like a new appointment?"
)


def book(client, who=JANE, at="2026-11-25T09:00", call="first", caller=HERS, **also):
    booked = ask(client, "bookAppointment", {**who, "scheduledDate": at, **also}, call=call, tid=f"b-{at}", caller=caller)
    assert booked["state"] == "booked", booked
    return booked


def find(client, call="later", tid="f", caller=HERS, **facts):
    return ask(client, "findAppointments", facts, call=call, tid=tid, caller=caller)


def says_nothing_of(answer, *words):
    """Look through all of an answer for what must not be in it."""
    text = json.dumps(answer).casefold()
    assert [word for word in words if word.casefold() in text] == []
