"""Numbers of a second factor, made by pyotp (RFC 6238: SHA-1, six digits, thirty seconds, as every app knows them)."""

from __future__ import annotations

import pyotp

from handoff.domain.second_factor import DIGITS, STEP

#: Signs of base32: 160 bits, the length of the hash.
_SIGNS = 32


class PyotpNumbers:
    """Implements ``services.factor_ports.OneTimeNumbers``."""

    def new_secret(self) -> str:
        return pyotp.random_base32(_SIGNS)

    def number(self, secret: str, step: int) -> str:
        return self._of(secret).generate_otp(step)

    def address(self, secret: str, name: str, service_name: str) -> str:
        return self._of(secret).provisioning_uri(name=name, issuer_name=service_name)

    @staticmethod
    def _of(secret: str) -> pyotp.TOTP:
        return pyotp.TOTP(secret, digits=DIGITS, interval=int(STEP.total_seconds()))
