"""What makes a form that is sent again the same act: its key together with all that it says.

All forms of a page share one key, and a page may be old: another form of it, or the same one with other words, is another
act and must never be passed over as one that was done.
"""

from __future__ import annotations

from uuid import UUID, uuid5


def act_id(key: UUID, *told: object) -> UUID:
    """An id that only the same form with the same words has. The key is random and kept nowhere: nothing leads from the id
    back to the words.
    """
    return uuid5(key, repr([str(one) for one in told]))
