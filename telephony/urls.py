"""Webhooks of telephony. Exact paths: no trailing slash, no redirect."""

from django.urls import path

from telephony.twilio import alarm_calls, callbacks, voice
from telephony.vapi import views as vapi

urlpatterns = [
    path("webhook/vapi", vapi.webhook),
    path("twilio/inbound", voice.inbound, name="twilio-inbound"),
    path("twilio/fallback", voice.fallback, name="twilio-fallback"),
    path("twilio/after-assistant", voice.after_assistant, name="twilio-after-assistant"),
    path("twilio/after-dispatcher", voice.after_person, name="twilio-after-dispatcher"),
    path("twilio/whisper", voice.whisper, name="twilio-whisper"),
    path("twilio/accept", voice.accept, name="twilio-accept"),
    path("twilio/voicemail", voice.voicemail, name="twilio-voicemail"),
    path("twilio/recording", callbacks.recording, name="twilio-recording"),
    path("twilio/transcription", callbacks.transcription, name="twilio-transcription"),
    path("twilio/status", callbacks.status, name="twilio-status"),
    path("twilio/message-status", callbacks.message_status, name="twilio-message-status"),
    path("twilio/alarm", alarm_calls.alarm, name="twilio-alarm"),
    path("twilio/alarm-key", alarm_calls.key, name="twilio-alarm-key"),
    path("twilio/alarm-status", alarm_calls.status, name="twilio-alarm-status"),
    path("twilio/text", callbacks.text, name="twilio-text"),
]
