"""Canonical JSON, refusals, redaction, time: no Django, no SDK."""
