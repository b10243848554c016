"""What every address of Twilio's must refuse, and that a refusal leaves nothing behind."""

import pytest

from bookings.models import Lead, OutgoingMessage
from telephony.models import Call
from tests.telephony.twilio import signing


class WebhookSecurity:
    """Inherited by the tests of every webhook."""

    path: str
    payload: str

    @pytest.fixture(autouse=True)
    def nothing_may_change(self, db, settings):
        settings.VAPI_BASE_URL = "http://127.0.0.1:9/vapi"
        yield
        assert (Call.objects.count(), Lead.objects.count(), OutgoingMessage.objects.count()) == (0, 0, 0)

    def refused(self, answer):
        assert answer.status_code == 403
        assert answer["Content-Type"].startswith("text/plain")

    def test_without_signature(self, client):
        answer = client.post(self.path, signing.payload(self.payload))
        self.refused(answer)

    @pytest.mark.parametrize("signature", ["", "x", "ünïcode", "AAAAAAAAAAAAAAAAAAAAAAAAAAA="])
    def test_with_a_wrong_signature(self, client, signature):
        self.refused(signing.post(client, self.path, signing.payload(self.payload), signature=signature))

    def test_signed_with_another_token(self, client):
        self.refused(signing.post(client, self.path, signing.payload(self.payload), token="another-token"))

    def test_signed_with_a_token_that_was_rotated_out(self, client, settings):
        settings.TWILIO_AUTH_TOKENS = ["new-token", "newer-token"]
        self.refused(signing.post(client, self.path, signing.payload(self.payload)))

    def test_without_any_token_set(self, client, settings):
        settings.TWILIO_AUTH_TOKENS = []
        self.refused(signing.post(client, self.path, signing.payload(self.payload), token=""))

    def test_with_an_altered_body(self, client):
        said = signing.payload(self.payload)
        signature = signing.sign(signing.SERVER + self.path, said)
        for altered in (said | {"From": "+12125550999"}, said | {"Extra": "1"}, {**said, "AccountSid": "AC" + "1" * 32}):
            self.refused(signing.post(client, self.path, altered, signature=signature))

    def test_signed_for_another_address(self, client):
        said = signing.payload(self.payload)
        for other in (f"{signing.SERVER}{self.path}/", f"http://testserver{self.path}", f"{signing.SERVER}{self.path}?a=1"):
            self.refused(signing.post(client, self.path, said, signature=signing.sign(other, said)))

    @pytest.mark.parametrize("account", [None, "", "AC" + "1" * 32])
    def test_of_another_account(self, client, account):
        self.refused(signing.post(client, self.path, signing.payload(self.payload, AccountSid=account)))

    def test_as_json_with_a_signature_over_the_address_alone(self, client):
        answer = client.post(
            self.path,
            signing.payload(self.payload),
            content_type="application/json",
            headers={"X-Twilio-Signature": signing.sign(signing.SERVER + self.path, {})},
        )
        self.refused(answer)

    @pytest.mark.parametrize("method", ["get", "put", "patch", "delete", "head"])
    def test_with_another_method(self, client, method):
        said = {} if method in ("get", "head") else {"content_type": "application/x-www-form-urlencoded"}
        signature = signing.sign(signing.SERVER + self.path, {})
        answer = getattr(client, method)(self.path, headers={"X-Twilio-Signature": signature}, **said)
        assert (answer.status_code, answer["Allow"]) == (405, "POST")

    def test_with_a_slash_at_the_end(self, client):
        assert signing.post(client, f"{self.path}/", signing.payload(self.payload)).status_code == 404


class TestInbound(WebhookSecurity):
    path, payload = "/twilio/inbound", "voice_inbound"


class TestFallback(WebhookSecurity):
    path, payload = "/twilio/fallback", "voice_fallback_11200"


class TestAfterAssistant(WebhookSecurity):
    path, payload = "/twilio/after-assistant", "dial_action_vapi_failed_503"


class TestAfterDispatcher(WebhookSecurity):
    path, payload = "/twilio/after-dispatcher", "dial_action_dispatcher_no_answer"


class TestWhisper(WebhookSecurity):
    path, payload = "/twilio/whisper", "number_url_whisper"


class TestAccept(WebhookSecurity):
    path, payload = "/twilio/accept", "gather_accept"


class TestVoicemail(WebhookSecurity):
    path, payload = "/twilio/voicemail", "record_action_voicemail"


class TestRecording(WebhookSecurity):
    path, payload = "/twilio/recording", "recording_status_completed"


class TestTranscription(WebhookSecurity):
    path, payload = "/twilio/transcription", "transcription_completed"


class TestStatus(WebhookSecurity):
    path, payload = "/twilio/status", "voice_status_completed"


class TestMessageStatus(WebhookSecurity):
    path, payload = "/twilio/message-status", "sms_status_delivered"


class TestText(WebhookSecurity):
    path, payload = "/twilio/text", "sms_inbound_C"


class TestAlarm(WebhookSecurity):
    path, payload = "/twilio/alarm", "voice_inbound"


class TestAlarmKey(WebhookSecurity):
    path, payload = "/twilio/alarm-key", "voice_inbound"


class TestAlarmStatus(WebhookSecurity):
    path, payload = "/twilio/alarm-status", "voice_status_completed"


def test_every_token_of_a_rotation_is_accepted(shop, client, settings):
    settings.TWILIO_AUTH_TOKENS = ["new-token", signing.TOKEN]
    for token in ("new-token", signing.TOKEN):
        assert signing.post(client, "/twilio/status", signing.payload("voice_status_completed"), token=token).status_code == 204


def test_every_twilio_address_inherits_these_tests():
    from telephony.urls import urlpatterns

    tested = {each.path for each in WebhookSecurity.__subclasses__()}
    assert tested == {f"/{each.pattern}" for each in urlpatterns if str(each.pattern).startswith("twilio/")}
