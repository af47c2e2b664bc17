"""Addresses of signing in: of allauth's pages only those that a break-glass account needs."""

from allauth.account import views as account
from allauth.usersessions.views import list_usersessions
from django.urls import include, path

from portal.accounts.views import no_sign_up, sign_in_again, sign_out

urlpatterns = [
    path("login/", account.login, name="account_login"),
    path("logout/", sign_out, name="account_logout"),
    path("again/", sign_in_again, name="sign_in_again"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("password/change/", account.password_change, name="account_change_password"),
    path("signup/", no_sign_up, name="account_signup"),
    path("2fa/", include("allauth.mfa.urls")),
    path("sessions/", list_usersessions, name="usersessions_list"),
]
