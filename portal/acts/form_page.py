"""A page with one form whose refused input is shown beside it, for another try."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render

from portal.accounts.refusals import note
from portal.lib.refusal import Invalid


def form_page(
    request: HttpRequest,
    template: str,
    context: dict[str, Any],
    act: Callable[[], HttpResponseBase],
) -> HttpResponseBase:
    """Show the form; when it is posted, run the act, or show `problem` when its input is
    Invalid.
    """
    if request.method != "POST":
        return render(request, template, context)
    try:
        return act()
    except Invalid as error:
        note(request, error)
        return render(request, template, {**context, "problem": error}, status=400)
