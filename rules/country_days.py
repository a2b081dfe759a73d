"""CountryDays: the public holidays of a country or a part of it, as far as the `holidays` library knows them."""

from __future__ import annotations

import importlib.util
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from rules.timetable import Closure

#: Names in one language on every machine: left to itself the library follows the machine's locale.
_LANGUAGE = "en_US"


@dataclass(frozen=True, slots=True)
class CountryDays:
    """The public holidays of a country, observed days included. A source of a calendar's holidays.

    Only the years that are asked for are worked out. Outside of `first_year` to `last_year` there are none. Holidays
    that follow the moon are the library's estimate in future years.
    """

    #: ISO 3166-1 code of two letters.
    country: str
    #: Code of a part of the country as the library has it (for most countries ISO 3166-2); None = the whole country.
    subdivision: str | None = None

    @property
    def first_year(self) -> int:
        """The first year whose holidays the library knows."""
        return int(_country(self.country).start_year)

    @property
    def last_year(self) -> int:
        """The last year whose holidays the library knows."""
        return int(_country(self.country).end_year)

    def days(self, year: int) -> Mapping[date, str]:
        """The holidays of a year, with their names in English where the library has them."""
        return _days(self.country, self.subdivision, year)

    def closures(self, year: int, zone: ZoneInfo) -> tuple[Closure, ...]:  # noqa: ARG002 - what every source is asked
        """Public holidays are whole days."""
        return ()


def country_codes() -> tuple[str, ...]:
    """The codes of all countries that the library knows, sorted."""
    return tuple(sorted(_modules()))


def code_named(country: str) -> str | None:
    """The code of a country that somebody wrote in another way: in lower case, with three letters, or in words."""
    from holidays.registry import COUNTRIES  # noqa: PLC0415 - as in _modules

    said = country.strip().casefold().replace(" ", "_")
    words = {word.casefold(): names[1] for module, names in COUNTRIES.items() for word in (module, *names)}
    return words.get(said)


def subdivision_codes(country: str) -> tuple[str, ...]:
    """The codes of the parts of a country whose holidays differ, in the library's order."""
    entity = _country(country)
    parent = entity.parent_entity
    return (*entity.subdivisions, *(parent.subdivisions if parent is not None else ()))


@lru_cache(maxsize=4096)
def _days(country: str, subdivision: str | None, year: int) -> Mapping[date, str]:
    with warnings.catch_warnings():
        # Some countries warn of years that they know in part; what they know is what we can tell.
        warnings.simplefilter("ignore")
        found = _country(country)(subdiv=subdivision, years=year, expand=False, language=_LANGUAGE)
    return {day: str(name) for day, name in sorted(found.items()) if day.year == year}


@cache
def _modules() -> dict[str, tuple[str, str]]:
    """Country code → name of its module and its class. Importing the library takes a moment: only who asks pays."""
    from holidays.registry import COUNTRIES  # noqa: PLC0415

    return {names[1]: (module, names[0]) for module, names in COUNTRIES.items()}


@cache
def _country(code: str) -> Any:
    """The library's class of a country."""
    module, name = _modules()[code]
    # The library's own look-up imports all of its 250 countries, a third of a second; one country alone is a hundredth.
    package = importlib.util.find_spec("holidays.countries")
    folders = package.submodule_search_locations if package is not None else None
    file = Path(folders[0]) / f"{module}.py" if folders else None
    spec = importlib.util.spec_from_file_location(f"holidays_of_{module}", file) if file and file.exists() else None
    if spec is None or spec.loader is None:
        import holidays  # noqa: PLC0415 - as above

        return getattr(holidays, code).get_entity()
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return getattr(loaded, name)
