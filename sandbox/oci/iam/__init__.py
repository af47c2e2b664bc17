"""Policies: which permissions a call needs, and which statements give them to its caller.

`tables` reads the data (one row per operation; one row per resource type and verb), `grammar`
reads statements and matching rules, `grants` indexes the statements of the tenancy, `places` finds
the compartments a call concerns, `variables` fills in conditions, `judge` decides.
"""
