"""What makes a promise none, in English and Spanish, over the light text of a clause: offers, conditions, denials, questions."""

import re


def any_of(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns))


# Behind "booked": there is no room.
FULL = r"(?: \w+ly)? (?:up|solid|out|full|through|all)\b"

# What else is moved or changed on the telephone, and no appointment.
OTHER_OBJECT = any_of(
    r"\b(?:number|address|name|phone|email|notes?|gate|code|language|spelling|zip|contact|list|record|filters?|furnace|unit|messages?|question|request|word|that on)\b",
    r"\b(?:n[uú]mero|direcci[oó]n|nombre|tel[eé]fono|correo|notas?|c[oó]digo|lista|filtros?|mensaje|recado|pregunta|llamada)\b",
)
FAREWELL = any_of(
    r"\b(?:goodbye|bye|thanks for calling|thank you for calling|have a (?:good|great|nice|wonderful|lovely)|take care|that's it|talk soon)\b",
    r"\b(?:adi[oó]s|hasta luego|gracias por llamar|que tenga|que le vaya|buen d[ií]a|buenas tardes|buenas noches|hasta pronto)\b",
)

# Before the words in the same clause, or as a clause of its own before them, it makes of a promise something else.
CONDITIONAL = re.compile(
    r"\b(?:if|(?<!de )(?<!las )(?<!entre )(?<!a )once (?=i\b|i'|we|you|he\b|she|they|the\b|that|it|your|our|a\b)|when|whenever|unless|until|as soon as|should|would|could|can|can't|might|may|let me|let's|want me|like me|shall"
    r"|whether|in case|after you|after i|to get you|to have you|so that(?!'| is\b| makes\b)|make sure|try|trying|which|available|almost|nearly|about to"
    r"|assuming|provided|sure you want|asked|have to be|needs? to be|want to be|ready to|how|what|maybe|perhaps|possibly|as long as|before (?:i|we|he|she|they|the|your|a)\b"
    r"|wish|hope|hoping|previously|originally|used to|said|told|thought|whoever|every time|usually|normally|always|typically"
    r"|si|cuando|una vez|en cuanto|quiere|desea|puedo|podr[ií]a|podemos|gustar[ií]a|para que|hasta que|antes de que|tan pronto"
    r"|quisiera|prefiere|d[eé]jeme|perm[ií]tame|necesito|en caso|siempre|mientras|con tal|normalmente|puede|a ver|casi)\b"
)  # fmt: skip

# Says that what follows is so, and is no condition of it.
CONFIRMS = re.compile(
    r"\b(?:i|we) can (?:confirm|see)(?: that)?\b|\bi (?:just )?want(?:ed)? to let you know(?: that)?\b"
    r"|\b(?:puedo confirmar(?:le)?|(?:le|les) (?:confirmo|informo|cuento)|veo) que\b"
)
# "He should be there between two and four" says when, and offers nothing.
EXPECTED = re.compile(
    r"\b(?:you can (?=count on|expect|plan on|look for|look forward)|should (?=be (?:there|here|with|at|over|by|out|arriving|pulling)\b|arrive|come by|show up|get (?:there|to)|reach|see (?:him|her|them|our|the|us)|expect))"
)


def meant(words: str) -> str:
    """Return light words as they are meant: without what confirms, and with what is expected as what will be."""
    return EXPECTED.sub("will ", CONFIRMS.sub("", words))


HARMLESS = re.compile(
    r"^(?:so |and |y )?(?:if (?:that's|there's) (?:all|nothing)|if you (?:need|have any|have questions|don't have)|when (?:he|she|they|the tech\w*|we) (?:arrives?|comes?|gets?)"
    r"|as i said|like i said|as you asked|just so you know|before (?:you|i let you) (?:go|hang)|how about that|what a|as (?:requested|promised|discussed)|if anything"
    r"|si necesita|si tiene|como (?:le dije|usted pidi[oó]|quer[ií]a|pidi[oó])|cuando llegue)"
)
NEGATED = re.compile(
    r"\b(?:not|no|never|nothing|without|neither|cannot|n't|sin|nunca|tampoco|a[uú]n|todav[ií]a|yet)(?: \w+){0,2} ?$|n't(?: \w+){0,2} ?$"
)
NEGATED_ANYWHERE = re.compile(
    r"\b(?:not|no|never|nothing|nobody|without|neither|nor|cannot|nunca|nada|nadie|tampoco|a[uú]n|todav[ií]a|yet)\b|n't\b"
)
YET = re.compile(r"\b(?:yet|until|unless|a[uú]n|todav[ií]a|hasta)\b")
NO_PROMISE = any_of(
    r"\bwait(?:ing)? ?list\b", r"\bcancellation list\b", r"\blista de espera\b", r"\b(?:holding|on hold)\b",
    r"\b(?:you|number|address|name|info\w*|account|anything|nothing|history|notes?)(?: \w+)? in (?:our|the|my) (?:system|records|database|file)\b(?! for)", r"\b(?:in|to|into) (?:the|my|your|that|a) (?:message|note|notes|request)\b", r"\bnot (?:booked|confirmed|final|scheduled)\b",
    r"\bn't (?:booked|confirmed|final|scheduled)\b", r"\bno est[aá] (?:agendad|confirmad|reservad|program)",
    r"(?<!you're )(?<!you are )(?<!everything's )(?<!that's )(?<!it's )\b(?:already|fully|all|completely|totally|pretty much) (?:booked|taken)(?: up)?$", rf"\bbooked{FULL}", r"\bwe(?:'re| are) (?:\w+ )?booked\b", r"\bby (?:another|someone else|somebody else)\b", r"\bsee what\b", r"\b(?:got|have|put|noted|wrote|taken) (?:down )?(?:your|the) (?:number|address|name|email|message|note|phone|info\w*|concern|complaint)\b",
    r"\b(?:anotad|apuntad|registrad|list)[oa] (?:su |el |la |ya )?(?:recado|mensaje|n[uú]mero|nombre|direcci[oó]n|tel[eé]fono|pedido|queja)\b", r"\b(?:anot|apunt)\w+ que\b", r"\bquedamos en que\b", r"\bpasan (?:\w+ )?(?:el|la|su) (?:dato|presupuesto|recado|mensaje|llamada)\b",
    r"\bas soon as (?:possible|they can|someone|a technician|we (?:can|have))\b", r"\b(?:callback|call back|call you back|llame|llamar[aá])\b",
    r"\bno la he\b", r"\bhas(?:n't| not) been\b", r"\bwill be (?:booked|scheduled|confirmed) (?:once|when|after|as soon)\b",
    r"\b(?:on|under) (?:your|the|a) (?:maintenance )?plan$",
    # A message or a call back is what is done, or it is somebody else's.
    r"\b(?:el|su|un) (?:recado|mensaje)\b", r"\b(?:the|your|a) (?:message|note)\b", r"\b(?:cita|visita) (?:\w+ )?de (?:ella|[eé]l|ellos|ellas|otra persona|la se[nñ]ora|el se[nñ]or|su (?!casa|t[eé]cnico|sistema|unidad)\w+)\b",
    r"\b(?:hers|theirs)\b", r"\b(?:her|their|someone else's|somebody else's|other people's|\w+(?:er|mom|dad|aunt|friend|son|or)'s) (?:appointment|visit|booking|slot|one)\b",
)  # fmt: skip

# Behind a promise, it makes an offer of it: "It's yours if you want it."
ONLY_IF = re.compile(
    r"^(?:but (?:only )?)?(?:if (?:you|that|it|this|they|he|she)(?:'d| would|'s| is)?(?: still)? (?:want|like|prefer|works?|suits?|sounds?|okay|ok|all right|alright|take|agree|confirm|fine|good)"
    r"|once (?:you|we|i|it|the|that|they)|as soon as (?:you|the|we|they)|(?:unless|provided)|si (?:quiere|gusta|le (?:parece|conviene|queda|sirve|acomoda)|desea|me confirma|est[aá] bien)"
    r"|(?:en cuanto|cuando) (?:me|nos|usted|la oficina|lo|la) (?:confirm|dig|avis)\w*|when (?:you|the office|they) confirm)"
)

# Words of a clause that goes on about something else than the promise before it.
OTHER = re.compile(
    r"\b(?:(?<!first )(?<!last )(?<!service )call|calls|calling|called|text|texts|message|email|remind\w*|reminder|opens?|closes?|closed|need|needs|make sure|please(?! be (?:home|there|ready))|pay"
    r"|opening|openings|offer|offered|earliest|soonest|could|can|would|might|may|if|unless|was|were|had|used to|originally|you said"
    r"|you mentioned|you asked|because|weather|forecast|warranty|expires?|holiday|fee|fees|cost|costs|price|charge|deadline|let us know"
    r"|cancel by|leave|someone over eighteen|adult|dog|dogs|gate|see your|instead i|previous|no longer|used|reach us|we're open|office"
    r"|hers|theirs|neighbor\w*|(?:mother|mom|sister|brother|aunt|friend|landlord)'s|lo de|la de (?:su|ella|[eé]l)|su (?:mam[aá]|pap[aá]|vecin\w+|herman\w+|comadre|suegr\w+|t[ií][ao]|amig\w+)"
    r"|send|sends|sent|confirmation|coupon|special|runs|lasts|takes|hours are|history|last visit|apologi[sz]e|wait"
    r"|llam\w+|mensaje|texto|correo|record\w+|env[ií]\w+|abr\w+|cierr\w+|cerrad\w+|necesit\w+|aseg[uú]r\w+|por favor|pag\w+|disponib\w+"
    r"|podr[ií]a|puede|puedo|si|era|estaba|porque|tarifa|costo|cargo|cuota|garant[ií]a|feriado|avis\w+|oficina|confirmaci[oó]n|deje|ten[ií]a"
    r"|antes de esa)\b"
)

# "Noted for tomorrow at nine, the office calls you back": the time of a call.
NOTED = re.compile(
    r"\b(?:anotad|apuntad|registrad)[oa]s?\b|\b(?:anot|apunt)[eé]\b|\b(?:noted|jotted|written|marked|put (?:it |that |you )?down|got (?:it|that) down)\b"
)
CALLS_BACK = re.compile(
    r"\b(?:callback|call (?:you )?back|(?:call|calls|calling|ring|rings|phone|phones) you|reach out|in touch|regresan? la llamada|devuelven? la llamada|(?:le|lo|la) (?:llam|marc|habl)\w+)\b"
)
# A day and hours that are no visit's: somebody calls, the shop is open, it was only looked at, it is free or taken, or somebody else's.
NO_VISIT = any_of(
    CALLS_BACK.pattern,
    r"\b(?:rings?|buzz|follow\w* up|hear from|lets? you know|answers?|confirms?|habla\w*|avisa\w*|contest\w+|contact\w*)\b",
    r"\b(?:shop|store|counter|department|manager|boss|owner|supervisor|estimator|warehouse|supplier|desk|hours|here|in the office|closed|gerente|due[nñ]o|encargad\w+|tienda|pieza|refacci[oó]n|parts?|delivery|package|else|another customer|other customers?|short|dij[oe]|told me|le queda|horario de|mostrador|bodega|atendemos)\b",
    r"\b(?:i|we)(?:'m|'ve|'re| am| are| have)?(?: just)? (?:check|look|ask|not[ei]|call|text|email|messag|mention|pass|forward|talk|tri|want|need|offer|suggest|submitt|request|see|saw|said|told|sent|know|think|thought|hear|understand|ofrezc|recommend)\w*\b",
    r"\b(?:popular|works|fast|quick\w*|opened|just came up|came open|fills?|looks|seems?|best|better|good (?:for|time)|ideal|ofrezco|le ofre\w+|ocupad\w+|llen\w+|tomad\w+|busy|taken|gone|any ?time|se (?:puede|abri[oó]|ocup[oó])|conviene|acomoda|queda(?:n)? (?:libre|disponible)|me quedan?|do have|(?<!went )(?<!put )(?:through|thru)|like|love|rather|takes|take him|tarda\w*|dura\w*|runs?|lasts?)\b",
    r"\b(?:his|her|their|\w+(?:er|mom|dad|aunt|friend|son|or)'s) (?:appointment|visit|booking|slot|one)\b",
    r"\b(?:yesterday|last (?:week|month|year|time|monday|tuesday|wednesday|thursday|friday)|ayer|pasad[oa])\b(?! ma[nñ]ana)",
    r"\b(?:holiday|thanksgiving|christmas|weather|storm|snow\w*|sale|clearance|filters?|pick\w*|pas[ea] por|recog\w*)\b",
)
# The caller leaves it for later.
PUTS_OFF = re.compile(
    r"\b(?:let me (?:think|talk|check|ask|see|get back|look at|run it|sleep)|(?:talk|ask|check|speak|run it) (?:to |with |by )?my \w+|i'll (?:call|think|let you know|get back|see|be in touch)|i'll have to (?:think|check|ask|talk)"
    r"|think (?:about it|it over)|not sure (?:yet|about)|just (?:looking|curious|asking|checking|wondering|shopping)|call (?:you )?back|worth a try|d[eé]j[ea]me (?:pensar|ver|checar|preguntar|consultar)\w*|(?:lo|la) (?:voy a pensar|pienso)"
    r"|(?:yo )?(?:le|les) (?:hablo|aviso|llamo|marco)|lo platico|tengo que (?:ver|pensar|preguntar|checar)\w*|nom[aá]s (?:preguntaba|quer[ií]a saber))\b"
)

# The caller comes to the shop, and is seen there.
CALLER_COMES = re.compile(
    r"\b(?:pick (?:\w+ ){0,2}up|pick up|drop (?:\w+ ){0,3}(?:off|by)|walk in|(?:come|stop|swing) (?:by|in|over) (?:to|and|your|the)|your (?:shop|store|office|place)"
    r"|(?:pasar|paso|pasamos) por (?:un|una|el|la|mi|unos)|recoger|recojo|ir a (?:la|su) (?:tienda|oficina)|voy (?:a|para) (?:la|su) (?:tienda|oficina))\b"
)
SEES = re.compile(
    r"\b(?:see(?:ing)? (?:you|y'all|ya)|(?:le|lo|la|los|te) espera\w+|nos vemos|(?:le|lo|la|los) ve(?:mos|remos))\b"
)
# "I have you down for Tuesday. Is that right?" is read back, not promised.
READ_BACK = re.compile(
    r"^(?:so |and |y )?(?:(?:is|are) (?:that|this|those|these|it|everything|all)(?: \w+){0,3}? (?:right|correct|good|okay|ok|fine|accurate)|is that (?:right|correct|ok|okay|good|all right|alright|fine)|does (?:that|this) (?:work|sound|look)|did i get"
    r"|do i have (?:that|it|everything)|is (?:everything|all of (?:that|this)|all that|it all|this) (?:right|correct|good)|sounds? (?:right|good|correct|okay|ok)"
    r"|shall i|should i|ready|can i (?:go ahead|book|confirm)|may i|want me to (?:go|book|confirm|lock|put)|would you like me to (?:go ahead|book|confirm|lock|put|schedule)"
    r"|correct|right|yes|okay to|all correct|do you want me to|is that what|can you confirm"
    r"|es correcto|est[aá] (?:bien|correcto|todo)|correcto|le parece|(?:la|lo|se la|se lo) (?:agendo|reservo|confirmo|programo|anoto)"
    r"|confirmo|quiere que (?:la|lo|le|se)|s[ií]$|es as[ií]|verdad|lo confirma|todo bien|cierto|me confirma)\b"
)
ASKS = re.compile(
    r"^(?:and |so |y |but |or )?(?:is|are|do|does|did|can|could|would|will|shall|should|what|which|when|how|who|where|anything|any|may|has|have you|was there"
    r"|hay|puedo|quiere|necesita|algo|alguna|le|en qu[eé]|desea|qu[eé]|cu[aá]l|tiene|hay algo|me|est[aá]|es|cu[aá]ndo|c[oó]mo|podr[ií]a)\b"
)
TAG = re.compile(r"[,\s]+(?:okay|ok|all right|alright|vale|de acuerdo|sale|est[aá] bien)\s*\?$", re.IGNORECASE)

# The assistant takes back what it said, or says that it could not be done.
DENIAL = any_of(
    r"\b(?:have|has|had|was|were|could|did|is|are|am|do)(?:n't| not)(?: \w+){0,3}? (?:book(?:ed)?|schedul\w+|confirm\w*|mov(?:e|ed)|cancel\w*|go through|gone through|available|anything)\b",
    r"\bnot (?:actually |yet )?(?:booked|scheduled|confirmed|moved|cancelled|canceled)\b",
    r"\b(?:unable|not able|wasn't able|couldn't|can't|cannot)(?: \w+){0,3}? (?:book|schedule|confirm|move|cancel|complete|promise|see)\b",
    r"\b(?:i misspoke|i made a mistake|scratch that|my mistake|correction|i was wrong|just (?:been )?taken|not available|no longer available|didn't go through)\b",
    r"\b(?:i'd rather not promise|run out)\b",
    r"\bno (?:he|hemos|pude|pudimos|puedo|podemos|se|est[aá]|qued[oó])(?: \w+){0,3}? (?:agend\w+|program\w+|reserv\w+|confirm\w+|cambi\w+|mov\w+|cancel\w+|disponible|anot\w+|prometer|ver)\b",
    r"\b(?:me equivoqu[eé]|perd[oó]n me equivoqu|error m[ií]o|ya no est[aá] disponible|corrijo)\b",
)  # fmt: skip

# The rest of the turn asks for what a booking needs: nothing is done yet.
WANTS = re.compile(
    r"\b(?:name|address|phone|number|zip|spell|email|works?|okay|ok|good|right|correct|nombre|direcci[oó]n|tel[eé]fono|apellido|c[oó]digo|correo|parece|bien|acomoda|queda bien|sirve)\b"
)

# What can be had, and nobody has it yet; and what is wished, or about somebody else.
OFFERED = re.compile(
    r"\b(?:i have(?! (?:you|that|it|your)\b)|i've got(?! (?:you|that|it|your)\b)|i got(?! (?:you|that|it|your)\b)|we have(?! (?:you|that|it|your)\b)|we've got(?! (?:you|that|it|your|a tech\w*|some(?:one|body))\b)|i do have|there's|there is|is open|still open|free|available|availability|openings?|how about|could|can|would"
    r"|you'd|he'd|i'd|earliest|soonest|latest|first i|next i|nothing|either|or|(?<!you're )looking at|checking|(?<!take a )look(?! for)|check|see if|you want\w*|you'd like|you prefer|prefers?|wanted|asked|message|note|advisor|neighbor|requests?|hopefully|preference|list|pending|tentativ\w*"
    r"|tengo(?! al\b)|tenemos(?! al\b)|hay|podr[ií]a\w*|puedo|puede|podemos|sería|disponible|libre|le gustar[ií]a|quiere|prefiere|pide|para cu[aá]ndo|d[eé]jeme|viendo|reviso|recado|vecina|comadre|o el|o a)\b"
)
