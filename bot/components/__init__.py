"""Rasa graph components: lean GiNZA, character n-grams, a calibrated intent classifier."""

from __future__ import annotations
