"""Never run: what each rule of data/supply/patterns.yml has to find, with the rule's name behind it."""

# ruff: noqa
# mypy: ignore-errors
connection.execute(f"DELETE FROM sessions WHERE id = '{asked_for}'")  # sql-from-pieces
subprocess.run("ls " + folder, shell=True)  # shell
pickle.loads(body)  # code-from-data
archive.extractall(folder)  # code-from-data
log.info("message_received", text=message.text)  # words-in-a-log
session.get(url, ssl=False)  # certificate-unchecked
token = random.choice(letters)  # chance-that-can-be-guessed
allowed = given_token == kept_token  # compared-in-plain-time
