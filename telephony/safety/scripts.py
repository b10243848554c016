"""The words that answer a danger: a shop's own, else the product's. Fixed, and read through by a person before they count.

The product's follow what fire departments and gas companies tell the public. They are no translations at run time: each
language has its own text.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db.models import QuerySet

from telephony.models import Danger, SafetyScript


class Both(NamedTuple):
    """One script in the two languages."""

    en: str
    es: str


DEFAULTS: dict[Danger, Both] = {
    Danger.GAS: Both(
        "Please leave the building now, with everyone. Don't touch switches, don't light anything, and don't use a phone "
        "inside. From outside, call 911 or your gas company's emergency line. We will follow up when they say it is safe.",
        "Por favor salga del edificio ahora mismo, con todos los demás. No toque interruptores, no encienda nada y no use el "
        "teléfono adentro. Ya afuera, llame al 911 o a la línea de emergencias de su compañía de gas. Nos comunicaremos con "
        "usted cuando le digan que ya no hay peligro.",
    ),
    Danger.CARBON_MONOXIDE: Both(
        "Get everyone outside to fresh air now and call 911 from there. Don't go back in until they tell you it's safe.",
        "Saque a todos afuera, al aire fresco, ahora mismo y llame al 911 desde allí. No vuelva a entrar hasta que le digan que "
        "ya no hay peligro.",
    ),
    Danger.FIRE: Both(
        "If you see smoke or flames, leave now with everyone and call 911 from outside. Don't open the equipment. "
        "We will follow up when it is safe.",
        "Si ve humo o llamas, salga ahora mismo con todos los demás y llame al 911 desde afuera. No abra el equipo. Nos "
        "comunicaremos con usted cuando ya no haya peligro.",
    ),
    Danger.ELECTRIC: Both(
        "If you can do it safely, switch the system off at the thermostat. Don't touch any wire or the panel. If you see smoke "
        "or flames, or somebody got a shock, leave and call 911. We will follow up with you right away.",
        "Si puede hacerlo sin peligro, apague el sistema en el termostato. No toque ningún cable ni el panel. Si ve humo o "
        "llamas, o si alguien recibió una descarga, salga y llame al 911. Nos comunicaremos con usted enseguida.",
    ),
    Danger.WATER: Both(
        "Stay away from the water and from anything electrical near it, and don't touch the panel. If you can do it safely, "
        "switch the system off at the thermostat. If you see sparks or smoke, leave and call 911. We will follow up with you "
        "right away.",
        "Aléjese del agua y de todo lo eléctrico que esté cerca, y no toque el panel. Si puede hacerlo sin peligro, apague el "
        "sistema en el termostato. Si ve chispas o humo, salga y llame al 911. Nos comunicaremos con usted enseguida.",
    ),
    Danger.PERSON: Both(
        "Please hang up and call 911 now. They can tell you what to do until help arrives. We will follow up with you.",
        "Por favor cuelgue y llame al 911 ahora mismo. Ellos le dirán qué hacer hasta que llegue la ayuda. Nos comunicaremos "
        "con usted.",
    ),
}


def of(shop_id: int, danger: Danger, language: str) -> str:
    """Return the words a shop answers a danger with. One statement."""
    row = SafetyScript.objects.filter(shop=shop_id, danger=danger).values_list("english", "spanish").first()
    own = "" if row is None else row[1] if language == "es" else row[0]
    return own.strip() or default(danger, language)


def default(danger: Danger, language: str) -> str:
    """Return the product's own words for a danger."""
    return DEFAULTS[danger].es if language == "es" else DEFAULTS[danger].en


def complete(shop_ids: Sequence[int]) -> None:
    """Give each shop a row for every class of danger, empty ones where it says the product's words. One statement if all have."""
    there = set(SafetyScript.objects.filter(shop__in=shop_ids).values_list("shop_id", "danger"))
    missing = [(pk, danger) for pk in shop_ids for danger in Danger if (pk, danger.value) not in there]
    if missing:
        SafetyScript.objects.bulk_create(
            [SafetyScript(shop_id=pk, danger=danger) for pk, danger in missing], ignore_conflicts=True
        )  # fmt: skip


def review(rows: QuerySet[SafetyScript], *, by: str, now: datetime) -> int:
    """Write down who read words through, and keep those very words: the product's may change with its next version."""
    marked = 0
    for row in rows:
        danger = Danger(row.danger)
        row.english, row.spanish = row.english.strip() or default(danger, "en"), row.spanish.strip() or default(danger, "es")
        row.reviewed_by, row.reviewed_at = by[:100], now
        row.save(update_fields=["english", "spanish", "reviewed_by", "reviewed_at"])
        marked += 1
    return marked
