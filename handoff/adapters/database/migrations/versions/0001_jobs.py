"""The job queue's own schema, as procrastinate 3.10 ships it.

A later procrastinate that changes its schema needs a migration of ours that runs its SQL (docs/adr).
"""

from __future__ import annotations

from typing import Any

from alembic import op
from procrastinate.schema import SchemaManager

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Straight to the driver: the script holds many statements and percent signs.
    driver: Any = op.get_bind().connection.driver_connection
    driver.execute(SchemaManager.get_schema())
