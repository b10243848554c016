"""Words a new shop begins with; each shop changes its own."""

# Days on which hardly any shop works; by the names the `holidays` package gives them.
USUAL_HOLIDAYS = "New Year's Day\nMemorial Day\nIndependence Day\nLabor Day\nThanksgiving Day\nChristmas Day"

USUAL_URGENCIES = "\n".join(
    [
        "no heat", "without heat", "heat is out", "heat went out", "not heating", "furnace is out", "boiler is out",
        "no hot water",
        "no cooling", "no ac", "no air conditioning", "ac is out", "not cooling", "water leak", "leaking water", "flooding",
        "frozen pipe", "frozen pipes", "no calefaccion", "sin calefaccion", "sin agua caliente",
        "no hay calefaccion", "no tengo calefaccion", "no hay agua caliente", "no tengo agua caliente",
        "no funciona la calefaccion", "la calefaccion no funciona", "no calienta", "no enfria", "no hay aire", "sin aire",
        "fuga de agua",
    ]
)  # fmt: skip


# Whole words by which a caller asks for a visit, and words that take back what was said just before; English and Spanish.
USUAL_INTENTS = "\n".join(
    [
        "schedule", "scheduling", "book", "booking", "appointment", "reschedule", "come", "come out", "send", "need", "want",
        "would like", "i'd like", "get someone", "get somebody", "can someone", "can somebody", "could someone",
        "could somebody", "have someone", "have somebody", "out here", "take a look", "look at", "put me down", "sign me up",
        "set up a time", "opening", "openings", "next available", "technician", "visit", "estimate", "fix", "fixed", "repair",
        "repaired", "service", "tune up", "maintenance", "check up", "checkup", "inspection", "install", "installation",
        "replace", "replacement", "broken", "broke", "not working", "isn't working", "doesn't work", "stopped working",
        "stopped", "died", "is dead", "quit", "acting up", "won't turn on", "won't start", "won't come on", "won't light",
        "not heating", "isn't heating", "not cooling", "isn't cooling", "leak", "leaks", "leaking", "noise", "noises", "no heat",
        "heat's out", "no ac", "no hot water", "low on",
        "cita", "agendar", "programar", "reservar", "venir", "vengan", "venga", "mandar", "manden", "mande", "necesito",
        "quiero", "quisiera", "me urge", "tecnico", "visita", "arreglar", "arreglen", "reparar", "reparacion", "revisar",
        "revisen", "revision", "mantenimiento", "instalar", "instalacion", "no funciona", "no prende", "no enciende",
        "no calienta", "no enfria", "se descompuso", "descompuesto", "descompuesta", "se dano", "danado", "averiado",
        "se rompio", "esta fallando", "falla", "fuga", "gotea", "hace ruido", "sin calefaccion",
    ]
)  # fmt: skip
USUAL_RETRACTIONS = "\n".join(
    [
        "wait no", "no wait", "actually no", "no actually", "actually wait", "make that", "make it", "scratch that",
        "not that one", "changed my mind", "change my mind", "never mind", "nevermind", "forget it", "don't book",
        "espera no", "espere no", "no espera", "no espere", "mejor no", "no mejor", "mejor el", "mejor la", "mejor a las",
        "cambie de opinion", "cambié de opinión", "olvídelo", "olvidelo", "no lo agende", "no la agende",
    ]
)  # fmt: skip
