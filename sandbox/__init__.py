"""Stand-ins for everything the portal talks to, on one machine; imported by commands and tests
only.
"""
