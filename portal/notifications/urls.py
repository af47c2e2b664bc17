"""Addresses of this app."""

from django.urls import URLPattern, URLResolver, path

from portal.notifications import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("notifications/", views.mine, name="notifications"),
    path("notifications/new", views.new, name="notifications-new"),
    path("on-call/", views.on_call, name="on-call"),
]
