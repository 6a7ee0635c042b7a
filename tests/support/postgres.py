"""How to run a throw-away PostgreSQL, for tests in the other interpreter: ``python -m tests.support.postgres FOLDER``.

Prepares the server in the folder and prints ``{"argv", "env", "url", "owner_url"}`` as JSON; may be called again after a
crash, before the next start.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from handoff.adapters.database.embedded import EmbeddedPostgres


def main() -> None:
    """Entry point."""
    # Durable: what was committed has to survive the crashes that tests make.
    server = EmbeddedPostgres(Path(sys.argv[1]))
    asyncio.run(server.prepare())
    argv, env = server.command()
    print(json.dumps({"argv": argv, "env": env, "url": server.database_url, "owner_url": server.owner_url}))


if __name__ == "__main__":
    main()
