"""Scaling by hand: how many instances of which size serve an environment, within its boundaries."""
