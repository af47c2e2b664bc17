"""The settings of an environment: their schema, the rules they keep, one value that asks them."""
