"""Addresses of single sign-on; the names are mozilla-django-oidc's own."""

from django.urls import path

from portal.accounts.backchannel import back_channel_logout
from portal.accounts.oidc_views import FinishSignIn, StartSignIn
from portal.accounts.views import sign_out

urlpatterns = [
    path("authenticate/", StartSignIn.as_view(), name="oidc_authentication_init"),
    path("callback/", FinishSignIn.as_view(), name="oidc_authentication_callback"),
    path("logout/", sign_out, name="oidc_logout"),
    path("backchannel-logout/", back_channel_logout, name="oidc_backchannel_logout"),
]
