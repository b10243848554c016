"""How an assistant words that a visit is moved, or off: English and Spanish, over the light text of a clause."""

import re

from telephony.told.asides import any_of
from telephony.told.vocabulary import DID, NAMED_DAY, NOW, OBJECT, SPOT, WHAT

_IT = rf"(?:{WHAT}|it|that|this|everything|they|both|you|one|{NAMED_DAY})"
_IS = r"(?:'s| is| has| have| are|'re|'ve|s| was| were| got| gets| stays?| remains?)(?: been| now| all| both| officially| successfully| just| already| still)*"
_BEGINS = r"^(?:(?:okay|ok|great|perfect|alright|all right|done|so|and|then|there|sure|just|yes|all|now|no problem) )*"
_BOARD = r"(?:schedule|calendar|books?|board|list|route|docket|agenda|plate|lineup)"
_MOVES_ES = r"(?:cambi|reprogram|reagend|traslad|pas|mov|recorr|adelant|atras|corr|brinc|desliz|aplac|pospus|pospon)"
_MONTH = r"(?:january|february|march|april|may|june|july|august|september|october|november|december)"
MOVE = any_of(
    rf"\b(?:{WHAT}|it|that)(?: is|'s) now (?:on |set for |for )?(?:the )?(?:{NAMED_DAY}|\w+th)\b", rf"\boff (?:of |for )?{NAMED_DAY} and (?:on|in|now)\b",
    rf"\b(?:i|we)(?:'ve| have|ve)? {NOW}(?:updated|adjusted|revised|amended) (?:it|that|this|(?:your|the) (?:\w+ ){{0,2}}?(?:{WHAT}|time|slot|window|date|day)) (?:to|for|so)\b",
    r"\b(?:actualic[eé]|ajust[eé]|(?:he|hemos) actualizado|modifiqu[eé]) (?:su|la) (?:cita|visita|reserva|hora)\b",
    rf"\b(?:it's|it is|that's|you're|you are) (?:on |set for |booked for )?(?:\w+ ){{0,3}}?(?:{NAMED_DAY}|\w+th) now\b",
    r"\b(?:now it's|it's now|that's now|you're now(?: on| set| booked| scheduled| down)?(?: for| on)?|it is now|new (?:appointment|time|slot|window|day|visit|date) is)\b",
    rf"\b(?:i|we)(?:'ve| have|ve)? {NOW}(?:put|got|have) you (?:on|in|down) (?:for |on )?\w+(?: \w+)? instead\b",
    rf"{DID}(?: {WHAT}| one)?(?: right| straight)?(?: over| up| back| out| ahead| forward| down| along| in)? (?:to|until|till|onto) (?:the |this |next |a )?(?:{_MONTH} )?(?:{NAMED_DAY}|\w{{2,}}(?:th|first|second|third)|first|second|third|{SPOT}|morning|afternoon|evening|week|same)\b",
    r"\bback (?:to )?(?:where|how|the way|as) it was\b", rf"{_BEGINS}(?:moved|switched|changed|rescheduled|swapped|pushed|bumped|shifted|slid|nudged)\b",
    rf"\b(?:i|we)(?:'ve| have|ve)? {NOW}(?:moved|rescheduled|pushed|bumped|shifted|switched|swapped|changed|slid|nudged|transferred)\b",
    rf"\b{_IT}{_IS} (?:moved|rescheduled|pushed|bumped|shifted|switched|swapped|changed|transferred|nudged)\b",
    r"\b(?:ahora (?:es|le toca|queda|qued[oó]|ser[ií]a|est[aá]|sería)|nueva (?:cita|fecha|hora|visita) (?:es|queda|qued[oó]|ser[aá]))\b",
    rf"\b(?:se la|la|se lo|lo|le|ya) (?:{_MOVES_ES}(?:é|í|amos|imos|aron)|pospuse)\b(?! (?:si|cuando|el recado|su recado|a la oficina|con))",
    rf"^(?:ya )?{_MOVES_ES}[éí] (?:su|la|el|para)\b",
    r"\b(?:queda|qued[oó]|est[aá]|fue|ha sido|^|listo|ya|bueno|perfecto|okay|muy bien|hecho)(?: ya)? ?(?:cambiad|movid|reagendad|reprogramad|trasladad|recorrid|adelantad|pospuest)[oa]\b",
    r"\bse (?:le )?(?:cambi[oó]|movi[oó]|recorri[oó]|pas[oó]) (?:su|la|para|al?)\b",
    r"\b(?:he|hemos) (?:cambiado|movido|reprogramado|pasado|reagendado|trasladado|recorrido)\b",
)  # fmt: skip
_ENDED = (
    r"(?:cancel+ed|removed|deleted|dropped|scratched|scrapped|nixed|voided|cleared|wiped|scrubbed|erased|pulled(?! (?:up|you|in|forward|ahead|it (?:up|in|forward|ahead)|that (?:up|in|forward|ahead)))|called off|released|withdrawn|withdrew"
    r"|undone|undid|struck|crossed|freed(?: up)?|taken (?:off|out|down)|taken care of|gotten rid of|got rid of|unbooked|unscheduled)"
)
CANCEL = any_of(
    rf"\b(?:{WHAT}|it|that|{NAMED_DAY})(?:'s| is)(?: now| all)* off\b(?! (?:to|by|work|limits))",
    rf"\b(?:called|let|took|knocked|crossed) (?:{OBJECT}) (?:go|off|out|away)\b", r"\bconsider (?:it|that|\w+ \w+|\w+ \w+ \w+) (?:gone|cancel+ed|off|removed|deleted|history)\b",
    rf"\b(?:i|we)(?:'ve| have|ve)? {NOW}(?!taken care){_ENDED}\b(?! (?:in|you (?:in|on|into)|it (?:in|into)))", rf"{_BEGINS}(?:{_ENDED}|took) (?:it|that|you|your|the)\b(?! (?:in|on)\b)", rf"{_BEGINS}cancel+ed\b",
    rf"\b{_IT}(?: for \w+(?: \w+)?)?{_IS} (?!taken care)(?:{_ENDED}|gone|no more|history|clear|free again|open again)\b(?! (?:through|up|over|well|to)\b)", r"(?<!someone )(?<!somebody )(?<!they )(?<!you )(?<!who )(?<!he )(?<!she )(?<!customer )\bcancel+ed\b(?! (?:slot|appointment|spot)s?\b)",
    rf"\b(?:off|out|from)(?: of)? (?:the|our|my|his|their) (?:\w+ )?{_BOARD}\b",
    rf"\b(?:took|taken) (?:you|that|it|{WHAT}|{NAMED_DAY}|(?:your|the) (?:\w+ ){{0,2}}{WHAT})(?: off| out| away| down| from)\b",
    r"\b(?:(?:se|te|ya) )*(?:la|lo|las|los|le|ya|su|listo) (?:ya )?(?:cancel|anul|quit|borr|elimin|sac|sequ|saqu|retir|liber|tach|baj|descart)(?:é|amos|aron|ue|ué)\b(?! (?:con|de la tel))", r"^(?:cancel|anul|quit|borr|elimin|saqu|retir|tach)é\b",
    r"\b(?:la|lo) di(?:mos)? de baja\b", r"\bse (?:cancel|anul|borr|elimin|quit|retir)[oó]\b", r"\b(?:he|hemos) (?:cancel|anul|quit|borr|elimin|sac|retir|tach)ado\b",
    r"\b(?:cancelad|anulad|eliminad|borrad|quitad|retirad|suspendid|tachad|(?:queda|qued[oó]|est[aá]) (?:ya )?fuera|dad[oa] de baj)[oa]?s?\b", r"\bsin efecto\b", r"\bya no existe\b",
)  # fmt: skip
# Nobody comes: it is off, where it was about to be.
NO_MORE = any_of(
    r"\byou (?:won't|will not) (?:see|be seeing|have) (?:us|him|anyone|anybody)\b",
    rf"\b(?:not|n't|nothing)(?: \w+){{0,2}} (?:on|in) (?:the|our|my) {_BOARD} any ?more\b", rf"\bno longer (?:on|in) (?:the|our|my) {_BOARD}\b",
    rf"\b(?:it|that|{WHAT})(?: won't| will not|'s not|'s no longer| isn't| is not| is no longer)(?: be)? (?:happen\w*|on|going (?:ahead|forward)|there)\b", rf"\b(?:don't|no longer) have (?:\w+ ){{0,2}}{WHAT} (?:\w+ ){{0,4}}any ?more\b",
    r"\bya no (?:le |les |la |lo )?(?:hay|est[aá]|aparece|tiene|mandamos|enviamos|va|van|viene|pasa|llega|ir[aá])\b",
    r"\b(?:nobody|no one|noone|no technician|none)(?: of (?:us|them))?(?:'s|'ll| will| is| are)?(?: going to)?(?: be)?(?: \w+ly)? (?:com\w+|arriv\w+|show\w*|head\w*|stop\w*|knock\w*|out|by|there)\b",
    r"\b(?:he|she|they|we|technician|tech|guy)(?: will not| won't|'s not|'re not|'ll not| isn't| aren't| is not| are not)(?: be)? (?:com\w+|arriv\w+|show\w*|out|there|by)\b",
    rf"\b(?:you|there) (?:no longer have|don't have)(?: an?| the| that| your| any)?(?: \w+)? {WHAT}(?: on \w+)? (?:any ?more|any longer)\b", rf"\b(?:you no longer have|there's no longer|there is no longer) (?:an?|the|that|your|any) {WHAT}",
    r"\b(?:ya )?no (?:le |la |lo )?(?:va|van|viene|vienen|ir[aá]n?|llegan?|llegar[aá]n?|pasan?|pasar[aá]n?)(?: a (?:ir|venir|pasar|llegar))? (?:nadie|ning[uú]n|el t[eé]cnico)\b",
    r"\bnadie (?:va|viene|pasa|llega|ir[aá]|vendr[aá]|pasar[aá])\b",
)  # fmt: skip
# That it will be done is not that it is done.
WILL = re.compile(
    r"(?:'ll|\b(?:will|going to|gonna|have to|like to|want to|need to|able to|voy a|vamos a|va a|para|try to))(?: \w+){0,4} ?$"
)
# Says that it is about to be off. A promise only where nothing but the end of the call follows.
INTENT = any_of(
    r"\b(?:i'll|i will|i'm going to|i am going to|we'll) (?:go ahead and )?(?:cancel|drop|remove|delete|scratch|pull|clear|get rid of|take (?:it|that|you|the \w+|your \w+|\w+day(?:'s)?(?: \w+)?) (?:off|out|down))\b",
    r"\b(?:se |ya )?(?:la|lo|le) voy a (?:cancelar|quitar|borrar|eliminar|dar de baja)\b",
)
# The caller wants nobody to come, or wants them after all.
WISHED = any_of(
    r"\bcancel\b",
    r"\bcall (?:it|that|\w+) off\b",
    r"\b(?:get rid of|drop|scratch|forget) (?:it|that|the|my|about the)\b",
    r"\btake (?:me|it|that|us) off\b",
    r"\b(?:don't|no longer) need (?:it|him|you|the|that|anyone|anybody|an?)\b",
    r"\bcanc[eé]l\w+\b",
    r"\bqu[ií]t\w+\b",
    r"\bya no (?:la|lo|los|necesito|quiero|voy a|ocupo|hace falta)\b",
    r"\bno venga\w*\b",
)
KEPT = re.compile(
    r"\b(?:don't cancel|leave it|keep (?:it|that|the)|never ?mind|instead|let (?:him|them) come|no (?:la|lo) cancele|d[eé]j(?:a|e)(?:la|lo)|mejor (?:no|s[ií]))\b"
)
