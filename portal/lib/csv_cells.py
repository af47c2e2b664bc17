"""Cells of CSV files: what a spreadsheet would run as a formula starts with an apostrophe; pure."""

import re

DANGEROUS = r"^\s*[=+\-@＝＋－＠\t\r\n]"  # a regular expression for Python and for PostgreSQL
_PATTERN = re.compile(DANGEROUS)


def safe_cell(value: str) -> str:
    """Return a value that a spreadsheet shows and does not run."""
    return f"'{value}" if _PATTERN.match(value) else value


def safe_column(expression: str) -> str:
    """Return the SQL that does the same to a text expression."""
    pattern = DANGEROUS.replace("\\", "\\\\")
    return f"CASE WHEN {expression} ~ E'{pattern}' THEN '''' || {expression} ELSE {expression} END"
