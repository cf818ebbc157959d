"""Disclosure control: small counts are protected before they leave, and the protection audited."""

from forecasting.disclosure.audit import AuditReport, audit
from forecasting.disclosure.ensembles import Published, audit_ensembles
from forecasting.disclosure.keys import office_salt
from forecasting.disclosure.policy import (
    Noise,
    Policy,
    Rounding,
    Suppression,
    Unprotected,
    read_policy,
    shipped_policies,
)
from forecasting.disclosure.protection import Protected, protect
from forecasting.disclosure.schema import personal_fields, refuse_personal_fields

__all__ = [
    "AuditReport",
    "Noise",
    "Policy",
    "Protected",
    "Published",
    "Rounding",
    "Suppression",
    "Unprotected",
    "audit",
    "audit_ensembles",
    "office_salt",
    "personal_fields",
    "protect",
    "read_policy",
    "refuse_personal_fields",
    "shipped_policies",
]
