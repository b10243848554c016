"""Whole calls in Spanish, through /webhook/vapi: what is said, word for word, and what stands then."""

import re
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import translation

from bookings.models import (
    Booking,
    BusyBlock,
    Closure,
    Concern,
    Lead,
    OutgoingMessage,
    ServiceArea,
    ServiceType,
    Shop,
    Technician,
)
from bookings.services import confirmations
from telephony.models import Call
from tests.factories import a_shop
from tests.telephony.vapi.speaking import answers, ask, post, tool_message

pytestmark = pytest.mark.django_db
NEW_YORK = ZoneInfo("America/New_York")
NOW = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)  # Tuesday, nine in New York
NUMBER = "+12125550100"
WHO = {"customerName": "Ana Ruiz", "address": "12 Main St, New York 10001"}
REPAIR = "reparación\nno funciona\nno hay calefacción"


@pytest.fixture(autouse=True)
def shop():
    shop = a_shop(phone_number=NUMBER, languages="en-es", holidays_closed="Thanksgiving Day")
    ServiceType.objects.filter(shop=shop, key="repair").update(phrases=f"repair\n{REPAIR}")
    ServiceType.objects.filter(shop=shop, key="maintenance").update(phrases="tune up\nmantenimiento")
    shop.refresh_from_db()
    with time_machine.travel(NOW, tick=False):
        yield shop


def pide(client, tool, arguments, tid="t1", **options):
    return ask(client, tool, {"language": "es", **arguments}, tid=tid, **options)


def busca(client, dia, tid="t1", **mas):
    return pide(client, "checkAvailability", {"serviceType": "no funciona la calefacción", "requestedDate": dia, **mas}, tid=tid)


def reserva(client, cuando, tid="b", call="llamada-1", **mas):
    return pide(
        client, "bookAppointment", {**WHO, "serviceType": "reparación", "scheduledDate": cuando, **mas}, tid=tid, call=call
    )


def test_a_call_that_looks_books_moves_and_cancels(client):
    found = busca(client, "mañana", timeWindow="por la mañana")
    assert found["say"] == (
        "Para su visita de reparación tengo el miércoles 25 de noviembre entre las 8 y las 10 de la mañana o "
        "el miércoles 25 de noviembre entre las 10 de la mañana y el mediodía. ¿Cuál le conviene?"
    )
    assert (found["state"], found["available"], found["message"]) == ("offered", True, found["say"])
    assert [slot["window"] for slot in found["slots"]] == ["morning", "morning"]

    held = pide(client, "holdSlot", {"slotId": found["slots"][0]["slotId"]}, tid="t2")
    assert held["say"] == (
        "Le aparto el miércoles 25 de noviembre entre las 8 y las 10 de la mañana durante 5 minutos; todavía no queda "
        "reservado. ¿A qué nombre y con qué dirección lo pongo?"
    )
    booked = pide(
        client, "bookAppointment", {**WHO, "serviceType": "reparación", "slotId": found["slots"][0]["slotId"]}, tid="t3"
    )
    booking = Booking.objects.get()
    spelt = " ".join(booking.reference.removeprefix("HV-"))
    assert (booked["state"], booked["say"]) == (
        "booked",
        "Listo, Ana Ruiz: su cita queda para el miércoles 25 de noviembre entre las 8 y las 10 de la mañana. "
        f"Su referencia es H V, {spelt}.",
    )
    moved = pide(client, "rescheduleAppointment", {"scheduledDate": "el viernes a la una de la tarde"}, tid="t4")
    assert moved["say"] == (
        "Listo, cambié la cita a nombre de Ana Ruiz; ahora es el viernes 27 de noviembre entre la 1 y las 3 de la tarde. "
        f"Su referencia es H V, {spelt}."
    )
    booking.refresh_from_db()
    assert booking.promised_from == datetime(2026, 11, 27, 18, 0, tzinfo=UTC)
    # Corrected by booking again, with another name.
    corrected = pide(
        client, "bookAppointment",
        {**WHO, "customerName": "Ana Ruiz Díaz", "serviceType": "reparación", "scheduledDate": "2026-11-27T13:00"}, tid="t5",
    )  # fmt: skip
    assert corrected["say"].startswith(
        "Listo, ya lo corregí. La cita es a nombre de Ana Ruiz Díaz, el viernes 27 de noviembre entre la 1 y las 3 de la tarde. "
    )


def test_a_cancelled_visit_and_its_texts(client):
    booked = reserva(client, "2026-11-25T09:00")
    later = pide(client, "cancelAppointment", {"reference": booked["reference"]}, call="llamada-2")
    assert (later["state"], later["say"]) == (
        "cancelled",
        "Listo, cancelé su cita para el miércoles 25 de noviembre entre las 9 y las 11 de la mañana. "
        "¿Le puedo ayudar en algo más?",
    )
    texts = list(OutgoingMessage.objects.order_by("pk").values_list("body", flat=True))
    reference = booked["reference"]
    assert texts == [
        "ABC HVAC: su visita de reparacion es el miércoles 25 de noviembre, llegada de 9 am a 11 am. "
        f"Referencia {reference}. Responda STOP para no recibir más.".replace("más", "mas"),
        "ABC HVAC: se cancelo su visita de reparacion, el miércoles 25 de noviembre. "
        f"Referencia {reference}. Responda STOP para no recibir mas.",
    ]
    for text in texts:
        assert set(text) <= confirmations._GSM
        assert len(text) <= 160


@pytest.mark.parametrize(
    ("letters", "sent"),
    [("Mañana a las 8, señor Núñez: ¡listo!", "Mañana a las 8, señor Nuñez: ¡listo!"), ("áéíóúü ¿Qué?", "aéiouü ¿Qué?")],
)
def test_spanish_letters_in_a_text(letters, sent):
    assert confirmations.gsm(letters) == sent


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"requestedDate": "el jueves"}, "Estamos cerrados el jueves 26 de noviembre por el Día de Acción de Gracias. Para su"),
        ({"requestedDate": "2026-12-02"}, "Estamos cerrados el miércoles 2 de diciembre. Para su visita de reparación tengo "),
        (
            {"requestedDate": "mañana", "timeWindow": "noche"},
            "No tengo nada disponible el miércoles 25 de noviembre por la noche. Para su visita de reparación tengo ",
        ),
        (
            {"requestedDate": "el viernes que viene"},
            "¿Quiere decir este viernes 27 de noviembre o el próximo viernes 4 de diciembre?",
        ),
        (
            {"requestedDate": "lunes o miércoles"},
            "¿Quiere decir el miércoles 25 de noviembre o el lunes 30 de noviembre?",
        ),
        ({"requestedDate": "banana"}, "Perdón, ¿qué día quiso decir?"),
        ({"requestedDate": "2026-02-30"}, "Ese día o esa hora no existe. ¿Qué día le conviene?"),
        ({"requestedDate": "yesterday"}, "Esa fecha ya pasó. ¿Qué día le conviene?"),
        (
            {"requestedDate": "2026-11-20"},
            "La fecha que me dio, el viernes 20 de noviembre, ya pasó. ¿Qué día le conviene, de hoy en adelante?",
        ),
        (
            {"requestedDate": "2027-06-01"},
            "Nuestra agenda está abierta hasta el sábado 23 de enero. ¿Hay un día antes de esa fecha que le convenga?",
        ),
        (
            {"serviceType": "una pizza"},
            "No entendí qué servicio necesita: ¿visita de reparación, visita de mantenimiento o instalación?",
        ),
        ({"serviceType": None}, "Todavía necesito saber qué tipo de visita es. ¿Me lo puede decir?"),
        (
            {"serviceType": None, "requestedDate": ""},
            "Todavía necesito saber qué tipo de visita es y el día. ¿Me lo puede decir?",
        ),
        ({"zip": "90210"}, "Lo siento, el código postal 9 0 2 1 0 está fuera de la zona que atendemos."),
        (
            {"zip": "10451", "requestedDate": "mañana"},
            "A Bronx vamos los lunes, jueves y sábados. Para su visita de reparación tengo ",
        ),
    ],
)
def test_what_cannot_be_had_is_told_in_spanish(client, shop, asked, sentence):
    Closure.objects.create(shop=shop, on=date(2026, 12, 2), reason="")
    ServiceArea.objects.create(shop=shop, name="Manhattan", zip_codes="100*")
    ServiceArea.objects.create(shop=shop, name="Bronx", zip_codes="104*", weekdays=[0, 3, 5], trip_fee=25)
    answer = pide(client, "checkAvailability", {"serviceType": "reparación", "requestedDate": "mañana", **asked})
    assert answer["say"].startswith(sentence)
    assert not re.search(r"\b(the|and|or|between|you|on)\b", answer["say"])


def test_a_time_that_is_taken_gets_the_nearest(client, shop):
    for technician in Technician.objects.all():
        BusyBlock.objects.create(
            shop=shop, technician=technician, calendar_id="c", event_id=f"e{technician.pk}",
            starts_at=datetime(2026, 11, 25, 8, tzinfo=NEW_YORK), ends_at=datetime(2026, 11, 25, 12, tzinfo=NEW_YORK),
        )  # fmt: skip
    answer = reserva(client, "2026-11-25T09:00")
    assert answer["state"] == "offered"
    assert answer["say"].startswith("Lo siento, ese horario no está disponible. Lo más cercano que tengo es el martes 24 de ")
    assert answer["say"].endswith("de la tarde. ¿Le conviene alguno de estos horarios?")
    too_soon = reserva(client, "2026-11-24T09:30", tid="b2")
    assert too_soon["say"].startswith("Eso es demasiado pronto para que podamos llegar. Lo más cercano que tengo es el martes ")


def test_the_office_calls_back_and_reads_english(client, shop):
    Technician.objects.update(active=False)
    answer = busca(client, "mañana")
    assert (answer["state"], answer["say"]) == (
        "office_will_call",
        "No tengo horarios libres cerca de ese día. Nuestra oficina le devolverá la llamada al número desde el que nos llama.",
    )
    assert Lead.objects.get().wanted == "repair visit, asked for Wednesday, November 25"


@pytest.mark.parametrize(
    ("problem", "said"),
    [
        ("huele a gas en la cocina", "Por favor salga del edificio ahora mismo, con todos los demás. No toque interruptores, "),
        ("suena la alarma de monóxido", "Saque a todos afuera, al aire fresco, ahora mismo y llame al 911 desde allí. "),
        ("sale humo del equipo", "Si ve humo o llamas, salga ahora mismo con todos los demás y llame al 911 desde afuera. "),
    ],
)
def test_danger_is_answered_in_spanish_and_stays_in_force(client, problem, said):
    answer = busca(client, "mañana", problem=problem)
    assert answer["state"] == "emergency"
    assert answer["say"].startswith(said)
    assert busca(client, "mañana", tid="t2")["say"] == answer["say"]
    assert (Booking.objects.count(), Concern.objects.count(), Lead.objects.get().reason) == (0, 1, "emergency")
    assert Concern.objects.get().text.startswith("Somebody spoke of danger: ")


def test_fees_are_told_before_and_with_the_booking(client, shop):
    ServiceType.objects.filter(shop=shop, key="repair").update(visit_fee=89, overtime_fee=60)
    ServiceArea.objects.create(shop=shop, name="Bronx", zip_codes="104*", trip_fee=25)
    where = {"address": "900 Grand Concourse, Bronx 10451"}
    asked = reserva(client, "2026-11-25T09:00", **where)
    assert (asked["state"], asked["say"]) == (
        "not_booked",
        "Hay un cargo de 89 dólares por la visita y la revisión y un cargo por traslado de 25 dólares para su zona. "
        "¿Está de acuerdo y le reservo la cita?",
    )
    booked = reserva(client, "2026-11-25T09:00", tid="b2", **where)
    assert "El cargo por la visita es de 89 dólares. Hay un cargo por traslado de 25 dólares. Su referencia" in booked["say"]
    assert (
        "llegada de 9 am a 11 am. Cargo por visita $89. Cargo por traslado $25. Referencia" in OutgoingMessage.objects.get().body
    )
    found = busca(client, "2026-11-27", zip="10451")
    assert found["say"].endswith(
        "El cargo por la visita es de 89 dólares. Para su zona hay un cargo por traslado de 25 dólares. ¿Cuál le conviene?"
    )


def test_who_has_none_or_several(client):
    assert pide(client, "cancelAppointment", {}, call="otra")["say"].startswith("¿Me dice a qué nombre está la cita, ")
    none = pide(client, "cancelAppointment", {"zip": "10999"}, call="otra", tid="t2")
    assert none["say"].startswith("No encuentro ninguna cita próxima ")
    for n, cuando in enumerate(["2026-12-01T09:00", "2026-12-03T13:00"]):
        reserva(client, cuando, call=f"c{n}")
    which = pide(client, "cancelAppointment", {"zip": "10001"}, call="c9")
    assert which["say"] == (
        "Veo más de una cita: el martes primero de diciembre entre las 9 y las 11 de la mañana y el jueves 3 de diciembre "
        "entre la 1 y las 3 de la tarde. ¿A cuál se refiere?"
    )
    for n, named in enumerate(
        ("la del jueves 3 de diciembre", "mi cita del 3 de diciembre", "la cita para el 3 de diciembre", "el 3 de diciembre")
    ):
        one = pide(client, "cancelAppointment", {"zip": "10001", "reference": named, "moveOffered": False}, call=f"d{n}")
        assert one["say"] == (
            "En lugar de cancelar su cita para el jueves 3 de diciembre entre la 1 y las 3 de la tarde, puedo cambiársela a "
            "otro día. ¿Prefiere eso, o la cancelo?"
        )


def test_the_language_is_that_of_each_tool_call(client):
    message = tool_message(
        ("a", "checkAvailability", {"serviceType": "repair", "requestedDate": "tomorrow", "language": "es"}),
        ("b", "checkAvailability", {"serviceType": "repair", "requestedDate": "tomorrow", "language": "en"}),
        ("c", "checkAvailability", {"serviceType": "repair", "requestedDate": "tomorrow", "language": "français"}),
        ("d", "takeMeToTheMoon", {"language": "ES"}),
    )
    spanish, english, other, unknown = answers(post(client, message))
    assert spanish["say"].startswith("Para su visita de reparación tengo el miércoles 25 de noviembre entre ")
    assert english["say"].startswith("For a repair visit I have Wednesday, November 25, between ")
    assert other["say"] == english["say"]
    assert unknown["say"] == "Eso no lo puedo hacer yo. ¿Hay alguna cita con la que le pueda ayudar?"
    assert translation.get_language() == "en-us"


def test_the_language_heard_in_the_call_is_spoken_where_the_tool_names_none(client):
    question = {"serviceType": "repair", "requestedDate": "tomorrow"}
    assert ask(client, "checkAvailability", question)["say"].startswith("For a repair visit")
    Call.objects.update(language="es")
    assert ask(client, "checkAvailability", question, tid="2")["say"].startswith("Para su visita de reparación")


def test_a_shop_speaks_only_its_languages(client, shop):
    Shop.objects.update(languages="en")
    assert busca(client, "tomorrow")["say"].startswith("For a repair visit I have Wednesday")
    Shop.objects.update(languages="es")
    assert ask(client, "checkAvailability", {"serviceType": "repair", "requestedDate": "tomorrow"}, tid="2")["say"].startswith(
        "Para su visita de reparación tengo el miércoles"
    )


def test_the_same_request_hears_the_stored_answer(client):
    first = reserva(client, "2026-11-25T09:00")
    assert reserva(client, "2026-11-25T09:00") == first
    assert Booking.objects.count() == 1


def test_a_call_of_no_shop_that_is_known_is_answered_in_spanish(client):
    a_shop(phone_number="+12125550101")
    answer = pide(client, "checkAvailability", {"serviceType": "repair", "requestedDate": "tomorrow"}, number="+12125550999")
    assert answer["say"] == (
        "En este momento no puedo ver nuestra agenda y prefiero no prometerle nada hasta poder verla. ¿Lo intento otra vez?"
    )


def test_a_caller_is_put_through_in_spanish(client, shop):
    shop.fallback_number = "+12125550111"
    shop.save(update_fields=["fallback_number"])
    ask(client, "checkAvailability", {"serviceType": "repair", "requestedDate": "tomorrow"})
    Call.objects.update(language="es")
    message = tool_message()
    message["message"]["type"] = "transfer-destination-request"
    assert post(client, message).json()["message"]["content"] == "Un momento por favor, le comunico con alguien de ABC HVAC."
    Call.objects.update(language="")
    assert "I am connecting you" in post(client, message).json()["message"]["content"]


def test_the_back_office_stays_english_whatever_a_browser_asks_for(client, admin_client):
    page = admin_client.get("/admin/", headers={"accept-language": "es"})
    assert 'lang="en' in page.content.decode()
    assert (
        admin_client.get("/admin/password_change/", headers={"accept-language": "es"}).content.decode().count("contraseña") == 0
    )


def test_the_language_of_a_call_is_the_one_its_tools_were_asked_in(client):
    """Nothing says which language was heard, but the assistant told its tools; what was heard goes before that."""
    with time_machine.travel(NOW, tick=False):
        ask(
            client, "checkAvailability", {"serviceType": "reparación", "requestedDate": "2026-12-01", "language": "es"}, call="c1"
        )
        ended = {
            "type": "end-of-call-report", "call": {"id": "c1"}, "phoneNumber": {"number": "+12125550100"}, "artifact": {},
            "endedReason": "customer-ended-call",
        }  # fmt: skip
        post(client, {"message": ended})
        assert Call.objects.get(vapi_id="c1").language == "es"
        heard = {
            "type": "language-change-detected", "language": "en", "call": {"id": "c1"}, "timestamp": 1795000000000,
            "phoneNumber": {"number": "+12125550100"},
        }  # fmt: skip
        post(client, {"message": heard})
        assert Call.objects.get(vapi_id="c1").language == "en"
