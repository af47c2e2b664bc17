"""Measurements as ratios, one line a figure: `make bench`."""
