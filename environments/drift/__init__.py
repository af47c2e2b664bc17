"""Drift: what OCI shows otherwise than it is wanted, since when and by whom."""
