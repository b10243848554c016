"""How an assistant words a promise, and what makes the same words none: English and Spanish, over the light text of a clause.

Light text (turns.light) has lower case, accents, apostrophes inside words, and one space between words.
"""

import re
from typing import NamedTuple


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns))


_DAY = (
    r"(?:today|tonight|tomorrow|this|next|monday|tuesday|wednesday|thursday|friday|saturday|sunday|between|from|at|on|in|first"
    r"|bright|the|around|later|early|by|before|after|then|soon|there)\b"
)
_NOW = (
    r"(?:(?:now|just|gone ahead and|went ahead and|already|officially|all|also|both|successfully|back|then|got|have|been"
    r"|and|it|is) )*"
)
_WHAT = (
    r"(?:appointments?|visits?|repairs?|service(?: call)?s?|tune ?ups?|maintenance|installations?|installs?|bookings?|check ?ups?"
    r"|inspection|replacement|cleaning|reservation)"
)
_YOU = r"(?:you|that|it|this|them|him|her|everything|both|your \w+|the \w+|mr \w+|mrs \w+|ms \w+)"
_TECH = r"(?:technicians?|techs?|someone|somebody|crew|team|installers?|guys?|mechanic|we|he|she|they|i|mike|\w+ from our team)"
_COMES = (
    r"(?:be (?:there|out|over|by|at your|with you|arriving|coming|on site|heading|stopping|knocking)|come\b|arrive|stop by|swing by"
    r"|show up|head (?:over|out|your way)|get there|visit|drop by|be seeing)"
)
_DONE_ES = r"(?:agendad|programad|confirmad|reservad|anotad|apartad|apuntad|registrad|list|hech|fijad|pautad)[oa]s?"
_CITA = r"(?:cita|visita|reparaci[oó]n|instalaci[oó]n|mantenimiento|servicio|revisi[oó]n|reserva|limpieza)"
_TECNICO = r"(?:t[eé]cnicos?|alguien|equipo|cuadrilla|instaladores|instalador|muchachos|compa[nñ]ero)"

BOOK = _any(
    # You are booked, you're all set.
    rf"\byou(?:'re|r|'ll be| are|re| both are) {_NOW}(?:booked|scheduled|confirmed|good to go|set(?: up)?|locked in|in for"
    rf"|on (?:the|our|his|her|their) (?:schedule|calendar|books)|down for|squared away)\b(?! (?:up|solid|out)\b)",
    # I have booked you, I've got you down, we put you in.
    rf"\b(?:i|we)(?:'ve| have|ve)? {_NOW}(?:booked|scheduled|reserved|locked in|locked|arranged|penciled in|slotted)\b(?! (?:up|solid|out)\b)",
    rf"\b(?:i|we)(?:'ve| have|ve)? {_NOW}confirmed (?:you\b|it\b|that\b|(?:your|the) (?:\w+ ){{0,2}}{_WHAT})",
    rf"\b(?:i|we)(?:'ve| have|ve)? {_NOW}(?:got(?:ten)? |put |added |set |placed |squeezed |fit |marked )?{_YOU} "
    rf"(?:all )?(?:booked|scheduled|confirmed|set up|set for|set|locked in|pencill?ed in|slotted in|down(?! (?:as|under|with)\b)"
    rf"|(?:on|to|onto) (?:the|our|his|her|their) (?:schedule|calendar|books)|in (?=(?:for |on |at )?{_DAY}))",
    rf"\b(?:i|we)(?:'ve| have|ve)? {_NOW}(?:set up|made|put in) (?:your|the|that|an|a) (?:\w+ )?{_WHAT}",
    # It is booked, that's confirmed, everything is set.
    r"\b(?:it|that|this|everything|they|both)(?:'s| is| are|s|'re| has been| have been) (?:now |all |officially |both )*"
    r"(?:booked|scheduled|confirmed|set up|set|locked in|in the (?:system|calendar|schedule|books)|on the (?:schedule|calendar|books)"
    r"|done|taken care of)\b(?! (?:up|solid|out)\b)",
    # The appointment is confirmed, your visit is tomorrow.
    rf"\b(?:your|the|that|our|this|a|an|first|second|new|other) (?:\w+ ){{0,3}}?{_WHAT} (?:for \w+(?: \w+)? )?(?:is|are|has been|have been|'s|was) "
    r"(?:now |all |both |officially |also |just )*(?:booked|scheduled|confirmed|set|locked in|made|reserved|on the (?:schedule|calendar|books)|in place)\b",
    rf"\b(?:your|the|that|first|second|new|other) (?:\w+ ){{0,3}}?{_WHAT}(?: for \w+(?: \w+)?)?(?: is|'s| are| will be| stays| remains)"
    rf"(?: still| now| also)?(?: set)?(?: for| on| at)? (?:for |on )?{_DAY}",
    rf"\b(?:your|the|that) (?:\w+ ){{0,2}}?{_WHAT}\b.{{0,60}} (?:stays|remains|stands|is still)\b",
    r"\bthe appointment is for (?!\w+ing\b)\w+",
    r"^(?:(?:okay|ok|great|perfect|alright|all right|done|wonderful|good news|good|yes|so|and|then|thanks|thank you|excellent|sure) )*"
    r"(?:(?:you|that's|it's) )?(?:all )?(?:booked|scheduled|confirmed|all set|good to go)\b(?! (?:up|solid|out)\b)",
    # See you Tuesday, the technician will be there.
    rf"\bsee(?:ing)? (?:you|y'all|ya)(?: both| all)? {_DAY}",
    rf"\b{_TECH}(?:'ll| will|'re going to|'s going to| is going to| are going to|'re gonna|'s gonna) (?:also |then )?{_COMES}",
    r"\b(?:we'll|we will|i'll|i will|we're going to|i'm going to) (?:have|send|get) (?:someone|somebody|him|her|them|(?:a|our|the|one of our)(?: \w+){1,2}) "
    r"(?:out|there|over|by|to you|to your|come|at your)\b",
    rf"\b{_TECH}(?:'s| is| are|'re)(?: now)? (?:coming|arriving|stopping by|headed (?:over|out|your way)|scheduled|set|booked|due)\b",
    rf"\b{_TECH}(?:'s| is| are|'re)(?: already| now)? on (?:his|her|their|the) way",
    r"\b(?:you can )?expect (?:us|him|her|them|someone|somebody|the (?:tech|technician|crew)|our (?:tech|technician|crew)|a (?:tech|technician))",
    r"\b(?:i'm|i am|we're|we are) (?:sending|dispatching) (?:you )?(?:someone|somebody|a|our|the|him|her|over)\b",
    r"\blook for (?:us|him|her|our|the (?:tech|technician|crew))",
    # Spanish.
    rf"\b(?:su|tu|la|el|esa|esta|otra|nueva|segunda|primera) (?:\w+ ){{0,2}}?{_CITA}(?: \w+){{0,6}}? (?:ya )?(?:queda|qued[oó]|est[aá]|ha quedado|es|ser[aá]|sigue|fue|ha sido|a nombre)\b"
    rf"(?! (?:disponible|ocupad|en camino|de \d))",
    rf"\b(?:ya )?(?:queda|qued[oó]|quedan|quedaron|quedamos|est[aá]|est[aá]n|ha quedado|fue|tiene|tenemos) (?:ya |todo |muy bien |usted )*{_DONE_ES}\b",
    r"\b(?:queda|qued[oó]|quedan|quedamos) (?:usted )?(?:para|el|con cita|en)\b",
    r"\b(?:(?:ya|le|lo|la|te|los|las|se) )+(?:agend|program|reserv|anot|apart|confirm|apunt|registr)é\b",
    r"\b(?:agend|program|reserv|anot|apart|apunt)é\b",
    r"\bya (?:le|lo|la|se la|se lo) (?:agend|program|reserv|anot|apart|apunt)e\b",
    r"\b(?:ya )?(?:he|hemos) (?:agendado|programado|reservado|confirmado|anotado|apartado|apuntado|registrado)\b",
    rf"\b(?:le|lo|la|los|te)(?: dej[eé]| tengo| tenemos| hemos dejado| he dejado) (?:ya |todo )*(?:{_DONE_ES}|(?:su|la) (?:cita|visita)|para)\b",
    rf"\b(?:le|les|te) confirmo (?:su|la|tu) {_CITA}\b",
    r"\b(?:le|lo|la|los|te) (?:esperamos|espero|vemos|veremos|visitaremos|visitamos|atenderemos|atendemos)\b",
    r"\bnos vemos\b",
    rf"\b{_TECNICO} (?:\w+ )?(?:ya )?(?:llega|llegar[aá]|llegan|llegar[aá]n|ir[aá]|ir[aá]n|va|van a|va a|estar[aá]|estar[aá]n|pasar[aá]|pasa|vendr[aá]|lo visita|la visita|le visita|acude|acudir[aá])\b",
    rf"\b(?:{_TECNICO}|ya)(?: ya)? (?:va|est[aá]|van) (?:en|de) camino",
    rf"^(?:(?:listo|perfecto|muy bien|bueno|ya|entonces|gracias|excelente|de acuerdo|s[ií]) )*(?:qued[oó] )?{_DONE_ES}(?<!listo)(?<!lista)\b",
    r"\b(?:le|les|te) (?:estoy|estamos) (?:mandando|enviando)\b",
)  # fmt: skip

MOVE = _any(
    rf"\b(?:i|we)(?:'ve| have|ve)? {_NOW}(?:moved|rescheduled|pushed|bumped|shifted|switched|swapped|changed)\b",
    rf"\b(?:{_WHAT}|it|that|this|everything|you)(?:'s| is| has| have| are|'re|'ve|s)(?: been| now| all| successfully| just| officially| already)* (?:moved|rescheduled|pushed|bumped|shifted|switched|changed)\b",
    r"\b(?:le |la |lo |se la |se lo |ya )*(?:cambi|reprogram|reagend|traslad|pas)é\b",
    r"\b(?:le |la |lo |se la |ya )*moví\b",
    r"\b(?:he|hemos) (?:cambiado|movido|reprogramado|pasado|reagendado|trasladado)\b",
    r"\b(?:fue|ha sido|queda|qued[oó]|est[aá]) (?:ya )?(?:cambiad|movid|reprogramad|reagendad|trasladad)[oa]\b",
)
# What else is moved or changed on the telephone, and no appointment.
OTHER_OBJECT = _any(
    r"\b(?:number|address|name|phone|email|notes?|gate|code|language|spelling|zip|contact|list|record|filters?|furnace|unit|messages?|question|request|word|that on)\b",
    r"\b(?:n[uú]mero|direcci[oó]n|nombre|tel[eé]fono|correo|notas?|c[oó]digo|lista|filtros?|mensaje|recado|pregunta|llamada)\b",
)

CANCEL = _any(
    rf"\b(?:i|we)(?:'ve| have|ve)? {_NOW}(?:cancel+ed|called off|scrapped)\b",
    rf"\b(?:i|we)(?:'ve| have|ve)? {_NOW}(?:took|taken|removed|deleted|dropped|pulled) (?:you|that|it|{_WHAT}|(?:your|the) (?:\w+ ){{0,2}}{_WHAT})(?: off| from)?",
    rf"\b(?:{_WHAT}|it|that|this|you|everything|they|both|one|monday|tuesday|wednesday|thursday|friday|saturday)(?:'s| is| has| have| are|'re|s| was| were)(?: been| now| all| both| officially| successfully| just)* cancel+ed\b",
    r"\b(?:le |la |lo |se la |se lo |ya )*(?:cancel|anul)é\b",
    r"\b(?:he|hemos) (?:cancelado|anulado)\b",
    r"\b(?:fue|ha sido|queda|qued[oó]|est[aá]|ha quedado)(?: ya)? (?:cancelad|anulad)[oa]\b",
    r"^(?:(?:okay|ok|done|alright|all right|yes|listo|bueno|perfecto) )*(?:cancel+ed|cancelad[oa])\b",
)  # fmt: skip

# Says that it is about to be done. A promise only where nothing but the end of the call follows.
INTENT = _any(
    r"\b(?:i'll|i will|i'm going to|we'll|i am going to) (?:go ahead and )?(?:book|put|schedule|get|pencil|set|mark|add|sign) (?:you|it|that)\b",
    r"\b(?:lo|la|le) voy a (?:agendar|anotar|programar|apuntar|poner|reservar)\b",
)
FAREWELL = _any(
    r"\b(?:goodbye|bye|thanks for calling|thank you for calling|have a (?:good|great|nice|wonderful|lovely)|take care|that's it|talk soon)\b",
    r"\b(?:adi[oó]s|hasta luego|gracias por llamar|que tenga|que le vaya|buen d[ií]a|buenas tardes|buenas noches|hasta pronto)\b",
)

# Before the words in the same clause, or as a clause of its own before them, it makes of a promise something else.
CONDITIONAL = re.compile(
    r"\b(?:if|once (?=i\b|i'|we|you|he\b|she|they|the\b|that|it|your|our|a\b)|when|whenever|unless|until|as soon as|should|would|could|can|can't|might|may|let me|let's|want me|like me|shall"
    r"|whether|in case|after you|after i|to get you|to have you|so that|make sure|try|trying|which|available|almost|nearly|about to"
    r"|assuming|provided|sure you want|asked|have to be|needs? to be|want to be|ready to|how|what|maybe|perhaps|possibly|before i|before we"
    r"|wish|hope|hoping|previously|originally|used to|said|told|thought|whoever|every time|usually|normally|always|typically"
    r"|si|cuando|una vez|en cuanto|quiere|desea|puedo|podr[ií]a|podemos|gustar[ií]a|para que|hasta que|antes de que|tan pronto"
    r"|quisiera|prefiere|d[eé]jeme|perm[ií]tame|necesito|en caso|siempre|normalmente|puede|a ver|casi)\b"
)  # fmt: skip
# Says that what follows is so, and is no condition of it.
CONFIRMS = re.compile(
    r"\b(?:i|we) can (?:confirm|see)(?: that)?\b|\bi (?:just )?want(?:ed)? to let you know(?: that)?\b"
    r"|\b(?:puedo confirmar(?:le)?|(?:le|les) (?:confirmo|informo|cuento)|veo) que\b"
)
HARMLESS = re.compile(
    r"^(?:so |and |y )?(?:if (?:that's|there's) (?:all|nothing)|if you (?:need|have any|have questions|don't have)|when (?:he|she|they|the tech\w*|we) (?:arrives?|comes?|gets?)"
    r"|as i said|like i said|as you asked|just so you know|before you (?:go|hang)|how about that|what a|as (?:requested|promised|discussed)|if anything"
    r"|si necesita|si tiene|como (?:le dije|usted pidi[oó]|quer[ií]a|pidi[oó])|cuando llegue)"
)
NEGATED = re.compile(
    r"\b(?:not|no|never|nothing|without|neither|cannot|n't|sin|nunca|tampoco|a[uú]n|todav[ií]a|yet)(?: \w+){0,2} ?$|n't(?: \w+){0,2} ?$"
)
NO_PROMISE = _any(
    r"\bwait(?:ing)? ?list\b", r"\bcancellation list\b", r"\blista de espera\b", r"\b(?:holding|on hold)\b",
    r"\bin (?:our|the|my) (?:system|records|database|file)\b(?! for)", r"\bnot (?:booked|confirmed|final|scheduled)\b",
    r"\bn't (?:booked|confirmed|final|scheduled)\b", r"\bno est[aá] (?:agendad|confirmad|reservad|program)",
    r"\b(?:already|fully|all) (?:booked|taken)(?: up)?$", r"\bby (?:another|someone else|somebody else)\b", r"\bsee what\b",
    r"\bas soon as (?:possible|they can|someone|a technician|we (?:can|have))\b", r"\b(?:callback|call back|call you back|llame|llamar[aá])\b",
    r"\bno la he\b", r"\bhas(?:n't| not) been\b", r"\bwill be (?:booked|scheduled|confirmed) (?:once|when|after|as soon)\b",
    r"\b(?:on|under) (?:your|the|a) (?:maintenance )?plan$",
)  # fmt: skip

# Words of a clause that goes on about something else than the promise before it.
OTHER = re.compile(
    r"\b(?:call|calls|calling|called|text|texts|message|email|remind\w*|reminder|opens?|closes?|closed|need|needs|make sure|please|pay"
    r"|opening|openings|offer|offered|earliest|soonest|could|can|would|might|may|if|unless|was|were|had|used to|originally|you said"
    r"|you mentioned|you asked|because|weather|forecast|warranty|expires?|holiday|fee|fees|cost|costs|price|charge|deadline|let us know"
    r"|cancel by|leave|someone over eighteen|adult|dog|dogs|gate|see your|instead i|previous|no longer|used|reach us|we're open|office"
    r"|send|sends|sent|confirmation|coupon|special|runs|lasts|takes|hours are|history|last visit|apologi[sz]e|wait"
    r"|llam\w+|mensaje|texto|correo|record\w+|env[ií]\w+|abr\w+|cierr\w+|cerrad\w+|necesit\w+|aseg[uú]r\w+|por favor|pag\w+|disponib\w+"
    r"|podr[ií]a|puede|puedo|si|era|estaba|porque|tarifa|costo|cargo|cuota|garant[ií]a|feriado|avis\w+|oficina|confirmaci[oó]n|deje|ten[ií]a"
    r"|antes de esa)\b"
)
ELABORATES = re.compile(
    r"^(?:(?:so|and|again|okay|just to (?:repeat|confirm|recap)|to (?:repeat|confirm|recap)|recap|y|entonces|o sea|le repito|repito|para confirmar) )*"
    r"(?:that's|that is|it's|it is|that'll be|that will be|this is|es|ser[ií]a|ser[aá]|queda|once again)\b"
)
# Says again, or otherwise, what was promised before, upon the caller's words: "Yes, Friday", "You're right, it's Friday".
ANSWERS = re.compile(
    r"^(?:yes|yeah|yep|correct|right|exactly|that's right|that's correct|absolutely|sure|s[ií]|exacto|correcto|as[ií] es|claro|cierto)\b"
)
CORRECTS = re.compile(
    r"\b(?:misspoke|mistaken|correction|my mistake|i meant|let me correct|you're right|you are right|i mean|apologies|should have said"
    r"|me equivoqu[eé]|tiene raz[oó]n|corrijo|quise decir|perd[oó]n|me corrijo)\b"
)
# "I have you down for Tuesday. Is that right?" is read back, not promised.
READ_BACK = re.compile(
    r"^(?:so |and |y )?(?:is that (?:right|correct|ok|okay|good|all right|alright|fine)|does (?:that|this) (?:work|sound|look)|did i get"
    r"|do i have (?:that|it|everything)|is (?:everything|all of (?:that|this)|all that|it all|this) (?:right|correct|good)|sounds? (?:right|good|correct|okay|ok)"
    r"|shall i|should i|ready|can i (?:go ahead|book|confirm)|may i|want me to (?:go|book|confirm|lock|put)|would you like me to (?:go ahead|book|confirm|lock|put|schedule)"
    r"|correct|right|yes|okay to|all correct|do you want me to|is that what|can you confirm"
    r"|es correcto|est[aá] (?:bien|correcto|todo)|correcto|le parece|(?:la|lo|se la|se lo) (?:agendo|reservo|confirmo|programo|anoto)"
    r"|confirmo|quiere que (?:la|lo|le|se)|es as[ií]|verdad|lo confirma|todo bien|cierto|me confirma)\b"
)
ASKS = re.compile(
    r"^(?:and |so |y |but |or )?(?:is|are|do|does|did|can|could|would|will|shall|should|what|which|when|how|who|where|anything|any|may|has|have you|was there"
    r"|hay|puedo|quiere|necesita|algo|alguna|le|en qu[eé]|desea|qu[eé]|cu[aá]l|tiene|hay algo|me|est[aá]|es|cu[aá]ndo|c[oó]mo|podr[ií]a)\b"
)
TAG = re.compile(r"[,\s]+(?:okay|ok|all right|alright|vale|de acuerdo|sale|est[aá] bien)\s*\?$", re.IGNORECASE)

# The assistant takes back what it said, or says that it could not be done.
DENIAL = _any(
    r"\b(?:have|has|had|was|were|could|did|is|are|am|do)(?:n't| not)(?: \w+){0,3}? (?:book(?:ed)?|schedul\w+|confirm\w*|mov(?:e|ed)|cancel\w*|go through|gone through|available|anything)\b",
    r"\bnot (?:actually |yet )?(?:booked|scheduled|confirmed|moved|cancelled|canceled)\b",
    r"\b(?:unable|not able|wasn't able|couldn't|can't|cannot)(?: \w+){0,3}? (?:book|schedule|confirm|move|cancel|complete|promise|see)\b",
    r"\b(?:i misspoke|i made a mistake|scratch that|my mistake|correction|i was wrong|just (?:been )?taken|not available|no longer available|didn't go through)\b",
    r"\b(?:i'd rather not promise|run out)\b",
    r"\bno (?:he|hemos|pude|pudimos|puedo|podemos|se|est[aá]|qued[oó])(?: \w+){0,3}? (?:agend\w+|program\w+|reserv\w+|confirm\w+|cambi\w+|mov\w+|cancel\w+|disponible|anot\w+|prometer|ver)\b",
    r"\b(?:me equivoqu[eé]|perd[oó]n me equivoqu|error m[ií]o|ya no est[aá] disponible|corrijo)\b",
)  # fmt: skip
ANOTHER = re.compile(
    r"\b(?:also|another|second|as well|too|both|plus|in addition|other|tambi[eé]n|otra|otro|segunda|adem[aá]s|ambas|las dos)\b"
)
STANDING = re.compile(
    r"\b(?:still|stays?|remains?|stands|your appointment is|your visit is|your appointment's|i see|sigue|se mantiene|su cita es|already)\b"
)


class Kind(NamedTuple):
    """A kind of promise and how it is worded."""

    name: str
    worded: re.Pattern[str]


KINDS = (Kind("cancelled", CANCEL), Kind("moved", MOVE), Kind("booked", BOOK))
# Words that promise nothing by themselves: something is done, somebody comes some time.
SOFT = _any(
    r"^(?:we'll|we will|i'll|i will|we're going to|i'm going to) (?:have|send|get)\b",
    r"^(?:(?:okay|ok|great|perfect|alright|all right|and|so|well|then|yes|thanks|thank you|good|wonderful|excellent|awesome) )*(?:you're|you are|youre|that's|it's|everything's|everything is|that is) (?:now |all )*(?:all )?(?:set|done|good to go|taken care of|set up|squared away)(?: \w+){0,2}$",
    r"\bsee(?:ing)? you (?:then|soon|there)\b", rf"\b{_TECH}(?:'ll| will|'re going to|'s going to| is going to| are going to) ",
    rf"\b{_TECH}(?:'s| is| are|'re) (?:coming|arriving)", r"\bexpect (?:us|him|her|them|someone)", r"\bnos vemos (?:pronto|entonces|luego)",
    rf"\b{_TECNICO} (?:\w+ )?(?:ya )?(?:ir[aá]|va(?! (?:en|de) camino)|van a|va a|estar[aá]|pasar[aá]|llega|llegar[aá]|vendr[aá])", r"\b(?:le|lo|la|los) (?:esperamos|vemos|veremos|atenderemos|atendemos)\b",
    r"\ball set\b", r"\blook for ", r"\bis for \w+$", r"\b(?:es|ser[aá]|est[aá]) (?:muy|para|gratis|incluid|de|un|una|por|bajo)\b", r"\b(?:cita|visita|servicio) (?:es|ser[aá])\b",
    r"\b(?:queda|qued[oó]|est[aá]) list[oa]\b", r"\bsigue\b", r"\b(?:stays|remains)\b",
)  # fmt: skip

# Where one clause ends and another begins; "between nine and eleven" is one.
CLAUSES = re.compile(
    r"\s*(?:,|:(?!\d)|[\u2014\u2013])\s*|\s+-\s+"
    r"|\s+(?=(?:and|but|so|then) (?:i|i'm|i've|i'll|we|we've|we'll|you|you're|it|it's|he|she|they|the|our|your|is|if|someone|a tech\w*|please|there|that|that's|see|will|also)\b)"
    r"|\s+(?=(?:but|because|unless|if|when|once (?:i|we|you|he|she|they|the|that|it|your))\b)"
    r"|\s+(?=(?:y|pero) (?:el (?:t[eé]cnico|mantenimiento|servicio)|le|lo|nos|si|su|usted|ya|tambi[eé]n|la (?:cita|visita|instalaci[oó]n|reparaci[oó]n|revisi[oó]n|segunda|otra)|despu[eé]s|mi|otra)\b)"
    r"|\s+(?=(?:pero|porque|si|cuando|en cuanto|para que)\s)",
    re.IGNORECASE,
)  # fmt: skip

# What has the look of a day or a time and is none: greetings, lengths, places, numbers, money.
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
        r"\b(?:have|enjoy) (?:a|an|your|the)(?: \w+)? (?:rest of (?:your|the) )?(?:day|morning|afternoon|evening|night|weekend|week|one)\b",
        r"\b(?:good|great|happy|lovely|wonderful|nice) (?:day|morning|afternoon|evening|night|weekend|week)\b",
        r"\b(?:buen|buena|buenas|buenos|feliz|lind[ao]|excelente|bonit[ao])s? (?:d[ií]as?|tardes?|noches?|fin de semana|semana)\b",
        rf"\b(?:\w+[ -])?(?:\w+)[ -]{_UNITS}[ -](?:window|before|ahead|notice|prior|warning|heads|warranty|visit|job|early|antes|hold)\b",
        rf"(?<!\bin )(?<!\ben )(?<!\bfrom )\b(?:\d+|an?|one|two|three|four|five|six|eight|ten|twelve|fifteen|twenty|thirty|sixty|half an|una?|dos"
        rf"|tres|cuatro|cinco|diez|quince|veinte|treinta|media)[ -](?:{_UNITS})\b(?! from)",
        rf"\b(?:\w+ )?(?:working|business) {_UNITS}\b",
        r"\b(?:first|second|third|last|next|other|same|primer|primera|segund[oa]|[uú]ltim[oa]) (?:floor|story|unit|option|one|choice|visit"
        r"|appointment|step|name|line|system|house|available|opening|opci[oó]n|piso|cita|vez|unidad|nombre)\b",
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
