"""The inventory: every resource that the portal manages, to be looked through without asking
OCI.
"""
