"""The ways out of the house for an alarm: mail, webhook, call. None of them is ever given a student's words."""
