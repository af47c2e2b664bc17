"""The specification, one file for each behaviour."""
