"""The vault of an environment, its key, and its secrets by reference."""
