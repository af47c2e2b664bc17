"""Adopt an environment that was built by hand: discover, match, choose."""
