"""Columns that identify persons or serve enforcement are refused, whatever table they come in."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

from forecasting.flows import raise_all

if TYPE_CHECKING:
    from collections.abc import Iterable

_PERSON: Final = "identifies a person"
_ENFORCEMENT: Final = "can serve enforcement against a person"
_POSITION: Final = "places a person on the map"

REFUSED: Final[dict[str, tuple[str, ...]]] = {
    _PERSON: (
        "name",
        "names",
        "first name",
        "last name",
        "middle name",
        "family name",
        "given name",
        "full name",
        "person name",
        "surname",
        "forename",
        "nickname",
        "alias",
        "father name",
        "mother name",
        "head of household",
        "household head",
        "birth date",
        "date of birth",
        "birthdate",
        "birthday",
        "dob",
        "place of birth",
        "birthplace",
        "phone",
        "telephone",
        "mobile",
        "msisdn",
        "whatsapp",
        "imei",
        "imsi",
        "device id",
        "ip address",
        "email",
        "e mail",
        "contact number",
        "home address",
        "street address",
        "address",
        "photo",
        "photograph",
        "picture",
        "portrait",
        "signature",
        "person id",
        "individual id",
        "case number",
        "case id",
        "registration number",
        "household id",
        "beneficiary id",
        "unhcr number",
        "social media",
        "facebook",
        "license plate",
        "bank account",
        "iban",
    ),
    _ENFORCEMENT: (
        "passport",
        "document number",
        "document id",
        "id number",
        "id card",
        "identity card",
        "identity number",
        "national id",
        "identification number",
        "visa number",
        "alien number",
        "a number",
        "social security",
        "ssn",
        "tax number",
        "legal status",
        "immigration status",
        "residence status",
        "asylum status",
        "visa status",
        "irregular",
        "undocumented",
        "illegal",
        "deportation",
        "removal order",
        "return decision",
        "detention",
        "criminal record",
        "police record",
        "watchlist",
        "biometric",
        "biometrics",
        "fingerprint",
        "fingerprints",
        "iris",
        "iris scan",
        "face image",
        "facial image",
        "face scan",
        "dna",
        "eurodac",
        "religion",
        "ethnicity",
        "tribe",
        "clan",
        "political opinion",
        "sexual orientation",
        "union membership",
        "diagnosis",
        "hiv status",
    ),
    _POSITION: (
        "person latitude",
        "person longitude",
        "person coordinates",
        "person location",
        "individual coordinates",
        "home coordinates",
        "home latitude",
        "home longitude",
        "shelter coordinates",
        "tent number",
        "gps",
        "gps track",
        "last seen at",
        "device location",
        "trajectory",
    ),
}
"""Fields that no table of this package may have, by the reason; words as in column headings."""

_OF_PLACES: Final = frozenset(
    {
        "location",
        "site",
        "facility",
        "country",
        "region",
        "district",
        "unit",
        "office",
        "admin",
        "adm",
        "scenario",
        "file",
        "column",
        "measure",
        "category",
        "policy",
        "model",
        "package",
        "dataset",
        "event",
        "route",
        "plan",
    }
)
"""With one of these words, a ``name`` or ``address`` is not a person's."""
_WHOLE_ONLY: Final = frozenset({"name", "names", "address", "picture", "a number", "gps", "mobile"})
"""Allowed as a part of a heading if the rest speaks of a place or thing."""


def _words(column: str) -> str:
    """Heading as plain lower-case words: ``"DateOfBirth"`` and ``date_of_birth`` are the same."""
    plain = unicodedata.normalize("NFKD", column).encode("ascii", "ignore").decode()
    split = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", plain)
    return " ".join(re.findall(r"[a-z]+", split.lower()))


def personal_fields(columns: Iterable[object]) -> dict[str, str]:
    """Find columns that identify persons or serve enforcement, with the reason.

    Parameters
    ----------
    columns : iterable
        Headings of a table, HXL tags or keys of a record.

    Returns
    -------
    dict
        Heading to reason.

    Examples
    --------
    >>> personal_fields(["location", "location_name", "Date of Birth", "capacity"])
    {'Date of Birth': 'identifies a person'}

    """
    found = {}
    for column in map(str, columns):
        words = _words(column)
        of_place = bool(_OF_PLACES & set(words.split()))
        for reason, fields in REFUSED.items():
            if any(
                f" {field} " in f" {words} " and not (of_place and field in _WHOLE_ONLY)
                for field in fields
            ):
                found[column] = reason
                break
    return found


def refuse_personal_fields(columns: Iterable[object], where: str = "table") -> None:
    """Refuse a table with columns that identify persons or serve enforcement.

    Parameters
    ----------
    columns : iterable
        Headings of a table, HXL tags or keys of a record.
    where : str
        What is refused, for the message, such as the name of a file.

    Raises
    ------
    FlowError
        With every such column and the reason.

    Examples
    --------
    >>> refuse_personal_fields(["location", "location_name", "beds"])
    >>> refuse_personal_fields(["location", "passport_no"], "capacity.csv")
    Traceback (most recent call last):
    ...
    forecasting.flows.FlowError: capacity.csv has 1 problem:
      - column 'passport_no' can serve enforcement against a person; ...

    """
    raise_all(
        where,
        [
            f"column {column!r} {reason}; only counts of people by place, period and group are "
            "taken. Remove it before the table is shared; nothing was read."
            for column, reason in personal_fields(columns).items()
        ],
    )
