"""Public holidays on which a shop is closed, by the names the `holidays` package gives them."""

from datetime import date
from functools import lru_cache

import holidays

YEARS_AHEAD = 3


@lru_cache(maxsize=256)
def closed_on(country: str, region: str, names: str, year: int) -> dict[date, str]:
    """Return the named holidays of `year`, the one before and the next three; `names` has one a line.

    A day that is observed in place of a holiday on a weekend counts too. An unknown country or region has none.
    """
    wanted = {line.strip().casefold() for line in names.splitlines() if line.strip()}
    if not wanted:
        return {}
    years = range(year - 1, year + YEARS_AHEAD + 1)
    try:
        found = holidays.country_holidays(country, subdiv=region or None, years=years)
    except NotImplementedError:
        try:  # the country without its region
            found = holidays.country_holidays(country, years=years)
        except NotImplementedError:
            return {}
    closed: dict[date, str] = {}
    for on, several in found.items():
        for name in several.split("; "):
            plain = name.replace("(observed)", "").strip()
            if plain.casefold() in wanted:
                closed.setdefault(on, plain)
    return closed


def problem_with(country: str, region: str) -> str:
    """Return what is wrong with a country and region as the package knows them; "" when nothing is."""
    known = holidays.list_supported_countries()
    if country not in known:
        return f"Holidays of {country} are not known; list closed days by hand."
    if region and region not in known[country]:
        return f"{region} is no region of {country} with holidays of its own: leave it empty or use a code such as NY."
    return ""
