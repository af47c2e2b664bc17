"""The timeline of an environment: what happened, gathered from every part of the portal and
drawn on one picture.
"""
