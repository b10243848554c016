"""The assistant's body: what it says, how it listens, what it may do, and that Vapi takes it."""

import json
import re
from datetime import time

import pytest
from django.utils import translation

from bookings.models import ServiceArea, ServiceType, Technician, WorkingHours
from telephony.assistant import builder, versions
from telephony.assistant.builder import NotReadyError
from telephony.tools import schemas
from telephony.tools.run import TOOLS
from tests.factories import TechnicianFactory

LANGUAGES = ("en", "es", "en-es")


def built(shop, **fields):
    type(shop).objects.filter(pk=shop.pk).update(**fields)
    shop.refresh_from_db()
    return builder.build(shop)


def functions(body):
    return {tool["function"]["name"]: tool for tool in body["model"]["tools"] if tool["type"] == "function"}


def prompt(body):
    (message,) = body["model"]["messages"]
    assert message["role"] == "system"
    return message["content"]


@pytest.mark.parametrize("languages", LANGUAGES)
@pytest.mark.parametrize("recorded", [True, False])
def test_vapi_takes_it(shop, vapi, languages, recorded):
    assert vapi.accepts(built(shop, languages=languages, record_calls=recorded, house_rules="Park behind the house.")) == []


def test_the_same_shop_gives_the_same_body_on_another_day(shop, time_machine, now):
    time_machine.move_to(now)
    first = builder.build(shop)
    time_machine.move_to("2027-07-04T03:00:00Z")
    assert versions.fingerprint(builder.build(shop)) == versions.fingerprint(first)


def test_the_first_words(shop):
    assert built(shop, languages="en")["firstMessage"] == (
        "Thank you for calling ABC HVAC. I'm the automated assistant. This call is recorded. How can I help you today?"
    )
    assert built(shop, languages="en", record_calls=False)["firstMessage"] == (
        "Thank you for calling ABC HVAC. I'm the automated assistant. How can I help you today?"
    )
    assert built(shop, languages="en-es", record_calls=True)["firstMessage"] == (
        "Thank you for calling ABC HVAC. I'm the automated assistant. This call is recorded. También hablo español. "
        "How can I help you today?"
    )
    spanish = built(
        shop, languages="es", greeting="Gracias por llamar a {shop}.", ai_disclosure="Soy la asistente automática.",
        recording_disclosure="Esta llamada se graba.",
    )  # fmt: skip
    assert spanish["firstMessage"] == (
        "Gracias por llamar a ABC HVAC. Soy la asistente automática. Esta llamada se graba. ¿En qué le puedo ayudar hoy?"
    )
    assert spanish["firstMessageInterruptionsEnabled"] is False


@pytest.mark.parametrize("recorded", [True, False])
def test_it_records_only_where_the_shop_does(shop, recorded):
    body = built(shop, record_calls=recorded)
    assert body["artifactPlan"]["recordingEnabled"] is recorded
    assert ("The call is recorded." in prompt(body)) is recorded
    assert body["monitorPlan"] == {"listenEnabled": False, "controlEnabled": True}


def test_every_tool_is_offered_with_the_schema_that_validates_it(shop):
    offered = functions(builder.build(shop))
    assert list(offered) == [name for name in TOOLS if not name.startswith("schedule")]
    assert {"checkAvailability", "holdSlot", "bookAppointment", "rescheduleAppointment", "cancelAppointment"} <= set(offered)
    for name, tool in offered.items():
        assert tool["function"]["parameters"] == schemas.of(TOOLS[name].takes)
        assert tool["function"]["description"] == TOOLS[name].description
        assert tool["async"] is False
        assert tool["parameters"] == [
            {"key": "callId", "value": "{{ call.id }}"},
            {"key": "callerNumber", "value": "{{ customer.number }}"},
        ]
        assert {each["type"] for each in tool["messages"]} == {"request-start", "request-response-delayed", "request-failed"}
    assert builder.build(shop)["model"]["tools"][-1]["type"] == "endCall"


@pytest.mark.parametrize("languages", LANGUAGES)
def test_what_is_said_around_a_tool_is_in_the_shops_languages(shop, languages):
    tool = functions(built(shop, languages=languages))["checkAvailability"]
    start = tool["messages"][0]
    if languages == "en-es":
        assert [each["language"] for each in start["contents"]] == ["en", "es"]
        assert [each["text"] for each in start["contents"]] == ["Let me look at the schedule.", "Déjeme ver la agenda."]
    else:
        assert start["content"] == {"en": "Let me look at the schedule.", "es": "Déjeme ver la agenda."}[languages]


def test_it_names_the_credential_and_holds_no_secret(shop, settings):
    settings.WEBHOOK_SECRETS = ["a-secret-that-is-nowhere"]
    settings.VAPI_API_KEY = "a-key-that-is-nowhere"
    body = builder.build(shop)
    servers = [body["server"], *(tool["server"] for tool in functions(body).values())]
    for server in servers:
        assert server["url"] == f"{settings.SERVER_URL}/webhook/vapi"
        assert server["credentialId"] == settings.VAPI_CREDENTIAL_ID
        assert set(server) == {"url", "timeoutSeconds", "credentialId", "backoffPlan"}
    text = json.dumps(body)
    for secret in (*settings.WEBHOOK_SECRETS, settings.VAPI_API_KEY, *settings.TWILIO_AUTH_TOKENS):
        assert secret not in text


def test_without_the_credentials_id_there_is_no_assistant(shop, settings):
    settings.VAPI_CREDENTIAL_ID = ""
    with pytest.raises(NotReadyError, match="VAPI_CREDENTIAL_ID"):
        builder.build(shop)


@pytest.mark.parametrize(("languages", "heard"), [("en", "en"), ("es", "es"), ("en-es", "multi")])
def test_it_listens_in_the_shops_languages(shop, languages, heard):
    ServiceType.objects.filter(shop=shop, key="repair").update(name_es="visita de reparación")
    body = built(shop, languages=languages)
    transcriber = body["transcriber"]
    assert (transcriber["language"], transcriber["endpointing"]) == (heard, 300)
    assert {"ABC HVAC", "repair visit", "no heat"} <= set(transcriber["keyterm"])
    assert ("visita de reparación" in transcriber["keyterm"]) is ("es" in languages)
    assert len(transcriber["keyterm"]) <= 60
    assert ("smartEndpointingPlan" in body["startSpeakingPlan"]) is (languages == "en")
    assert ("version" in body["voice"]) is (languages != "en")


def test_noise_alone_never_interrupts_and_a_word_may(shop):
    plan = built(shop, languages="en-es")["stopSpeakingPlan"]
    assert plan["numWords"] == 2
    assert {"wait", "no", "espere"} <= set(plan["interruptionPhrases"])
    assert {"okay", "sí"} <= set(plan["acknowledgementPhrases"])
    assert not set(plan["interruptionPhrases"]) & set(plan["acknowledgementPhrases"])
    english = built(shop, languages="en")["stopSpeakingPlan"]
    assert "espere" not in english["interruptionPhrases"]


def test_it_asks_for_the_messages_we_read_and_no_others(shop):
    wanted = builder.build(shop)["serverMessages"]
    assert len(wanted) == len(set(wanted))
    assert {"tool-calls", "status-update", "transcript", "end-of-call-report"} <= set(wanted)
    assert not set(wanted) & {"function-call", "conversation-update", "phone-call-control", "model-output"}


def test_the_prompt_is_the_shops(shop):
    ServiceType.objects.filter(shop=shop, key="repair").update(
        visit_fee=89, overtime_fee=150, member_fee=0, name_es="visita de reparación"
    )
    ServiceType.objects.filter(shop=shop, key="installation").update(days=2, name_es="")
    ServiceArea.objects.create(shop=shop, name="the north side", zip_codes="104*, 10001", weekdays=[0, 2], trip_fee=25)
    TechnicianFactory(shop=shop, name="Lee", weekdays=[(5, time(9), time(15)), (6, time(9), time(12)), (6, time(13), time(17))])
    late = Technician.objects.get(name="Lee")
    WorkingHours.objects.create(shop=shop, technician=late, weekday=0, starts=time(18), ends=time(22), overtime=True)
    TechnicianFactory(shop=shop, works_alone=False, weekdays=[(4, time(1), time(23))])
    told = prompt(built(
        shop, languages="en-es", holidays_closed="Christmas Day\nLabor Day", house_rules="We don't service oil tanks.\n",
    ))  # fmt: skip
    for line in (
        '- repair visit (serviceType "repair", in Spanish "visita de reparación"): usually about 2 hours on site. '
        "Fee for coming and looking: $89. With a maintenance plan: nothing. After hours or on a closed day: $150 more.",
        '- maintenance visit (serviceType "maintenance", in Spanish "visita de mantenimiento"): '
        "usually about 60 minutes on site.",
        '- installation (serviceType "installation"): the work takes 2 working days.',
        "- the north side: ZIP 104… (all that begin so), 10001; Monday and Wednesday only; trip fee $25",
        "- We don't service oil tanks.",
    ):
        assert line in told.splitlines()
    assert (
        "Technicians work, in regular hours: Monday to Friday, 8 AM to 6 PM; Saturday, 9 AM to 3 PM; "
        "Sunday, 9 AM to noon and 1 PM to 5 PM."
    ) in told
    assert "For urgent work also: Monday, 6 PM to 10 PM." in told
    assert "Closed on Christmas Day, Labor Day, and" in told
    assert "Speak English or Spanish" in told


def test_the_prompt_holds_the_rules(shop):
    told = " ".join(prompt(builder.build(shop)).split())
    for rule in (
        'Say exactly what "say" says',
        '"booked" and "moved": the appointment in "say" stands.',
        "No other state means that there is an appointment.",
        "Never say booked, scheduled, confirmed, moved or cancelled before a tool's state says so.",
        "A telephone number alone is no proof of who speaks.",
        "Never say a name, an address or a time first",
        "is first offered another time",
        "Never name a price for a repair",
        "in the caller's own words",
    ):
        assert rule in told
    for state in (
        "offered", "held", "booked", "moved", "cancelled", "office_will_call", "not_booked", "found", "not_found", "emergency",
    ):  # fmt: skip
        assert f'"{state}"' in told


def test_the_prompt_speaks_of_tools_that_are_there(shop):
    body = builder.build(shop)
    named = set(re.findall(r"\b[a-z]+(?:[A-Z][a-z]+)+\b", prompt(body))) - {"serviceType", "slotId", "moveOffered"}
    assert named == set(functions(body)) | {"endCall"}
    assert {"findAppointments", "takeMessage"} <= named


def test_variables_of_the_call_have_words_for_where_they_are_not_set(shop, now):
    told = prompt(builder.build(shop))
    used = [each.split("}}")[0].strip() for each in told.split("{{")[1:]]
    assert {each.split("|")[0].strip() for each in used} == {
        "local_weekday", "local_date", "local_time", "open_now", "opens_next", "closed_soon", "caller", "upcoming", "member",
        "language",
    }  # fmt: skip
    assert all("| default: " in each for each in used)


def test_the_prompt_is_english_whatever_language_is_active(shop):
    ServiceArea.objects.create(shop=shop, name="the north side", zip_codes="104*", weekdays=[0, 2], trip_fee=25)
    shop.refresh_from_db()
    with translation.override("es"):
        spoken = builder.build(shop)
    assert spoken == builder.build(shop)


def test_a_shops_words_are_not_escaped(shop):
    assert "Tom & Sons don't <rush>" in prompt(built(shop, house_rules="Tom & Sons don't <rush>"))


def test_a_long_name_fits(shop, vapi):
    body = built(shop, name="The Honourable Heating, Cooling and Ventilation Company of the East Side")
    assert len(body["name"]) == 40
    assert vapi.accepts(body) == []
