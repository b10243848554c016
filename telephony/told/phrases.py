"""How an assistant words a promise: English and Spanish, over the light text of a clause.

Light text (turns.light) has lower case, accents, apostrophes inside words, and one space between words. What makes the same
words none is in asides.
"""

import re
from typing import NamedTuple

from telephony.told.asides import FULL, any_of
from telephony.told.changes import CANCEL, MOVE
from telephony.told.vocabulary import CITA, COMES, COMES_NOW, DAY, DID, DONE_ES, NO_COMING, NOW, SPOT, TECH, TECNICO, WHAT, YOU

BOOK = any_of(
    r"^(?:(?:okay|ok|great|perfect|alright|all right|done|so|and|then|sure|just) )*(?:booked|scheduled|put|squeezed|slotted|fit|pencil+ed|locked|reserved|signed) (?:you|it|that|your|the|him|her)\b",
    # You're on for tomorrow, you're good for, you have an appointment, we've got you Tuesday.
    r"\bwas able to (?:get|book|fit|squeeze|put|schedule|lock) (?:you|that|it)\b", r"\byou should (?:see|expect) (?:him|us|our|the|a)\b",
    r"\bputting you (?:down|in|on)\b", r"\byou(?:'re| are) (?:tomorrow|monday|tuesday|wednesday|thursday|friday|saturday)\b", rf"\byou(?:'re| are) {NOW}(?:on for|good for|in the (?:book|books|system for)|on for)\b",
    rf"\b(?:you have|you've got|you got) (?:an?|your|one|two|both) (?:\w+ ){{0,2}}?{WHAT}\b(?! (?:preference|request))",
    rf"\b(?:i|we)(?:'ve got| have| got) you (?:\w+ in )?(?:for )?{DAY}",
    rf"\b(?:tomorrow|today|monday|tuesday|wednesday|thursday|friday|saturday|\w+th|{SPOT})(?: morning| afternoon| evening)? (?:is|'s) (?:now |all |officially )*"
    r"(?:booked (?:for|in for|under) you|confirmed|locked in|reserved for you|yours|set)\b", r"\b(?:is|'s|are) (?:all )?(?:booked|reserved|set aside|blocked off) for you\b",
    r"\byou'll (?:be seeing|see|have|get) (?:him|us|her|them|the technician|our technician|a technician|somebody|someone)\b", r"\byou(?:'re| are) (?:our|the|his|their) (?:\w+ )?stop\b",
    r"\blook (?:out )?for (?:a|an|the|our|his) (?:\w+ )?(?:van|truck)\b",
    rf"\b(?:i|we)(?:'ve| have|ve)? {NOW}(?:grabbed|snagged|secured|saved|claimed|reserved|locked down|nailed down) (?:you|that|the|your|it)\b",
    r"\b(?:i|we)(?:'ve| have|ve)? (?:gone ahead and |went ahead and |just )*put (?:that|it|this) (?:through|in)\b(?! (?:the|my|your|a) (?:message|note))",
    r"\bgot you (?:in|booked|down|scheduled|set)\b", r"\bconsider (?:it|yourself|that|this) (?:done|booked|scheduled|set)\b",
    r"\b(?:it|that)(?:'s| is) (?:all )?yours\b", rf"\b{SPOT}(?: is|'s) (?:now |all |still )*(?:yours|reserved|saved|secured|locked in|booked)\b",
    # That's you booked in, that's both of them booked, we're all set for Friday.
    rf"\b(?:that's|that is|that makes|that was)(?: \w+){{1,4}}? (?:booked|scheduled|confirmed|locked in|set up)\b(?!{FULL})",
    rf"\bwe(?:'re| are) {NOW}(?:set|good|confirmed)(?: for| on)? (?:for )?{DAY}",
    r"\b(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday|tomorrow|today|\w+th|\w+ o'clock|morning|afternoon|first|second|third) it is\b",
    rf"\b(?:your|the) (?:\w+ )?(?:arrival )?(?:window|arrival|time slot|slot) (?:is|'s|will be) (?:set for |for )?(?:\w+ )?(?:{DAY}|\w+ to \w+)",
    rf"\b(?:technicians?|techs?|crew|installers?|he|she|they|someone|somebody) {COMES_NOW}\b",
    r"^(?:(?:okay|ok|so|and|then|perfect|great|alright) )*\w+'s (?:coming|stopping|swinging) (?:by|out|over|to you)\b",
    r"\b(?:we'll|we will|i'll|i will) have (?:\w+ ){1,4}?with you\b", rf"\bplan on (?:us|him|her|the \w+|our \w+|a \w+|{DAY})",
    # You are booked, you're all set.
    rf"\byou(?:'re|r|'ll be| are|re| both are) {NOW}(?:booked|scheduled|confirmed|good to go|set(?: up)?|locked in|in for"
    rf"|on (?:the|our|his|her|their) (?:schedule|calendar|books)|down for|squared away)\b(?! (?:up|solid|out)\b)",
    # I have booked you, I've got you down, we put you in.
    rf"\b(?:i|we)(?:'ve| have|ve)? {NOW}(?:booked|scheduled|reserved|locked in|locked|arranged|penciled in|slotted)\b(?! (?:up|solid|out)\b)",
    rf"\b(?:i|we)(?:'ve| have|ve)? {NOW}confirmed (?:you\b|it\b|that\b|(?:your|the) (?:\w+ ){{0,2}}{WHAT})",
    rf"\b(?:i|we)(?:'ve| have|ve)? {NOW}(?:got(?:ten)? |put |added |set |placed |squeezed |fit |marked )?{YOU} "
    rf"(?:all )?(?:booked|scheduled|confirmed|set up|set for|set|locked in|pencill?ed in|slotted in|down(?! (?:as|under|with)\b)"
    rf"|(?:on|to|onto) (?:the|our|his|her|their) (?:schedule|calendar|books)|in (?=(?:for |on |at )?{DAY}))",
    rf"\b(?:i|we)(?:'ve| have|ve)? {NOW}(?:set up|made|put in) (?:your|the|that|an|a) (?:\w+ )?{WHAT}",
    # It is booked, that's confirmed, everything is set.
    r"\b(?:it|that|this|everything|they|both)(?:'s| is| are|s|'re| has been| have been) (?:now |all |officially |both )*"
    r"(?:booked|scheduled|confirmed|set up|set|locked in|in the (?:system|calendar|schedule|books)|on the (?:schedule|calendar|books)"
    r"|done|taken care of)\b(?! (?:up|solid|out)\b)",
    # The appointment is confirmed, your visit is tomorrow.
    rf"\b(?:your|the|that|our|this|a|an|first|second|new|other) (?:\w+ ){{0,3}}?{WHAT} (?:for \w+(?: \w+)? )?(?:is|are|has been|have been|'s|was) "
    r"(?:now |all |both |officially |also |just )*(?:booked|scheduled|confirmed|set|locked in|made|reserved|on the (?:schedule|calendar|books)|in place)\b",
    rf"\b(?:your|the|that|first|second|new|other) (?:\w+ ){{0,3}}?{WHAT}(?: for \w+(?: \w+)?)?(?: is|'s| are| will be| stays| remains)"
    rf"(?: still| now| also)?(?: set)?(?: for| on| at)? (?:for |on )?{DAY}",
    rf"\b(?:your|the|that) (?:\w+ ){{0,2}}?{WHAT}\b.{{0,60}} (?:stays|remains|stands|is still)\b",
    r"\bthe appointment is for (?!\w+ing\b)\w+",
    r"^(?:(?:okay|ok|great|perfect|alright|all right|done|wonderful|good news|good|yes|so|and|then|thanks|thank you|excellent|sure) )*"
    r"(?:(?:you|that's|it's) )?(?:all )?(?:booked|scheduled|confirmed|all set|good to go)\b(?! (?:up|solid|out)\b)",
    # See you Tuesday, the technician will be there.
    rf"\bsee(?:ing)? (?:you|y'all|ya)(?: both| all)? {DAY}",
    rf"\b{TECH}(?:'ll| will|'re going to|'s going to| is going to| are going to|'re gonna|'s gonna) (?:also |then )?{COMES}",
    r"\b(?:we'll|we will|i'll|i will|we're going to|i'm going to) (?:have|send|get) (?:someone|somebody|him|her|them|(?:a|our|the|one of our)(?: \w+){1,2}) "
    r"(?:out|there|over|by|to you|to your|come|at your)\b",
    rf"\b{TECH}(?:'s| is| are|'re)(?: now)? (?:coming|arriving|stopping by|headed (?:over|out|your way)|scheduled|set|booked|due)\b",
    rf"\b{TECH}(?:'s| is| are|'re)(?: already| now)? on (?:his|her|their|the) way",
    r"\b(?:you can )?expect (?:us|him|her|them|someone|somebody|the (?:tech|technician|crew)|our (?:tech|technician|crew)|a (?:tech|technician))",
    r"\b(?:i'm|i am|we're|we are) (?:sending|dispatching) (?:you )?(?:someone|somebody|a|our|the|him|her|over)\b",
    r"\blook for (?:us|him|her|our|the (?:tech|technician|crew))",
    # Spanish.
    r"\b(?:le|les|te) toca\b(?! (?:pagar|a usted|cambiar|la revisi))", rf"\b(?:ya )?tiene (?:usted )?(?:ya )?(?:su|una|la|dos) {CITA}s?\b",
    rf"\b(?:le|te|les) (?:hice|hicimos|puse|pusimos|saqu[eé]|di|dimos) (?:su|la|una) (?:\w+ )?{CITA}\b", r"\b(?:la|lo|le) (?:puse|pusimos) (?:para|el|en|mañana)\b",
    r"\bya est[aá] (?:todo(?! (?:lleno|ocupado|tomado|completo))|en (?:la agenda|el calendario|el sistema))\b", r"\b(?:ah[ií]|all[aá]) (?:estamos|estaremos|le caemos|vamos)\b", r"\bcuente con (?:nosotros|el t[eé]cnico|ello)\b",
    r"\b(?:pasan|pasamos|llegan|llegamos|vamos|van a ir|vamos a ir|van a pasar|estaremos con usted|estar[aá]n con usted)\b(?! a (?:ver\b|preguntar|cobrar|llamar|marcar|decir|checar))",
    rf"\b(?:le|les) (?:mandamos|enviamos|mando|env[ií]o) (?:a |al? )?(?:un |el |l )?{TECNICO}\b", rf"\b(?:le |les )?(?:llega|cae|visita|va|viene|pasa|ir[aá]|llegar[aá]|va a (?:ir|llegar|pasar|estar)) (?:el |un |nuestro )?{TECNICO}\b",
    r"\bestamos (?:con usted|en su casa|ah[ií]|por all[aá])\b", r"^(?:(?:ya|listo|entonces|y) )*es suy[oa]\b",
    r"\b(?:lugar|espacio|horario) (?:ya )?(?:queda|qued[oó]|est[aá]) (?:ya )?(?:asegurad|apartad|reservad)o\b",
    rf"\b(?:su|tu|la|el|esa|esta|otra|nueva|segunda|primera) (?:\w+ ){{0,2}}?{CITA}(?: \w+){{0,6}}? (?:ya )?(?:queda|qued[oó]|est[aá]|ha quedado|es|ser[aá]|sigue|fue|ha sido|a nombre)\b"
    rf"(?! (?:disponible|ocupad|en camino|de \d))",
    rf"\b(?:ya )?(?:queda|qued[oó]|quedan|quedaron|quedamos|est[aá]|est[aá]n|ha quedado|fue|tiene|tenemos) (?:ya |todo |muy bien |usted )*{DONE_ES}\b",
    r"\b(?:queda|qued[oó]|quedan|quedamos) (?:usted )?(?:para|el|con cita|en)\b",
    r"\b(?:(?:ya|le|lo|la|te|los|las|se) )+(?:agend|program|reserv|anot|apart|confirm|apunt|registr)é\b",
    r"\b(?:agend|program|reserv|anot|apart|apunt)é\b",
    r"\bya (?:le|lo|la|se la|se lo) (?:agend|program|reserv|anot|apart|apunt)e\b",
    r"\b(?:ya )?(?:he|hemos) (?:agendado|programado|reservado|confirmado|anotado|apartado|apuntado|registrado)\b",
    rf"\b(?:le|lo|la|los|te)(?: dej[eé]| tengo| tenemos| hemos dejado| he dejado) (?:ya |todo )*(?:{DONE_ES}|(?:su|la) (?:cita|visita)|para)\b",
    rf"\b(?:le|les|te) confirmo (?:su|la|tu) {CITA}\b",
    r"\b(?:le|lo|la|los|te) (?:esperamos|espero|vemos|veremos|visitaremos|visitamos|atenderemos|atendemos)\b",
    r"\bnos vemos\b",
    rf"\b{TECNICO} (?:\w+ )?(?:ya )?(?:llega|llegar[aá]|llegan|llegar[aá]n|ir[aá]|ir[aá]n|van?(?! a\b)|van? a (?:ir|llegar|pasar|estar|venir|visitar|atender|caer)|estar[aá]|estar[aá]n|pasar[aá]|pasa|vendr[aá]|lo visita|la visita|le visita|acude|acudir[aá])\b",
    rf"\b(?:{TECNICO}|ya)(?: ya)? (?:va|est[aá]|van) (?:en|de) camino",
    rf"^(?:(?:listo|perfecto|muy bien|bueno|ya|entonces|gracias|excelente|de acuerdo|s[ií]) )*(?:qued[oó] )?{DONE_ES}(?<!listo)(?<!lista)\b",
    r"\b(?:le|les|te) (?:estoy|estamos) (?:mandando|enviando)\b",
)  # fmt: skip
# A whole clause that says something is done now, and leaves it to the next to say what: "Done.", "Got you in.", "Quedó, entonces."
_FILL = (
    r"(?:(?:okay|ok|great|perfect|alright|all right|all righty|wonderful|awesome|excellent|good|good news|great news|yes|yep|sure|absolutely|so|and|then|well|now|bueno"
    r"|muy bien|claro|perfecto|s[ií]|pues|entonces|y|excelente|okey|ya) )*"
)
ONLY_FILLED = re.compile(
    rf"^{_FILL}(?:okay|ok|great|perfect|alright|wonderful|awesome|excellent|good|yes|sure|so|and|then|well|bueno|muy bien|claro|perfecto|s[ií]|pues|entonces|y|excelente|se[ñn]ora?)$"
)
DONE = re.compile(
    rf"^{_FILL}(?:done|all done|booked|scheduled|confirmed|moved|switched|changed|swapped|rescheduled|all set|(?:you're|we're|that's|it's|you are) (?:now |all )*"
    r"(?:done|set|good|in|booked|yours|confirmed|locked in|moved|switched|changed)|got you in|there (?:you|we) (?:go|are)|(?:that|it) went through|i got (?:that|it) in"
    r"|i(?:'ve| have)? (?:got|put) (?:that|it|you) in|all taken care of|that's taken care of|it's a date|you got it|consider it done"
    r"|(?:ya )?(?:listo|hecho|(?:con eso )?(?:qued[oó]|queda|quedamos)|qued[oó] list[oa]|est[aá]|est[aá] (?:list[oa]|hech[oa]|todo)|la tiene|lo tiene|confirmad[oa]|agendad[oa]|cambiad[oa])|ya|ah[ií] est[aá]|ya estuvo|trato hecho)"
    r"(?: (?:then|now|for you|entonces|pues|mrs? \w+|ms \w+|se[ñn]or[a]?(?: \w+)?|usted))*$"
)

# Near one of these an agreeing day or time was told, though no rule reads how.
PROMISING = re.compile(
    r"\b(?:book\w*|set|down|in|on|done|got|put|yours|confirm\w*|schedul\w*|see you|expect|tech\w*|visit|appointment|arriv\w*|window|calendar|mov\w*|switch\w*|chang\w*|cancel\w*|off|gone|it is|come\w*|coming"
    r"|cita|t[eé]cnico|qued\w+|listo|ya|agend\w*|apunt\w*|anot\w*|toca|lleg\w+|pas\w+|ventana|ahora|cambi\w*|movi\w*|esper\w+|vemos|viene|vamos|confirm\w*)\b"
)

# Stays as it was: said of the time before a move that nobody spoke of.
UNCHANGED = re.compile(
    r"\b(?:still|stays?|remains?|leave (?:it|you)|left (?:it|you)|keep(?:ing)? (?:it|you)|as it was|unchanged|have(?:n't| not) (?:changed|moved)|didn't (?:change|move)"
    r"|sigue|se queda|queda igual|dejamos|dej[eo]|como estaba|igual|no (?:le )?(?:mov[ií]|cambi[eé]))\b"
)
BOTH = re.compile(r"\b(?:both|all (?:of )?(?:them|your|the)|two|each|ambas|ambos|las dos|los dos|todas|todos)\b")

# Says that it is about to be done. A promise only where nothing but the end of the call follows.
INTENT = any_of(
    r"\b(?:i'll|i will|i'm going to|we'll|i am going to) (?:go ahead and )?(?:book|put|schedule|get|pencil|set|mark|add|sign) (?:you|it|that)\b",
    r"\b(?:lo|la|le) voy a (?:agendar|anotar|programar|apuntar|poner|reservar)\b",
)
ELABORATES = re.compile(
    r"^(?:(?:so|and|again|okay|just to (?:repeat|confirm|recap)|to (?:repeat|confirm|recap)|recap|y|entonces|o sea|le repito|repito|para confirmar) )*"
    r"(?:that's|that is|it's|it is|that'll be|that will be|this is|es|ser[ií]a|ser[aá]|queda|once again)\b"
)

# Says again, or otherwise, what was promised before, upon the caller's words: "Yes, Friday", "You're right, it's Friday".
ANSWERS = re.compile(
    r"^(?:yes|yeah|yep|correct|right|exactly|that's right|that's correct|absolutely|sure|s[ií]|exacto|correcto|as[ií] es|claro|cierto)\b"
)
# "So I'm booked for Friday at nine?" "That's right."
ASSENTS = re.compile(
    r"^(?:(?:oh|okay|ok|yes|yeah|yep|right|sure|s[ií]|claro|okey) )*(?:yes|yeah|yep|correct|right|exactly|absolutely|definitely|that's (?:right|correct|it)|you (?:got it|are|bet)"
    r"|(?:he|she) (?:is|will)|they (?:are|will)|it is|we (?:are|will)|s[ií]|as[ií] es|exacto|correcto|claro(?: que s[ií])?|eso es|efectivamente)"
    r"(?: (?:ma'am|sir|indeed|exactly|se[ñn]or[a]?(?: \w+)?))*$"
)
BELIEVES = re.compile(
    r"\b(?:i'm|i am|am i|we're|we are|are we|that's|it's|she's) (?:all |still )?(?:booked|scheduled|set|confirmed|good|down|on (?:for|the)|in for)\b"
    r"|\b(?:he|she|they|you|you guys|someone|somebody|(?:the|your) (?:\w+ )?(?:tech\w*|guys?))(?:'s|'re| is| are|'ll| will) (?:coming|be (?:here|there)|come)\b"
    r"|\b(?:qued[oó]|queda|tengo (?:la|mi) cita|(?:est[aá]|estoy) (?:agendad|confirmad|apuntad|anotad)[ao]|vienen?|van a venir|me toca|los espero)\b"
)
CORRECTS = re.compile(
    r"\b(?:misspoke|mistaken|correction|my mistake|i meant|let me correct|you're right|you are right|i mean|apologies|should have said"
    r"|me equivoqu[eé]|tiene raz[oó]n|corrijo|quise decir|perd[oó]n|me corrijo)\b"
)
ANOTHER = re.compile(
    r"\b(?:also|another|second|as well|too|both|plus|in addition|other|tambi[eé]n|otra|otro|segunda|adem[aá]s|ambas|las dos)\b"
)
STANDING = re.compile(
    r"\b(?:here it is|it's for|i show you|your (?:\w+ ){0,3}(?:appointment|visit|service|tune up|maintenance|checkup)(?: is|'s)|you(?:'re| are) (?:down|scheduled|on the schedule)|su (?:\w+ )?(?:cita|visita) (?:\w+ ){0,3}(?:es|est[aá])|tiene (?:su|una) cita|la tengo"
    r"|(?:i|we)(?:'ve got| have|'ve) you (?:on|down|for|in|at)|still|stays?|remains?|stands|your appointment is|your visit is|your appointment's|i see|sigue|se mantiene|su cita es|already)\b"
)

# No sentence of a promise, but where a day or a time stands beside it and nothing is offered, it says that it is so.
STATE = any_of(
    r"\binstead of (?:\w+ )?\w+day\b|\ben (?:lugar|vez) del? ",
    r"\b(?:booked|scheduled|confirmed|reserved|pencil+ed|slotted|locked (?:in|and)|blocked (?:off|out)|squared away|(?<!to )(?<!ll )(?<!will )(?<!can )set (?:up|for)|down for|(?:you|that|it|her|him|is|are|you're|it's|that's) (?:all |back )?in (?:there )?(?:for|on|at)|(?:on|onto|to) (?:the|our) (?:board|schedule"
    r"|calendar|books?|route)|in the (?:system|books?)|went through|(?:got|have|having|putting|getting|placing|fit|fitted|squeezed) you(?: \w+)?)\b",
    DID, rf"\b(?!you|it|that|what|this|i|there|how|office|who)[\w-]+(?:'ll| will| is going to|'s going to| are going to|'re going to|'s gonna|'re gonna| gonna) (?:also |then )?+(?:be )?+(?!{NO_COMING})\w+",
    r"\b(?!it|that|what|this|you|i|there|how)\w+(?:'s|'re| is| are) (?:coming|arriving|back|headed (?:over|out|your way))\b",
    r"\b(?:pull(?:s|ing)? up|knock(?:s|ing)? on your door|at your door)\b",
    r"\b(?:agendad|programad|apartad|reservad|confirmad|anotad|apuntad|asegurad|reagendad)[oa]s?\b", r"\b(?:agendamos|apartamos|programamos|reservamos|anotamos|apuntamos)\b(?! si)",
    r"\b(?:le|les) (?:va a tocar|caen?|tengo|tenemos)\b", r"\b(?:su|la) (?:horario|hora|ventana|turno|lugar|cita|visita) (?:\w+ )?(?:es|queda|ser[aá]|hecha)\b", r"\bcita (?:\w+ )?hecha\b",
)  # fmt: skip


# A sentence about somebody who comes, or is come to, or about a visit.
SPEAKS_OF_A_VISIT = re.compile(
    rf"\b(?:you|you're|you'll|you've|your|yours|he|he's|he'll|him|she's|they|they're|they'll|we|we're|we'll|we've|us|our|i've|i'm|it's|somebody\w*|someone\w*|{TECH}|{WHAT}|truck|van|door|home|\w+ (?:goes|comes|gets|stops|swings|heads|drops|shows|rolls|pulls)"
    rf"|(?:les?|la|lo|los|se la) (?!ma[ñn]ana|tarde|noche|una)\w+|usted|su|suy[oa]|tiene|va|van|est[aá]|{TECNICO}|{CITA}s?)\b"
)
# Of what was cancelled: that it is, or is being done.
SPOKEN_OFF = re.compile(
    r"\bcancel+ed\b|\b(?:cancelad|anulad|cancelé|anulé|cancelamos)|\b(?:i'll|i will|let me|going to|i'm|we'll) (?:go ahead and )?cancel(?:ing|ling)?\b|\b(?:voy a|vamos a|se la) (?:cancel|anul)"
)


class Kind(NamedTuple):
    """A kind of promise and how it is worded."""

    name: str
    worded: re.Pattern[str]


KINDS = (Kind("cancelled", CANCEL), Kind("moved", MOVE), Kind("booked", BOOK))

# Words that promise nothing by themselves: something is done, somebody comes some time.
SOFT = any_of(
    r"^(?:we'll|we will|i'll|i will|we're going to|i'm going to) (?:have|send|get)\b",
    r"^(?:(?:okay|ok|great|perfect|alright|all right|and|so|well|then|yes|thanks|thank you|good|wonderful|excellent|awesome) )*(?:you're|you are|youre|that's|it's|everything's|everything is|that is) (?:now |all )*(?:all )?(?:set|done|good to go|taken care of|set up|squared away)(?: \w+){0,2}$",
    r"\bsee(?:ing)? you (?:then|soon|there)\b", rf"\b{TECH}(?:'ll| will|'re going to|'s going to| is going to| are going to) ",
    rf"\b{TECH}(?:'s| is| are|'re) (?:coming|arriving)", rf"\b\w+ {COMES_NOW}\b", r"\b\w+'s (?:coming|stopping|swinging)", r"\bit is\b", r"\b(?:you have|you've got|you got|tiene|toca|pasan|pasamos|llegan|llegamos|vamos|van a|ah[ií]|all[aá]|ahora|ya est[aá] todo|llega|visita|cuente)\b",
    r"\b(?:it's now|now it's|that's now|you're now|window|arrival|put (?:that|it|this)|yours|have \w+ (?:\w+ )?with you|plan on)\b", r"\b(?:mandamos|enviamos|mando|env[ií]o)\b", r"\bexpect (?:us|him|her|them|someone)", r"\bnos vemos (?:pronto|entonces|luego)",
    rf"\b{TECNICO} (?:\w+ )?(?:ya )?(?:ir[aá]|va(?! (?:en|de) camino)|van a|va a|estar[aá]|pasar[aá]|llega|llegar[aá]|vendr[aá])", r"\b(?:le|lo|la|los) (?:esperamos|vemos|veremos|atenderemos|atendemos)\b",
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
