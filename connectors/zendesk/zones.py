"""Zendesk's names of time zones as those of the IANA database."""

from __future__ import annotations

from functools import cache
from zoneinfo import available_timezones

_REGIONS = frozenset(
    {"Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"}
)

#: Zendesk offers zones by the names that Ruby on Rails gives them. Most are the city of an IANA name; these are not.
_NOT_CITIES = {
    # North and Central America
    "International Date Line West": "Pacific/Midway",
    "Midway Island": "Pacific/Midway",
    "American Samoa": "Pacific/Pago_Pago",
    "Hawaii": "Pacific/Honolulu",
    "Alaska": "America/Juneau",
    "Pacific Time (US & Canada)": "America/Los_Angeles",
    "Arizona": "America/Phoenix",
    "Mountain Time (US & Canada)": "America/Denver",
    "Central Time (US & Canada)": "America/Chicago",
    "Eastern Time (US & Canada)": "America/New_York",
    "Indiana (East)": "America/Indiana/Indianapolis",
    "Saskatchewan": "America/Regina",
    "Atlantic Time (Canada)": "America/Halifax",
    "Newfoundland": "America/St_Johns",
    "Greenland": "America/Nuuk",
    "Guadalajara": "America/Mexico_City",
    "Central America": "America/Guatemala",
    # South America and the Atlantic
    "Quito": "America/Lima",
    "Brasilia": "America/Sao_Paulo",
    "Buenos Aires": "America/Argentina/Buenos_Aires",
    "Georgetown": "America/Guyana",
    "Mid-Atlantic": "Atlantic/South_Georgia",
    "Cape Verde Is.": "Atlantic/Cape_Verde",
    # Europe and Africa
    "Bern": "Europe/Zurich",
    "Edinburgh": "Europe/London",
    "Istanbul": "Europe/Istanbul",
    "St. Petersburg": "Europe/Moscow",
    "Pretoria": "Africa/Johannesburg",
    "West Central Africa": "Africa/Algiers",
    "UTC": "UTC",
    # Asia
    "Abu Dhabi": "Asia/Dubai",
    "Astana": "Asia/Almaty",
    "Beijing": "Asia/Shanghai",
    "Chennai": "Asia/Kolkata",
    "Mumbai": "Asia/Kolkata",
    "New Delhi": "Asia/Kolkata",
    "Ekaterinburg": "Asia/Yekaterinburg",
    "Hanoi": "Asia/Ho_Chi_Minh",
    "Islamabad": "Asia/Karachi",
    "Osaka": "Asia/Tokyo",
    "Sapporo": "Asia/Tokyo",
    "Sri Jayawardenepura": "Asia/Colombo",
    # The Pacific
    "Chatham Is.": "Pacific/Chatham",
    "Marshall Is.": "Pacific/Majuro",
    "New Caledonia": "Pacific/Noumea",
    "Nuku'alofa": "Pacific/Tongatapu",
    "Samoa": "Pacific/Apia",
    "Solomon Is.": "Pacific/Guadalcanal",
    "Tokelau Is.": "Pacific/Fakaofo",
    "Wellington": "Pacific/Auckland",
}


def iana_zone(name: str) -> str | None:
    """The IANA name of a zone by Zendesk's name for it; an IANA name is itself; None when nobody knows it."""
    if name in _NOT_CITIES:
        return _NOT_CITIES[name]
    if name in available_timezones():
        return name
    return _by_city().get(name.replace(" ", "_"))


@cache
def _by_city() -> dict[str, str]:
    names = sorted(zone for zone in available_timezones() if zone.partition("/")[0] in _REGIONS)
    return {zone.rpartition("/")[2]: zone for zone in names}
