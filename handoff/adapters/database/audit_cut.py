"""Take away audit rows whose days are over, so that what is left can still be checked. For the owner's role alone."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.adapters.database.audit import TURN, SqlAuditChain
from handoff.adapters.database.audit_tables import AuditCutRow, AuditLinkRow
from handoff.adapters.database.tables import AuditRow
from handoff.domain.audit import KeyedHash, cut_mark


async def cut_audit(connection: AsyncConnection, hashed: KeyedHash, before: datetime, real_at: datetime) -> int:
    """Take the oldest links with their rows away, up to the first that is not older than ``before``; how many.

    Within the caller's transaction. The chain should have been checked first: what is wrong in this part is gone then.

    Args: before: on the service's clock. Raises: sqlalchemy.exc.ProgrammingError: this isn't the owner's role.
    """
    await connection.execute(select(func.pg_advisory_xact_lock(TURN)))
    row = AuditRow.sequence == AuditLinkRow.sequence
    kept = select(func.min(AuditLinkRow.number)).join(AuditRow, row).where(AuditRow.at >= before)
    first_kept = await connection.scalar(kept)
    end = await SqlAuditChain(connection).end()
    through = end.number if first_kept is None else first_kept - 1
    last = await SqlAuditChain(connection).anchor_at(through)
    if last is None:
        return 0
    old = AuditLinkRow.number <= last.number
    gone = await connection.execute(
        delete(AuditRow).where(AuditRow.sequence.in_(select(AuditLinkRow.sequence).where(old)))
    )
    await connection.execute(delete(AuditLinkRow).where(old))
    cut = {"through": last.number, "digest": last.digest, "mark": cut_mark(hashed, last), "real_at": real_at}
    await connection.execute(insert(AuditCutRow).values(cut))
    return gone.rowcount
