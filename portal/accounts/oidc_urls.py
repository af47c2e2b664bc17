"""Addresses of single sign-on; the names are mozilla-django-oidc's own."""

from django.urls import path

from portal.accounts.oidc_views import Callback, Start
from portal.accounts.views import sign_out

urlpatterns = [
    path("authenticate/", Start.as_view(), name="oidc_authentication_init"),
    path("callback/", Callback.as_view(), name="oidc_authentication_callback"),
    path("logout/", sign_out, name="oidc_logout"),
]
