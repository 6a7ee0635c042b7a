"""Contacts are woken by notices (ADR 33): the jobs that did it are of no use any more, and name contacts."""

from __future__ import annotations

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("DELETE FROM procrastinate_jobs WHERE queue_name IN ('drain_contact', 'deliver_outbox')")
