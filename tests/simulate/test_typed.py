"""A call typed by hand, through a real server: what was typed is what stands, and the back office's page of it."""

import io

import pytest
from django.core.management import call_command

from bookings.models import Booking
from hvacsched.simulate.guesses import Notes, guesses
from telephony.models import Call


@pytest.fixture
def typing(product, capsys, monkeypatch):
    """Type lines into the command; return what it printed and the call."""

    def type_in(*lines, number="+12125550911"):
        monkeypatch.setattr("sys.stdin", io.StringIO("\n".join(lines) + "\n"))
        capsys.readouterr()
        call_command("simulate_calls", interactive=True, number=number, seed="typed")
        return capsys.readouterr().out, Call.objects.latest("pk")

    return type_in


@pytest.mark.processes
def test_a_call_is_typed_booked_interrupted_moved_and_delivered_again(product, typing):
    printed, call = typing(
        "?",
        "Hi, my furnace is broken, can somebody come in eight days?",
        '1 requestedDate="next week" window=morning',
        "The first one is good. My name is Ada Byron, 12 Main St, New York 10001.",
        "",
        "d",
        "x make that the second one",
        "",
        "Thanks, that's all.",
        "",
        "q",
    )
    booking = Booking.objects.get(origin=call.origin)
    assert booking.customer
    assert (booking.customer.name, booking.customer.phone, booking.service_type.key) == ("Ada Byron", "+12125550911", "repair")
    assert (call.stage, call.outcome, call.ended_reason) == ("ended", "booked", "customer-ended-call")
    assert "You're booked, Ada Byron" in printed
    assert "answers the same" in printed
    assert "XX" not in printed
    assert f"/calls/{call.pk}/" in printed
    assert [each.name for each in call.invocations.all()] == ["checkAvailability", "bookAppointment", "bookAppointment"]


@pytest.mark.processes
def test_the_end_of_what_is_typed_hangs_up(product, typing):
    printed, call = typing("Never mind.")
    assert (call.stage, Booking.objects.filter(origin=call.origin).count()) == ("ended", 0)
    assert "hangs up" in printed


@pytest.mark.processes
def test_control_c_ends_the_call(product, capsys, monkeypatch):
    class Keyboard(io.StringIO):
        def readline(self, size=-1, /):
            raise KeyboardInterrupt

    monkeypatch.setattr("sys.stdin", Keyboard())
    call_command("simulate_calls", interactive=True, seed="typed")
    assert Call.objects.latest("pk").stage == "ended"
    assert "The call is in the back office" in capsys.readouterr().out


SLOTS = [{"slotId": "ST_1"}, {"slotId": "ST_2"}]


@pytest.mark.parametrize(
    ("words", "tool", "arguments"),
    [
        ("Can you do a tune up next Tuesday morning?", "checkAvailability",
         {"serviceType": "tune up", "requestedDate": "next Tuesday", "timeWindow": "morning"}),
        ("My AC stopped working, tomorrow after four please", "checkAvailability",
         {"serviceType": "repair", "requestedDate": "tomorrow after four"}),
        ("When is my appointment?", "findAppointments", {}),
        ("Please cancel my visit, HV-4K7PQ", "cancelAppointment", {"reference": "HV-4K7PQ"}),
        ("Can we move it to the 5th?", "rescheduleAppointment", {"scheduledDate": "the 5th"}),
        ("Do you take oil tanks?", "takeMessage", {"message": "Do you take oil tanks?"}),
        ("Thanks, that's all.", "", {}),
        ("Necesito una reparación el lunes por la mañana", "checkAvailability",
         {"serviceType": "repair", "requestedDate": "lunes", "timeWindow": "morning", "language": "es"}),
        ("No funciona la calefacción, ¿el 7 de diciembre por la mañana?", "checkAvailability",
         {"serviceType": "repair", "requestedDate": "7 de diciembre", "timeWindow": "morning"}),
        ("Hola, no tengo calefaccion, pueden venir el proximo jueves?", "checkAvailability",
         {"serviceType": "repair", "requestedDate": "proximo jueves", "language": "es"}),
        ("A repair on Friday, December 4 at nine", "checkAvailability", {"requestedDate": "Friday, December 4 at nine"}),
    ],
)  # fmt: skip
def test_what_is_typed_suggests_a_tool(words, tool, arguments):
    notes = Notes()
    notes.hear(words)
    first = guesses(words, notes)[0]
    assert (first.tool, {name: first.arguments.get(name) for name in arguments}) == (tool, arguments)


def test_an_offered_time_that_is_taken_suggests_to_book_it():
    notes = Notes()
    notes.hear("A repair on Friday, this is Ada Byron, call me at 212 555 0142.")
    notes.answered("checkAvailability", {"state": "offered", "slots": SLOTS})
    notes.hear("The second one.")
    first = guesses("The second one.", notes)[0]
    assert first.tool == "bookAppointment"
    assert first.arguments["slotId"] == "ST_2"
    assert (first.arguments["customerName"], first.arguments["customerPhone"]) == ("Ada Byron", "212 555 0142")


def test_what_a_tool_asked_for_is_given_to_it():
    notes = Notes()
    notes.hear("When is my appointment?")
    notes.answered("findAppointments", {"state": "not_found"})
    notes.hear("It's Ada Byron.")
    first = guesses("It's Ada Byron.", notes)[0]
    assert (first.tool, first.arguments) == ("findAppointments", {"customerName": "Ada Byron"})


def test_names_and_addresses_are_heard_as_people_say_them():
    notes = Notes()
    notes.hear("It's under Jane Roe.")
    notes.hear("5 Broadway, New York 10004")
    assert {"name": "Jane Roe", "address": "5 Broadway, New York 10004", "zip": "10004"}.items() <= notes.said.items()


def test_another_day_is_not_the_time_that_was_chosen():
    notes = Notes(booked=True, slots=tuple(SLOTS))
    notes.hear("Wait, no, make that Friday December 4 at nine.")
    first = guesses("Wait, no, make that Friday December 4 at nine.", notes)[0]
    assert (first.tool, first.arguments["scheduledDate"]) == ("bookAppointment", "Friday December 4 at nine")
    assert "slotId" not in first.arguments
