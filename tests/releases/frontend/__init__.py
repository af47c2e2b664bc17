"""Bundles: checked, kept, published, looked at."""
