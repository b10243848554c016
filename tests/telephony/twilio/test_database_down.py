"""Without a database every caller still reaches somebody. A process of its own, whose DATABASE_URL leads nowhere."""

import json
import os
import socket
import subprocess
import sys

import pytest

from telephony.models import Danger
from telephony.safety import scripts
from tests.telephony.twilio import signing

# Runs apart from pytest, with the real settings and no test database behind it.
SCRIPT = """
import json, sys, time, django
django.setup()
from django.test import Client
from tests.telephony.twilio import signing
for path, said in json.load(sys.stdin):
    began = time.monotonic()
    answer = signing.post(Client(raise_request_exception=False), path, said)
    print(json.dumps([path, answer.status_code, answer.get("Content-Type"), answer.content.decode(), time.monotonic() - began]))
"""

NO_ANSWER = signing.payload("dial_action_dispatcher_no_answer")
REQUESTS = [
    ("/twilio/inbound", signing.payload("voice_inbound")),
    ("/twilio/fallback", signing.payload("voice_fallback_11200")),
    ("/twilio/after-assistant", signing.payload("dial_action_vapi_failed_503")),
    ("/twilio/after-dispatcher", NO_ANSWER),
    ("/twilio/after-dispatcher", NO_ANSWER | {"DialCallStatus": "completed", "DialBridged": "true"}),
    ("/twilio/after-dispatcher?step=1", NO_ANSWER),
    ("/twilio/whisper", signing.payload("number_url_whisper")),
    ("/twilio/whisper?ring=7", signing.payload("number_url_whisper")),
    ("/twilio/accept?ring=7", signing.payload("gather_accept")),
    ("/twilio/accept?ring=7", signing.payload("gather_accept", Digits="2")),
    ("/twilio/voicemail", signing.payload("record_action_voicemail")),
    ("/twilio/text", signing.payload("sms_inbound_C", Body="call me")),
    ("/twilio/text", signing.payload("sms_inbound_C", Body="huele a gas en la cocina")),
    ("/twilio/text", signing.payload("sms_inbound_C", Body="smells like gas stop texting me", OptOutType="STOP")),
    ("/twilio/recording", signing.payload("recording_status_completed")),
    ("/twilio/transcription", signing.payload("transcription_completed")),
    ("/twilio/status", signing.payload("voice_status_completed")),
    ("/twilio/message-status", signing.payload("sms_status_delivered")),
]


def answers(database_url, requests, pool):
    environment = os.environ | {
        "DATABASE_URL": database_url,
        "DJANGO_SETTINGS_MODULE": "hvacsched.settings",
        "DATABASE_POOL_SIZE": str(pool),
        "HVACSCHED_ENV": "demo",
        "SERVER_URL": signing.SERVER,
    }
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        input=json.dumps(requests),
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("[")]


@pytest.mark.processes
def test_every_address_answers_without_a_database():
    said = answers("postgres://nobody@127.0.0.1:9/nothing", REQUESTS, pool=0)
    assert [path for path, *_ in said] == [path for path, _ in REQUESTS]
    assert [status for _, status, *_ in said] == [200] * 14 + [204] * 4
    assert max(took for *_, took in said) < 5
    spoken = [signing.read(content) for _, status, kind, content, _ in said if kind and kind.startswith("text/xml")]
    assert [[each.tag for each in tree] for tree in spoken] == [
        ["Dial"],
        ["Dial"],
        ["Dial"],
        ["Say", "Record", "Say", "Hangup"],
        ["Hangup"],
        ["Dial"],
        ["Gather", "Hangup"],
        ["Gather", "Hangup"],
        ["Say"],
        ["Hangup"],
        ["Say", "Hangup"],
        [],
        ["Message"],
        [],
    ]
    assert spoken[12].find("Message").text == scripts.default(Danger.GAS, "es")
    for tree in (*spoken[:3], spoken[5]):
        assert tree.find("Dial/Number").text == "+12125550199"
        assert tree.find("Dial/Number").get("url") == f"{signing.SERVER}/twilio/whisper"
        assert tree.find("Dial").get("action") == f"{signing.SERVER}/twilio/after-dispatcher"
    assert spoken[7].find("Gather").get("action") == f"{signing.SERVER}/twilio/accept?ring=7"


@pytest.mark.processes
@pytest.mark.parametrize("pool", [0, 4])
def test_a_database_that_hangs_holds_a_caller_for_seconds_only(pool):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgres://nobody@127.0.0.1:{silent.getsockname()[1]}/nothing"
        ((_, status, _, content, took),) = answers(url, REQUESTS[:1], pool)
    assert status == 200
    assert "+12125550199" in content
    assert took < 8
