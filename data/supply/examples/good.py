"""Never run: what no rule of data/supply/patterns.yml may find."""

# ruff: noqa
# mypy: ignore-errors
connection.execute(delete(SessionRow).where(SessionRow.id == asked_for))
connection.execute(f"LISTEN {CHANNEL}")
subprocess.run(["ls", folder])
yaml.safe_load(body)
log.info("message_received", event_id=str(event.id), length=len(message.text))
session.get(url)
token = secrets.choice(letters)
allowed = hmac.compare_digest(given_token, kept_token)
