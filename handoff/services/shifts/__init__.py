"""Shifts: start check, duty log, daily report and handover."""
