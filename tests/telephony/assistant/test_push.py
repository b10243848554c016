"""`push_assistant` against Vapi's stand-in over HTTP: creates, then changes nothing, then shows one line and changes that."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from bookings.models import ServiceArea, Shop
from telephony.assistant import builder, checks, versions
from telephony.models import AssistantVersion
from tests.factories import ShopFactory


def push(*arguments, **options):
    out = StringIO()
    call_command("push_assistant", *arguments, stdout=out, **options)
    return out.getvalue().splitlines()


def changes(lines):
    return [line for line in lines if line[:1] in "+-"]


@pytest.fixture
def unnamed(settings):
    """An environment that names no assistant."""
    settings.VAPI_ASSISTANT_ID = ""


def pushed(shop):
    shop.refresh_from_db()
    push()
    shop.refresh_from_db()
    return shop.vapi_assistant_id


def test_it_creates_then_changes_nothing_then_shows_one_line(shop, vapi, unnamed):
    before = len(vapi.assistants())
    said = push()
    shop.refresh_from_db()
    there = vapi.assistant(shop.vapi_assistant_id)
    body = builder.build(shop)
    assert body.items() <= there.items()
    assert len(vapi.assistants()) == before + 1
    assert said[0] == "ABC HVAC: no assistant at Vapi yet; one is made."
    assert said[-1] == f"ABC HVAC: made at Vapi as {shop.vapi_assistant_id}, and kept with the shop."
    version = AssistantVersion.objects.get()
    assert (version.body, version.prompt, version.vapi_assistant_id) == (
        body, body["model"]["messages"][0]["content"], shop.vapi_assistant_id,
    )  # fmt: skip
    assert version.pushed_at is not None

    assert push() == [f"ABC HVAC: nothing to change at Vapi ({shop.vapi_assistant_id})."]
    assert vapi.assistant(shop.vapi_assistant_id) == there
    assert AssistantVersion.objects.count() == 1

    type(shop).objects.update(greeting="Good day, this is {shop}.")
    rest = "I'm the automated assistant. This call is recorded. También hablo español. How can I help you today?"
    one_line = [
        f'-firstMessage: "Thank you for calling ABC HVAC. {rest}"',
        f'+firstMessage: "Good day, this is ABC HVAC. {rest}"',
    ]
    assert changes(push("--dry-run")) == one_line
    assert vapi.assistant(shop.vapi_assistant_id) == there
    assert changes(push()) == one_line
    assert vapi.assistant(shop.vapi_assistant_id)["firstMessage"].startswith("Good day, this is ABC HVAC.")
    assert changes(push()) == []
    assert AssistantVersion.objects.count() == 2


def test_the_environments_assistant_is_filled_and_not_kept_with_the_shop(shop, vapi, settings):
    vapi.owner_changes(settings.VAPI_ASSISTANT_ID, firstMessage="Hi", model={"provider": "openai", "model": "gpt-4o"})
    said = push()
    shop.refresh_from_db()
    assert shop.vapi_assistant_id == ""
    assert builder.build(shop).items() <= vapi.assistant(settings.VAPI_ASSISTANT_ID).items()
    assert '-firstMessage: "Hi"' in said
    assert '+model.tools[checkAvailability].function.name: "checkAvailability"' in said
    assert said[-1] == f"ABC HVAC: updated at Vapi ({settings.VAPI_ASSISTANT_ID})."


def test_it_can_be_quiet(shop, vapi, settings):
    vapi.owner_changes(settings.VAPI_ASSISTANT_ID, firstMessage="Hi")
    assert push(verbosity=0) == [f"ABC HVAC: updated at Vapi ({settings.VAPI_ASSISTANT_ID})."]


def test_what_somebody_changed_at_vapi_is_shown_and_set_back(shop, vapi, unnamed):
    there = pushed(shop)
    vapi.owner_changes(there, maxDurationSeconds=60, endCallMessage="Bye now", backgroundSound="office")
    assert changes(push()) == [
        '-backgroundSound: "office"', '+backgroundSound: "off"', "-maxDurationSeconds: 60", "+maxDurationSeconds: 900",
    ]  # fmt: skip
    # What we never send stays the owner's.
    assert vapi.assistant(there)["endCallMessage"] == "Bye now"


def test_vapis_own_keys_and_numbers_are_no_difference(shop, vapi, unnamed):
    there = pushed(shop)
    body = vapi.assistant(there)
    vapi.owner_changes(
        there,
        transcriber=body["transcriber"] | {"smartFormat": False, "endpointing": 300.0},
        model=body["model"] | {"emotionRecognitionEnabled": False},
    )
    assert push() == [f"ABC HVAC: nothing to change at Vapi ({there})."]


def test_a_line_of_the_prompt_is_one_line_of_the_difference(shop, vapi, unnamed):
    type(shop).objects.update(house_rules="We don't service oil tanks.")
    pushed(shop)
    type(shop).objects.update(house_rules="We don't service oil tanks or wells.")
    assert changes(push("--dry-run")) == [
        "-model.messages[0].content | - We don't service oil tanks.",
        "+model.messages[0].content | - We don't service oil tanks or wells.",
    ]


def test_one_more_word_to_listen_for_is_one_line(shop, vapi, unnamed):
    type(shop).objects.update(languages="en")
    pushed(shop)
    ServiceArea.objects.create(shop=shop, name="the north side", zip_codes="104*")
    shown = changes(push("--dry-run"))
    assert '+transcriber.keyterm[]: "the north side"' in shown
    assert [line for line in shown if "keyterm" in line] == ['+transcriber.keyterm[]: "the north side"']


def test_what_is_no_longer_sent_is_shown_and_taken_away(shop, vapi, unnamed):
    there = pushed(shop)
    type(shop).objects.update(languages="en")
    shown = changes(push())
    assert '-voice.version: "2"' in shown
    assert vapi.assistant(there)["voice"] == {"provider": "vapi", "voiceId": "Elliot"}
    assert changes(push()) == []


def test_a_dry_run_writes_nothing(shop, vapi, unnamed):
    before = vapi.assistants()
    assert push("--dry-run")[0] == "ABC HVAC: no assistant at Vapi yet; one is to be made."
    assert vapi.assistants() == before
    assert not AssistantVersion.objects.exists()
    assert Shop.objects.get().vapi_assistant_id == ""


def test_each_shop_has_one_of_its_own(shop, vapi, settings):
    ShopFactory(phone_number="+12125550300", name="Second HVAC")
    push()
    shop.refresh_from_db()
    other = Shop.objects.get(phone_number="+12125550300")
    assert shop.vapi_assistant_id == ""
    assert vapi.assistant(settings.VAPI_ASSISTANT_ID)["metadata"] == {"shop": shop.phone_number}
    assert vapi.assistant(other.vapi_assistant_id)["metadata"] == {"shop": "+12125550300"}
    assert push("--shop", "+12125550300") == [f"Second HVAC: nothing to change at Vapi ({other.vapi_assistant_id})."]


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ({"status": 401}, "Vapi does not accept VAPI_API_KEY (401)."),
        ({"status": 404}, "Vapi has no assistant of that id. Correct VAPI_ASSISTANT_ID"),
        ({"status": 503}, "Vapi failed to read the assistant (503)."),
        ({"drop": True}, "Vapi could not be reached"),
    ],
)
def test_vapis_refusals_are_sentences(shop, vapi, fault, sentence):
    vapi.fault(service="vapi", path="/assistant", **fault)
    with pytest.raises(CommandError) as refused:
        push()
    assert sentence in str(refused.value)
    assert not AssistantVersion.objects.exists()


def test_what_vapi_refuses_is_told_in_its_words(shop, vapi, unnamed):
    type(shop).objects.update(assistant_voice="")
    with pytest.raises(CommandError, match=r"Vapi refused to create the assistant \(400\): voice.voiceId should not be empty"):
        push()


def test_without_the_credentials_id_it_refuses(shop, vapi, settings):
    settings.VAPI_CREDENTIAL_ID = ""
    with pytest.raises(CommandError, match=r"VAPI_CREDENTIAL_ID is not set\."):
        push()


def test_no_secret_is_printed(shop, vapi, settings, unnamed):
    settings.WEBHOOK_SECRETS = ["a-secret-that-is-nowhere"]
    settings.VAPI_API_KEY = "a-key-that-is-nowhere"
    said = "\n".join([*push("--dry-run"), *push(), *push()])
    assert "nowhere" not in said


def test_no_such_shop(shop, vapi):
    with pytest.raises(CommandError, match="No shop has that number"):
        push("--shop", "+19995550100")


def as_pushed():
    return checks.as_pushed(None, databases=["default"])


def test_the_check_compares_the_last_push_without_calling_out(shop, vapi, unnamed, settings):
    (never,) = as_pushed()
    assert (never.id, never.msg) == ("telephony.W003", "The assistant of ABC HVAC was never pushed to Vapi.")
    pushed(shop)
    settings.VAPI_BASE_URL = "http://127.0.0.1:9/vapi"
    assert as_pushed() == []
    type(shop).objects.update(greeting="Good day.")
    (changed,) = as_pushed()
    assert changed.msg == "The assistant of ABC HVAC has changed since it was last pushed to Vapi."
    assert f"push_assistant --shop {shop.phone_number} --dry-run" in changed.hint
    type(shop).objects.update(greeting="Thank you for calling {shop}.")
    assert as_pushed() == []
    assert checks.as_pushed(None, databases=None) == []


def test_a_version_pushed_again_is_the_last_one(shop, vapi, unnamed):
    there = pushed(shop)
    first = versions.last_pushed(shop.pk, there)
    type(shop).objects.update(greeting="Good day.")
    push()
    assert versions.last_pushed(shop.pk, there) != first
    type(shop).objects.update(greeting="Thank you for calling {shop}.")
    push()
    assert versions.last_pushed(shop.pk, there) == first
    assert AssistantVersion.objects.count() == 2


@pytest.mark.parametrize(("value", "found"), [("", ["telephony.W001"]), ("the-secret", ["telephony.W002"])])
def test_the_check_of_the_credential(settings, value, found):
    assert checks.credential(None) == []
    settings.VAPI_CREDENTIAL_ID = value
    assert [each.id for each in checks.credential(None)] == found
