"""Pages around signing in that belong to no library: proving oneself again, and leaving."""

from django.contrib import auth
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.views.decorators.http import require_GET, require_POST

from portal.accounts.models import User
from portal.accounts.oidc_views import end_session_address
from portal.lib.refusal import Missing


@require_GET
def sign_in_again(request: HttpRequest) -> HttpResponse:
    """Send a person to the door where a new proof is given, and back afterwards."""
    back = request.GET.get("next", "")
    query = {"next": back if url_has_allowed_host_and_scheme(back, {request.get_host()}) else "/"}
    if not isinstance(request.user, User):
        return HttpResponseRedirect(f"{reverse('account_login')}?{urlencode(query)}")
    if request.user.is_break_glass:
        return HttpResponseRedirect(f"{reverse('account_reauthenticate')}?{urlencode(query)}")
    return HttpResponseRedirect(
        f"{reverse('oidc_authentication_init')}?{urlencode({**query, 'again': '1'})}"
    )


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session, and offer to end the identity provider's own, which would sign the
    next person in unasked.
    """
    if not isinstance(request.user, User):
        return HttpResponseRedirect(reverse("account_login"))
    by_provider = not request.user.is_break_glass
    auth.logout(request)
    return render(
        request,
        "account/signed_out.html",
        {"end_session": end_session_address() if by_provider else ""},
    )


def no_sign_up(request: HttpRequest) -> HttpResponse:
    """Say that accounts come from the identity provider."""
    raise Missing(
        "There is no sign-up.", next_step="Accounts come from the identity provider's groups."
    )
