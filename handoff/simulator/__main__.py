"""``python -m handoff.simulator``: the stand-in as a process of its own.

Secret and token come from the environment (``LINE_CHANNEL_SECRET``, ``LINE_CHANNEL_ACCESS_TOKEN``), as for the bot;
``TSUNAGI_CLOCK`` sets the clock. Neither is taken from the command line, where every user of the machine could read it.
"""

from __future__ import annotations

import argparse
import os

from handoff.simulator.app import run


def main() -> None:
    """Read the options and serve."""
    parser = argparse.ArgumentParser(prog="python -m handoff.simulator", description="A stand-in for LINE's platform")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8090)
    parser.add_argument("--webhook-url", default="http://127.0.0.1:8080/line/webhook")
    parser.add_argument("--redelivery", action="store_true", help="send a failed webhook again, as LINE can")
    options = parser.parse_args()
    run(
        options.host,
        options.port,
        os.environ.get("LINE_CHANNEL_SECRET", "standin-secret"),
        os.environ.get("LINE_CHANNEL_ACCESS_TOKEN", "standin-token"),
        options.webhook_url,
        clock=os.environ.get("TSUNAGI_CLOCK") or None,
        redelivery=options.redelivery,
    )


if __name__ == "__main__":
    main()
