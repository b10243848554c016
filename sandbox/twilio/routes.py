"""Twilio's paths, as the client library asks for them when its base address is replaced."""

from aiohttp import web

from sandbox.twilio import calls, incoming, messages
from sandbox.twilio.api import ROOT, opened

ACCOUNT = f"/twilio{ROOT}/{{account}}"


def add_to(router: web.UrlDispatcher) -> None:
    router.add_post(f"{ACCOUNT}/Messages.json", opened(messages.create))
    router.add_get(f"{ACCOUNT}/Messages.json", opened(messages.list_messages))
    router.add_get(f"{ACCOUNT}/Messages/{{sid}}.json", opened(messages.fetch))
    router.add_post(f"{ACCOUNT}/Messages/{{sid}}.json", opened(messages.update))
    router.add_delete(f"{ACCOUNT}/Messages/{{sid}}.json", opened(messages.delete))
    router.add_post(f"{ACCOUNT}/Calls.json", opened(calls.create))
    router.add_get(f"{ACCOUNT}/Calls.json", opened(calls.list_calls))
    router.add_get(f"{ACCOUNT}/Calls/{{sid}}.json", opened(calls.fetch))
    router.add_post(f"{ACCOUNT}/Calls/{{sid}}.json", opened(calls.update))
    router.add_get(f"{ACCOUNT}/IncomingPhoneNumbers.json", opened(incoming.list_numbers))
    router.add_get(f"{ACCOUNT}/Calls/{{call}}/Recordings.json", opened(calls.list_recordings))
    router.add_get(f"{ACCOUNT}/Recordings.json", opened(calls.list_recordings))
    router.add_get(f"{ACCOUNT}/Recordings/{{sid}}.json", opened(calls.fetch_recording))
    router.add_get(f"{ACCOUNT}/Recordings/{{sid}}.wav", opened(calls.recording_audio))
    router.add_get(f"{ACCOUNT}/Recordings/{{sid}}", opened(calls.recording_audio))
    router.add_delete(f"{ACCOUNT}/Recordings/{{sid}}.json", opened(calls.delete_recording))
