"""What has the look of a day or a time and is none, and times that are worded so that they would be read as others."""

import re

# Greetings, lengths, places, numbers, money.
_UNITS = r"(?:minutes?|hours?|hrs?|mins?|days?|weeks?|months?|years?|minutos?|horas?|d[ií]as?|semanas?|meses|a[nñ]os?)"
_STREETS = (
    r"(?:street|st|avenue|ave|road|rd|drive|lane|ln|court|ct|boulevard|blvd|place|plaza|way|circle|terrace|parkway|highway)"
)
NO_TIMES = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"\b(?:calling|call|called|help|helping|assist|else|us|time|patience|speaking|talking|business|waiting|choosing|reaching out"
        r"|with you|help you|for you|llamar|llamarnos|ayudarle|ayudarlo|ayudarla|servirle|m[aá]s)(?: \w+)? (?:today|tonight|hoy)\b",
        r"\b(?:happy|merry|feliz|felices) [^,.;!?]{0,40}",
        r"\benjoy [^,.;!?]{0,40}",
        r"\b(?:have|enjoy) (?:a|an|your|the)(?: \w+)? (?:rest of (?:your|the) )?(?:day|morning|afternoon|evening|night|weekend|week|one)\b",
        r"\b(?:good|great|happy|lovely|wonderful|nice) (?:day|morning|afternoon|evening|night|weekend|week)\b",
        r"\b(?:buen|buena|buenas|buenos|feliz|lind[ao]|excelente|bonit[ao])s? (?:d[ií]as?|tardes?|noches?|fin de semana|semana)\b",
        rf"\b(?:\w+[ -])?(?:\w+)[ -]{_UNITS}[ -](?:window|before|ahead|notice|prior|warning|heads|warranty|visit|job|early|antes|hold)\b",
        rf"(?<!\bin )(?<!\ben )(?<!\bfrom )\b(?:\d+|an?|one|two|three|four|five|six|eight|ten|twelve|fifteen|twenty|thirty|sixty|half an|una?|dos"
        rf"|tres|cuatro|cinco|diez|quince|veinte|treinta|media)[ -](?:{_UNITS})\b(?! from)",
        rf"\b(?:\w+ )?(?:working|business) {_UNITS}\b",
        r"\b(?:first|second|third|last|next|other|same|primer|primera|segund[oa]|[uú]ltim[oa]) (?:floor|story|unit|option|one|choice|visit"
        r"|appointment|step|stop|slot|spot|job|call|half|name|line|system|house|available|opening|opci[oó]n|piso|cita|vez|unidad|nombre)\b",
        r"\bwe'd\b",
        r"\bestá\b|\besta(?= (?:el|para|programad|agendad|confirmad))",  # no "esta" of "esta tarde"
        # The shop's hours.
        r"\b(?:(?:mondays?|weekdays?) (?:through|thru) (?:fri|satur|sun)days?|(?<!from )(?<!moved )(?<!pushed )(?<!switched )(?<!changed )(?<!that )(?<!the )(?<!your )mondays? to (?:fri|satur)days?|(?<!l )lunes a (?:viernes|s[aá]bado))"
        r"(?:,? (?:de |from |between )?\w+(?: \w+)? (?:a|to|until|till) \w+(?: thirty)?)?",
        # Days only behind the name of a day or month, or "the": "the repair first", "la unidad primero".
        r"(?<!the )(?<!day )(?<!ber )(?<!ary )(?<!march )(?<!april )(?<!may )(?<!june )(?<!july )(?<!august )(?<!, )\bfirst\b(?! of (?:the month|[a-z]+(?:ber|ary)\b))",
        r"(?<!el )(?<!día )(?<!lunes )(?<!martes )(?<!coles )(?<!jueves )(?<!viernes )(?<!bado )(?<!, )\bprimero\b(?! de )",
        r"\b(?:the|this|that|which|any|each|every|another|a new) one\b(?! (?:pm|am|o'clock|to|until|thirty|fifteen|forty)\b)",
        # "unit two", "at 1420 Grand Concourse".
        r"\b(?:unit|units|apartment|apt|suite|building|zone|room|unidad|apartamento|departamento|edificio) (?:\d+|one|two|three|four|five|six|uno|una|dos|tres|cuatro|cinco)\b",
        r"\b\d{3,5}(?= (?!(?-i:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|[AaPp]\.?[Mm]\b))(?-i:[A-Z])[a-z]+)",
        r"\b(?:one|two|three|dos|uno|una) of (?:our|the)\b|\buno de (?:nuestros|los)\b",
        rf"\b(?:\d+|(?:\w+ ){{1,3}}?)(?:[a-z]\w* ){{1,3}}?{_STREETS}\b(?!\w)(?<=[a-z])(?<!\bst)",
        r"\b\d+(?:st|nd|rd|th)? (?:[A-Z][a-z]+ )+(?:Street|St|Avenue|Ave|Road|Rd|Drive|Dr|Lane|Ln|Court|Ct|Boulevard|Blvd|Place|Way)\b",
        r"\b(?:calle|avenida|av|carretera|paseo|bulevar)\b[^,.]{0,40}",
        r"\$ ?\d[\d,.]*|\b\d[\d,.]* (?:dollars|d[oó]lares|bucks|cents|centavos|percent)\b",
        r"\b(?:[\w-]+ ){0,5}(?:dollars|d[oó]lares|bucks)\b",
        r"\b(?:[A-Za-z0-9][ ,-]+){4,}[A-Za-z0-9]\b",
        r"\+?\d[\d() -]{6,}\d",
        r"\bzip(?: code)?(?: \w+){1,5}",
        r"\b(?:24|twenty[ -]four)[ -/](?:7|hours?|seven)\b",
    )
]

_HOUR = (
    r"(?:\d{1,2}(?::\d\d)?|una|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|once|doce)"
    r"(?: (?:y|con) (?:media|cuarto|quince|treinta)| treinta| quince)?(?: ?[ap]\.? ?m\b\.?)?(?: de la (?:mañana|tarde|noche)| en punto)?"
)
# "veinticinco de nueve a once" is a day and two hours, and no 8:35; "de la una a las tres" goes from one until three.
_RANGE = re.compile(rf"\b(?:de|desde) (?:las? )?({_HOUR}) (?:al?|hasta) (?:las? |el )?(?={_HOUR}|mediod[ií]a)", re.IGNORECASE)
# "9 a 11", and no "25 a las nueve".
_TO = re.compile(rf"(?<!\bel )(?<![\d:])((?:1[0-2]|\d)(?::\d\d)?) a (?=(?:las? )?(?:{_HOUR}\b|mediod[ií]a))", re.IGNORECASE)
_THE_RANGE = re.compile(
    r"\b(?:the|an?|your|that) (?=(?:\w+ )?(?:window|slot|spot|time|opening|arrival)\b|(?:\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|noon)(?:[ :](?:thirty|\d\d))?"
    r"(?: ?[ap]m)?(?: to |-)(?:\d|one|two|three|four|five|six|noon|twelve|ten|eleven|nine))", re.IGNORECASE,
)  # fmt: skip


# "We swapped Monday for Thursday" gives up Monday.
_FOR = re.compile(
    r"\b((?:swapped|traded|switched|exchanged|changed) (?:out )?(?:your |the |that )?\w+) for (?=(?:to|mon|tues|wednes|thurs|fri|satur|next|this|the))"
    r"|\b((?:cambi|mov)\w+ (?:el |la del )?(?:lunes|martes|mi[eé]rcoles|jueves|viernes|s[aá]bado)) por (?=(?:el|ma[ñn]ana|hoy))", re.IGNORECASE,
)  # fmt: skip


# "The Monday visit is now Thursday", "off Monday and on Thursday".
_NOW = re.compile(
    r"\b((?:mon|tues|wednes|thurs|fri|satur|sun)day|tomorrow|today)(?: (?:visit|appointment|one|repair))?(?:'s)?,? (?:is now|and (?:now )?(?:on|in)(?: for)?|pas[oó] a|es ahora|ahora es)(?: on| for)?(?= )", re.IGNORECASE,
)  # fmt: skip


def plain(text: str) -> str:
    """Return the text without what only looks like a time, and with stretches of hours worded as they can be read."""
    for pattern in NO_TIMES:
        text = pattern.sub(" xx ", text)
    text = _FOR.sub(lambda match: f"{match.group(1)} to " if match.group(1) else f"{match.group(2)} hasta ", text)
    text = _NOW.sub(r"\1 to", text)
    text = _RANGE.sub(lambda match: f", desde {_uno(match.group(1))} hasta ", _THE_RANGE.sub("", text))
    return re.sub(r"\bhasta una\b", "hasta la una", _TO.sub(r"\1 hasta ", text), flags=re.IGNORECASE)


def _uno(hour: str) -> str:
    """Return the hour as it can be read after "desde": "una" would be "one AM"."""
    return re.sub(r"^una\b", "la una", hour, flags=re.IGNORECASE)
