"""What a page says, however its template breaks the lines."""

from django.http import HttpResponse


def said(answer: HttpResponse) -> str:
    """Return the page's source with white space as a browser shows it."""
    return " ".join(answer.content.decode().split())
