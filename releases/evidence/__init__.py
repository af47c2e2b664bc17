"""The evidence of a deployment: everything the portal knows of it, in one zip that verifies
offline.
"""
