"""Telling people what happened: by mail, by webhook, in the browser; it knows no other app."""
