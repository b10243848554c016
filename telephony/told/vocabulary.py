"""The pieces that wordings are made of, as regular expressions over light text: who comes, what is booked, what was done to it."""

DAY = (
    r"(?:today|tonight|tomorrow|this|next|monday|tuesday|wednesday|thursday|friday|saturday|sunday|between|from|at|on|in|first"
    r"|bright|the|around|later|early|by|before|after|then|soon|there)\b"
)
NOW = (
    r"(?:(?:now|just|gone ahead and|went ahead and|already|officially|all|also|both|successfully|back|then|got|have|been"
    r"|and|it|is) )*"
)
WHAT = (
    r"(?:appointments?|visits?|repairs?|service(?: call)?s?|tune ?ups?|maintenance|installations?|installs?|bookings?|check ?ups?"
    r"|inspection|replacement|cleaning|reservation)"
)
YOU = r"(?:you|that|it|this|them|him|her|everything|both|your \w+|the \w+|mr \w+|mrs \w+|ms \w+)"
TECH = r"(?:technicians?|techs?|someone|somebody|crew|team|installers?|guys?|mechanic|we|he|she|they|i|mike|\w+ from our team)"
COMES = (
    r"(?:be (?:there|out|over|by|at your|with you|arriving|coming|on site|heading|stopping|knocking)|come\b|arrive|stop by|swing by"
    r"|show up|head (?:over|out|your way)|get there|visit|drop by|be seeing|get to (?:you|your)|reach (?:you|your house|your place)\b(?! out)|make it (?:over|out|to you))"
)

# In the present tense only with a time: "a technician comes and looks at it" says how it goes.
COMES_NOW = r"(?:comes|arrives|gets there|gets to you|stops by|swings by|shows up)"
SPOT = r"(?:spot|slot|place|time|window|opening|(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|noon|\d+)(?: o'clock| thirty| am| pm)?)"
NAMED_DAY = r"(?:today|tomorrow|monday|tuesday|wednesday|thursday|friday|saturday|sunday)"
DONE_ES = r"(?:agendad|programad|confirmad|reservad|anotad|apartad|apuntad|registrad|list|hech|fijad|pautad)[oa]s?"
CITA = r"(?:cita|visita|reparaci[oó]n|instalaci[oó]n|mantenimiento|servicio|revisi[oó]n|reserva|limpieza)"
TECNICO = r"(?:t[eé]cnicos?|alguien|equipo|cuadrilla|instaladores|instalador|muchachos?|se[ñn]or|joven|compa[nñ]ero)"

# What is done on the telephone, or in the shop, and is no coming.
NO_COMING = (
    r"(?:not|call|ring|phone|text|email|messag|reach out|contact|confirm|get (?:back|you (?:the|a|some)|in touch)|follow|let|ha(?:ve|s) to|need|ask|want|tell|told|check|try|look|see (?:what|if|whether|about)"
    r"|bill|charg|quot|open|clos|able|happy|glad|in touch|send|sure|fine|okay|ok|good|a\b|an\b|about|find|hold|keep|know|set|book|schedul|arrang|plan|discuss|talk|speak|go over|explain|note|add|pass|put"
    r"|make (?:a|sure|it so)|take care|tak|cost|run|work|charg|credit|waive|review|decide|answer|remind|receive|get a\b|give|gave|bring|help|require|wait|us(?:e|ing)\b|cover|includ|appear|show (?:on|in)|still|probably|likely|hopefully|do\b|love|like)"
)

# "I slid you over", "we took that off": somebody did something, whatever it was, with a visit; not with what one only says or looks at.
SAID = (
    r"(?!(?:check|look|ask|not[ei]|call|text|email|messag|mention|pass|forward|talk|tri|want|need|mean|offer|suggest|recommend|quot|charg|record|help"
    r"|hop|repeat|explain|notif|alert|flag|submit|request|apologi|promis|appreciat|lik|lov|spel|verif|review|doubl|happen|us|work|answer|miss|open|clos)\w*\b)"
)
PAST = rf"(?:{SAID}\w{{2,}}ed|put|slid|got|set|took|taken|brought|ran|threw|thrown|gave|given|made|cut|kept|snuck|stuck|wrote)"
OBJECT = rf"(?:you|that|it|this|her|him|them|everything|both|us|(?:your|the|that|this|those|her|his) (?:\w+ ){{0,2}}?(?:{WHAT}|{SPOT}|one)|(?:your|the) \w+|{NAMED_DAY}(?:'s)?(?: {WHAT})?)"
DID = rf"\b(?:i|we)(?:'ve| have|ve)? {NOW}{PAST} {OBJECT}\b"
