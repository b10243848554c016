"""What docs/going-live.md pastes is what the product answers: tools and their arguments, a push, how phrases are read."""

import json
import re
from pathlib import Path

import pytest
from django.core.management import call_command

from telephony.assistant import tools
from telephony.tools import run, schemas
from telephony.vapi import push

PAGE = (Path(__file__).parents[2] / "docs" / "going-live.md").read_text(encoding="utf-8")
READ = re.findall(r'\$ python manage\.py parse_when "(.+?)" --now (\S+) --tz (\S+) --json\n(.+)\n', PAGE)


def test_the_table_of_tools_names_every_argument():
    rows = dict(re.findall(r"^\| `(\w+)` \| (.+?) \|", PAGE, re.MULTILINE))
    assert set(rows) == set(tools.offered())
    assert "Each also takes `language`" in PAGE
    for name, row in rows.items():
        parameters = schemas.of(run.TOOLS[name].takes)
        assert set(re.findall(r"\w+", row)) - {"or"} == set(parameters["properties"]) - {"language"}
        assert re.findall(r"\*\*(\w+)\*\*", row) == parameters["required"]


def test_the_pasted_difference_is_of_the_kind_that_is_shown():
    (pasted,) = re.findall(r"```\n(ABC HVAC: this differs at Vapi .+?)```", PAGE, re.DOTALL)
    before, after = (json.loads(line.partition(": ")[2]) for line in pasted.splitlines()[1:3])
    shown = list(push.difference({"firstMessage": before}, {"firstMessage": after}))
    assert shown == pasted.splitlines()[1:3]


def test_phrases_are_pasted():
    assert len(READ) == 2


@pytest.mark.parametrize(("phrase", "now", "zone", "answer"), READ)
def test_phrases_are_read_as_pasted(phrase, now, zone, answer, capsys):
    call_command("parse_when", phrase, now=now, tz=zone, json=True)
    assert capsys.readouterr().out.strip() == answer
