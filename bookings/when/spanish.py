"""Spanish vocabulary, of Mexico and of Spain, by the sign it stands for; see `english` for how it is written."""

_MONTHS = "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre"
# Sign: phrases that mean it, separated by commas, without accents (ñ is n), apostrophes and full stops.
PHRASES = {
    "D0": "hoy, el dia de hoy, hoy mismo, hoy dia",
    "D1": "manana, el dia de manana, manana mismo, manana dia",
    "D2": "pasado manana, pasadomanana",
    "D-1": "ayer, anoche, el dia de ayer",
    "D-2": "anteayer, antier, antes de ayer",
    "tonight": "esta noche, hoy en la noche, hoy por la noche, hoy noche, hoy a la noche",
    "D1 morning": "manana en la manana, manana por la manana, manana a la manana, manana manana, manana de manana",
    "D1 afternoon": "manana tarde, manana a la tarde",
    "D1 evening": "manana noche, manana a la noche",
    "D1 early morning": "manana temprano, manana tempranito",
    "W0": "lunes, lunez",
    "W1": "martes",
    "W2": "miercoles, mierc, miercole, mircoles",
    "W3": "jueves, juebes, juevez",
    "W4": "viernes, biernes, vierne",
    "W5": "sabado, savado, sabdo",
    "W6": "domingo, domingos",
    "any W0": "los lunes",
    "any W1": "los martes",
    "any W2": "los miercoles",
    "any W3": "los jueves",
    "any W4": "los viernes",
    "any W5": "los sabados, sabados",
    "any W6": "los domingos",
    **{f"M{number}": name for number, name in enumerate(_MONTHS.split(), start=1)},
    "M2": "febrero, febrer",
    "M9": "septiembre, setiembre",
    "day": "dia, dias, diitas",
    "bizday": "dias habiles, dia habil, dias laborables, dia laborable, dias laborales",
    "week": "semana, semanas, semanita",
    "N2 week": "quincena",
    "month": "mes, meses",
    "year": "ano, anos",
    "hour": "hora, horas, horita",
    "minute": "minuto, minutos",
    "weekend": "fin de semana, finde, fines de semana, fin",
    "weekdays": "entre semana, dias de semana",
    "N30 minute": "media hora, una media hora",
    "N90 minute": "hora y media, una hora y media",
    "next": "proximo, proxima, que viene, que entra, entrante, proximos, proximas, prox",
    "following": "siguiente, siguientes",
    "this": "este, esta, estos",
    "last": "pasada, pasado, que paso, anterior",
    "final": "ultimo, ultima",
    "afternext": "despues de la proxima, despues de la que viene, subsiguiente, despues de la siguiente",
    "in": "en, dentro de, de aqui a, de aqui en, de hoy en, de hoy a, en unos, en unas, dentro de unos",
    "within": "en los proximos, en las proximas, durante los proximos, durante las proximas, en el transcurso de, en la proxima",
    "D7": "de hoy en ocho, de hoy en ocho dias, hoy en ocho, de hoy a ocho, de hoy a ocho dias",
    "D14": "de hoy en quince, de hoy en quince dias, hoy en quince, de hoy a quince",
    "D8": "de manana en ocho, de manana en ocho dias, manana en ocho",
    "eightdays": (
        "en ocho dias, dentro de ocho dias, de aqui a ocho dias, de aqui en ocho dias, a los ocho dias, en 8 dias, dentro de 8 "
        "dias, de aqui a 8 dias, de aqui en 8 dias"
    ),
    "fifteendays": (
        "en quince dias, dentro de quince dias, de aqui a quince dias, en 15 dias, dentro de 15 dias, de aqui a 15 dias"
    ),
    "at": "a las, a la, las, la, a eso de las, en las, tipo las",
    "the": "el, el dia, para el dia",
    "to the": "al, al dia",
    "of the": "del, del dia",
    "a": "un, unos, unas",
    "una": "una",
    "of": "de",
    "after": (
        "despues de las, despues de la, despues de, pasadas las, pasada la, tras, despues, mas tarde de las, mas tarde de, "
        "luego de, luego de las, posterior a"
    ),
    "after the": "despues del, luego del, posterior al, despues de el, despues del dia",
    "before": "antes de las, antes de la, antes de, antes, previo a, mas temprano de, mas temprano de las",
    "before the": "antes del, previo al, antes de el, antes del dia",
    "by": (
        "a mas tardar, no mas tarde de, no mas tarde de las, no despues de, no despues de las, a mas tardar a las, como muy "
        "tarde, como maximo, a lo mas tarde, como tarde"
    ),
    "by the": "a mas tardar el, no mas tarde del, no despues del",
    "until": "hasta, hasta las, hasta la",
    "until the": "hasta el, hasta el dia",
    "from": (
        "desde, desde las, desde la, a partir de, a partir de las, a partir de la, no antes de, no antes de las, no antes de "
        "la, comenzando, empezando, a partir, no hasta"
    ),
    "dela": "de las, de la",
    "from the": "desde el, a partir del, no antes del, no hasta el, desde el dia, a partir del dia",
    "between": "entre, entre las, entre la",
    "between the": "entre el",
    "around": (
        "alrededor de, alrededor de las, alrededor de la, sobre las, sobre la, como a las, como a la, hacia las, hacia la, a "
        "eso de, cerca de las, cerca de la, mas o menos a las, mas o menos, tipo, por ahi de las, como las, tirando a las, "
        "aproximadamente a las, aproximadamente, como a eso de las, casi a las"
    ),
    "and": "y, e",
    "or": "o, u, o bien, o quizas, o tal vez, o si no, o sino, o incluso, o puede ser",
    "to": "a",
    "onward": (
        "en adelante, o mas tarde, o despues, para adelante, como muy pronto, en delante, o posterior, y despues, y en adelante"
    ),
    "orearlier": "o antes, o mas temprano",
    "orso": "o algo asi, o por ahi",
    "not": (
        "no puedo, no puede, no me va, no me viene bien, no me va bien, excepto, salvo, no es, no podemos, no podria, tampoco, "
        "no estoy, no voy a estar, no estare, no me sirve, no me funciona, nunca, ninguno, no quiero, nada, no tengo, no hay, "
        "jamas, no vengan, no venga, no el, no hoy, no manana, no en, no estamos, ningun, imposible, no trabajo, trabajo"
    ),
    "insteadof": "en vez de, en lugar de, en vez del, en lugar del",
    "no": "no",
    "fix": (
        "no espera, espera, espere, no espere, perdon, no perdon, ay perdon, perdona, perdone, digo, mejor dicho, mas bien, "
        "quiero decir, no mejor, mejor, corrijo, me equivoque, no digo, no no, disculpe, disculpa, no disculpe, nocomma, no "
        "perdone, no perdona, o mejor, no mejor el, lo siento, no lo siento, o sea, bueno mejor, no mas bien, un momento, o "
        "mejor dicho, me corrijo, bueno no"
    ),
    "ago": "hace",
    "hence": "a partir de hoy, a partir de ahora, desde hoy, desde ahora, contando desde hoy",
    "later": "mas tarde, despues de eso, luego",
    "earlier": "mas temprano, mas pronto",
    "sametime": "misma hora, a la misma hora, la misma hora, mismo horario, en el mismo horario, al mismo tiempo",
    "sameday": "mismo dia, el mismo dia, ese mismo dia, ese dia",
    "nextday": "dia siguiente, el dia siguiente, al dia siguiente, al siguiente dia, el siguiente dia, al otro dia",
    "dayafter": (
        "dia despues de, el dia despues de, el dia despues del, dia despues del, el dia siguiente a, un dia despues de, un dia "
        "despues del, al dia siguiente de"
    ),
    "daybefore": "el dia antes de, el dia antes del, un dia antes de, un dia antes del, dia antes de, dia antes del, vispera de",
    "weekafter": "la semana despues de, la semana despues del, semana despues de, semana despues del, semana siguiente a",
    "weekbefore": "la semana antes de, la semana antes del, semana antes de, semana antes del",
    "weekof": "la semana de, semana de",
    "weekof the": "la semana del, semana del, la semana que empieza el, semana que empieza el",
    "early": (
        "temprano, principios de, a principios de, a principios del, principios del, a comienzos de, a comienzos del, comienzos "
        "de, inicios de, a inicios de, al principio de, al principio del, a inicio de, tempranito, principio de, al inicio de, "
        "inicio de, primera hora de, a primera hora de, a primeras horas de, primeros de, a primeros de"
    ),
    "mid": "mediados de, a mediados de, a mediados del, mediados del, a mitad de, mitad de, a mitad del",
    "mid morning": "a media manana, media manana",
    "mid afternoon": "a media tarde, media tarde",
    "late": (
        "finales de, a finales de, a finales del, finales del, a fines de, fines de, a fin de, fin de, final de, al final de, "
        "al final del, final del, tarde en, a ultima hora de, ultima hora de, fines del, a fines del, fin del, a final de, a "
        "finales, lo que queda de, resto de, resto del, mas tarde en, ultimas horas de"
    ),
    "eod": (
        "fin del dia, al final del dia, final del dia, a ultima hora, a ultima hora del dia, ultima hora, al fin del dia, "
        "ultima cita del dia, al cierre"
    ),
    "firstthing": (
        "a primera hora, primera hora, a primera hora de la manana, a primeras horas, bien temprano, muy temprano, lo mas "
        "temprano posible, lo primero, primera cita del dia, a primera hora del dia, a primera hora de manana dia"
    ),
    "D1 firstthing": (
        "manana a primera hora, a primera hora de manana, a primera hora manana, manana bien temprano, manana muy temprano, "
        "temprano manana"
    ),
    "morning": (
        "por la manana, en la manana, de la manana, la manana, mananas, por las mananas, a la manana, en las mananas, de manana "
        "temprano, antes del trabajo, antes de trabajar, de madrugada, para la manana, la manana de, por la manana de, en la "
        "manana de, por la mananita, en la mananita, tempranito en la manana"
    ),
    "morning the": "la manana del, en la manana del, por la manana del",
    "this morning": "esta manana, hoy en la manana, hoy por la manana, hoy a la manana, hoy en la mananita",
    "earlymorning": "de la madrugada, en la madrugada, por la madrugada",
    "this afternoon": "esta tarde, hoy en la tarde, hoy por la tarde, hoy a la tarde, hoy tarde",
    "afternoon": (
        "por la tarde, en la tarde, de la tarde, la tarde, tardes, por las tardes, a la tarde, tarde, en la tardecita, en las "
        "tardes, la tarde de, por la tarde de, para la tarde"
    ),
    "afternoon the": "por la tarde del, en la tarde del, la tarde del",
    "evening": (
        "por la noche, en la noche, la noche, a la noche, noches, noche, por las noches, para la noche, despues del trabajo, "
        "despues de trabajar, despues de la cena, despues de cenar, al salir del trabajo, saliendo del trabajo, cuando salga "
        "del trabajo, al anochecer, la noche de"
    ),
    "evening the": "por la noche del, en la noche del, la noche del",
    "night": "de la noche, de noche",
    "lunchtime": (
        "a la hora de comer, hora de comer, hora del almuerzo, a la hora del almuerzo, hora de la comida, a la hora de la "
        "comida, durante el almuerzo, al almuerzo, a la hora de almorzar"
    ),
    "afterlunch": (
        "despues de comer, despues del almuerzo, despues de la comida, despues de almorzar, pasado el mediodia, despues de "
        "mediodia, despues del mediodia, despues del medio dia, despues de medio dia"
    ),
    "beforelunch": (
        "antes de comer, antes del almuerzo, antes de la comida, antes de almorzar, antes del mediodia, antes de mediodia, "
        "antes del medio dia, antes de medio dia"
    ),
    "afterschool": "despues de la escuela, despues del colegio, despues de clases",
    "noon": (
        "mediodia, medio dia, al mediodia, a mediodia, al medio dia, a medio dia, del mediodia, las doce del mediodia, las 12 "
        "del mediodia, a las doce del mediodia, a las 12 del mediodia, las doce del dia, a las doce del dia, a las 12 del dia, "
        "las 12 del dia, hasta el mediodia mismo"
    ),
    "until noon": "hasta el mediodia, hasta mediodia",
    "midnight": (
        "medianoche, a medianoche, media noche, a la medianoche, las doce de la noche, a las doce de la noche, a las 12 de la "
        "noche, las 12 de la noche"
    ),
    "am": "am",
    "pm": "pm",
    "oclock": "en punto, exactas, horas en punto, exactamente",
    "quarter": "cuarto, un cuarto",
    "half": "media",
    "minus": "menos",
    "to at": "para las, para la",
    "thousand": "mil",
    "asap": (
        "lo antes posible, lo mas pronto posible, cuanto antes, tan pronto como sea posible, tan pronto como pueda, tan pronto "
        "como puedan, en cuanto pueda, en cuanto puedan, en cuanto sea posible, ya, ahora, ahora mismo, ahorita, ya mismo, de "
        "inmediato, inmediatamente, pronto, el primer hueco, primer hueco, la primera cita, primera cita, la primera cita "
        "disponible, primera cita disponible, el primer dia disponible, primer dia disponible, lo primero que tengan, lo "
        "primero que tenga, lo mas rapido posible, urgente, urgentemente, lo antes que puedan, lo antes que pueda, la mas "
        "pronta, el primero disponible, primero disponible, la primera disponible, emergencia, primera disponible, primer "
        "espacio, primer espacio disponible, lo mas pronto, lo mas pronto que pueda, lo mas pronto que puedan, primer turno, "
        "primer turno disponible, primera fecha disponible, que tengan disponible"
    ),
    "any": "cualquier, algun",
    "anyday": (
        "cualquier dia, cualquier dia de estos, cuando sea, cuando pueda, cuando puedan, cuando quiera, cuando quieran, me da "
        "igual, da igual, no importa, no me importa, cualquiera, a cualquier hora, cualquier hora, cualquier momento, en "
        "cualquier momento, todo el dia, algun dia, un dia de estos, otro dia, en otro momento, otra fecha, me es igual, el que "
        "sea, el dia que sea, cuando tengan, cuando tenga, cualquier fecha, lo que sea, lo que tenga, lo que tengan, cualquier "
        "dia de la semana, toda la semana, todos los dias, otro momento, cuando te venga bien, cuando les venga bien, da lo "
        "mismo, me da lo mismo, cuando gusten, cuando guste, en algun momento, alguna vez"
    ),
    "Hchristmas": "navidad, dia de navidad, la navidad",
    "Hchristmaseve": "nochebuena, noche buena, vispera de navidad",
    "Hnewyear": "ano nuevo, dia de ano nuevo, el ano nuevo",
    "Hnewyearseve": "nochevieja, noche vieja, fin de ano, vispera de ano nuevo, ultimo dia del ano",
    "Hthanksgiving": "dia de accion de gracias, accion de gracias, thanksgiving, dia de gracias, sangiving",
    "Hindependence": "dia de la independencia, dia de independencia",
    "Hlabor": "dia del trabajo, dia del trabajador, dia de los trabajadores, labor day",
    "Hmemorial": "memorial day, dia de los caidos, dia conmemorativo",
    "Hveterans": "veterans day, dia de los veteranos, dia del veterano",
    "Heaster": "domingo de pascua, pascua, domingo de resurreccion, domingo de gloria, easter",
    "Heastermonday": "lunes de pascua",
    "Hgoodfriday": "viernes santo",
    "Hholythursday": "jueves santo",
    "Hpalmsunday": "domingo de ramos",
    "Hashwednesday": "miercoles de ceniza",
    "Hmlk": "dia de martin luther king",
    "Hpresidents": "dia de los presidentes",
    "Hcolumbus": "dia de la raza, dia de colon",
    "Hhalloween": "halloween, noche de brujas",
    "Hvalentine": "san valentin, dia de san valentin, dia de los enamorados, dia del amor y la amistad, dia del amor",
    "Hpatrick": "san patricio, dia de san patricio",
    "Hmother": "dia de la madre, dia de las madres, dia de madres",
    "Hfather": "dia del padre, dia de los padres",
    "Hepiphany": "reyes, dia de reyes, dia de los reyes magos, dia de los reyes, reyes magos",
    "Hallsaints": "todos los santos, dia de todos los santos",
    "Hallsouls": "dia de muertos, dia de los muertos, dia de los difuntos",
    "Himmaculate": "dia de la inmaculada, inmaculada, la inmaculada, inmaculada concepcion",
    "Hassumption": "dia de la asuncion, la asuncion",
    "Hconstitution": "dia de la constitucion",
    "Hhispanic": "dia de la hispanidad, la hispanidad, fiesta nacional, dia del pilar, el pilar",
    "Hjuarez": "dia de benito juarez, natalicio de benito juarez, benito juarez",
    "Hrevolution": "dia de la revolucion, dia de la revolucion mexicana",
    "Hguadalupe": "dia de la virgen de guadalupe, dia de la virgen, dia de guadalupe, virgen de guadalupe",
    "": (
        "pues, bueno, eh, este pues, mmm, em, hola, buenas, buenos dias, buenas tardes, buenas noches, por favor, gracias, si, "
        "quizas, quiza, tal vez, a lo mejor, creo, creo que, yo creo que, supongo, me gustaria, quisiera, quiero, puede ser, "
        "podria ser, puede, pueden, podria, podrian, seria, seria posible, que sea, que tal, para, por, me viene bien, me va "
        "bien, me viene mejor, me va mejor, viene bien, me sirve, me funciona, funciona, bien, mejor si, esta bien, perfecto, "
        "ok, okay, vale, claro, venir, venga, vengan, pasar, pasen, cita, la cita, una cita, agendar, reservar, programar, "
        "poner, ponme, ponga, pongame, si es posible, si se puede, si puede ser, si pueden, si puede, digamos, solo, solamente, "
        "algo, que, ser, es, tiene, tienen, tener, haber, hay, algo disponible, disponible, libre, estoy libre, estoy "
        "disponible, necesito, necesitaria, prefiero, preferiria, preferiblemente, de preferencia, idealmente, como, mandar, "
        "manden, enviar, un tecnico, tecnico, alguien, me, nos, le, les, lo, mi, su, pienso, no se, no lo se, no estoy seguro, "
        "no estoy segura, la fecha, a ver, dale, genial, cambiar, cambiarla, cambiarlo, moverla, moverlo, mover, cambielo, "
        "cambiela, pasarla, pasarlo, estaria bien, estaria, bien si, sea, venganse, los, va bien, va, otra vez, verdad, no mas, "
        "nomas, nada mas, pongale, ponle, deme, dame, hacer, hacerlo, hacerla, queda bien, me queda bien, queda, estaria "
        "perfecto, pueda ser, si fuera posible, tendria, tendrian, algun hueco, hueco, horario, fecha, entonces, senorita, "
        "senor, senora, mas o menos asi"
    ),
    "?": (
        "cada, si no, pero, cuando, donde, quien, porque, once veces, cumpleanos, ocupado, ocupada, sin, quincenal, mensual, "
        "semanal, diario, salvo que, a menos que"
    ),
}

_TEENS = ["once", "doce", "trece", "catorce", "quince", "dieciseis", "diecisiete", "dieciocho", "diecinueve"]
_TWENTIES = "veintiun veintiuno veintidos veintitres veinticuatro veinticinco veintiseis veintisiete veintiocho veintinueve"
NUMBERS = {
    "cero": 0, "uno": 1, "dos": 2, "tres": 3, "cuatro": 4, "cinco": 5, "seis": 6, "siete": 7, "ocho": 8, "nueve": 9, "diez": 10,
    **{word: 11 + position for position, word in enumerate(_TEENS)},
    "veinte": 20, "veintiuna": 21,
    **{word: 21 + max(0, position - 1) for position, word in enumerate(_TWENTIES.split())},
    "treinta": 30, "cuarenta": 40, "cincuenta": 50,
}  # fmt: skip
ORDINALS = {
    "primero": 1, "primer": 1, "primera": 1, "segundo": 2, "segunda": 2, "tercero": 3, "tercer": 3, "tercera": 3, "cuarta": 4,
    "quinto": 5, "quinta": 5, "sexto": 6, "septimo": 7, "octavo": 8, "noveno": 9, "decimo": 10,
}  # fmt: skip
