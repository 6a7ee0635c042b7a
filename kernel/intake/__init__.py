"""Age, grade, school, gender, role and refusal, read from what a student writes in free text."""

from __future__ import annotations

from kernel.intake.reader import Asked, Intake, is_plain_answer, parse

__all__ = ["Asked", "Intake", "is_plain_answer", "parse"]
