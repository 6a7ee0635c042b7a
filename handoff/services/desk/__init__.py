"""The verbs of the desk: one for each thing that a counsellor or supervisor can do."""
