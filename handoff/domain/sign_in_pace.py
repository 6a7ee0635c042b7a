"""How fast passwords may be tried: a few at once, then each further failure makes the next wait longer.

The same for names that exist and names that don't, so that the waiting tells nobody anything. A person's own browser is
counted apart (``services/desk/sign_in.py``): whoever tries out their name from elsewhere doesn't keep them out.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

#: Tries that may fail one after the other before anybody has to wait.
FREE_TRIES: Final = 5
#: The first wait; each further failure doubles it.
FIRST_WAIT: Final = timedelta(minutes=1)
#: No wait is longer: some hundred tries a day are left to whoever guesses, and a person who forgot isn't shut out.
LONGEST_WAIT: Final = timedelta(minutes=15)
#: After so long without a try all is forgotten.
FORGOTTEN_AFTER: Final = timedelta(hours=1)
#: So many failures for one name are somebody's doing; a supervisor hears of it.
MANY: Final = 20
_MOST_COUNTED: Final = 100_000


@dataclass(frozen=True, slots=True)
class Pace:
    """What was tried with one name, or by one person at one browser. failures: one after the other; last: the newest."""

    failures: int
    last: datetime

    def wait(self, now: datetime) -> timedelta:
        """How long the next try has to wait; zero: not at all."""
        if self.failures < FREE_TRIES or now - self.last >= FORGOTTEN_AFTER:
            return timedelta(0)
        # The exponent is kept small: a wait of years has no meaning, and no date either.
        doubled: timedelta = FIRST_WAIT * 2 ** min(self.failures - FREE_TRIES, 10)
        return max(timedelta(0), min(doubled, LONGEST_WAIT) - (now - self.last))

    def after_try(self, now: datetime) -> Pace:
        """With one more try that counts as failed until it is given back."""
        failures = 0 if now - self.last >= FORGOTTEN_AFTER else self.failures
        return Pace(min(failures + 1, _MOST_COUNTED), now)


def folded(name: str) -> str:
    """A name as it is counted: however it was written, it is one name."""
    return unicodedata.normalize("NFKC", name).casefold().strip()
