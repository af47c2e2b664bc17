"""Taking over an environment that was built by hand: discover, match, take settings over, let
a plan adopt.
"""
