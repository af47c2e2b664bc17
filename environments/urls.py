"""Addresses of this app."""

from django.urls import URLPattern, URLResolver, path

from environments import views
from environments.adoption import views as adoption
from environments.certificates import views as certificates
from environments.drift import views as drift
from environments.export import views as export
from environments.inventory import views as inventory
from environments.reconcile import views as plan_views
from environments.regions import views as regions
from environments.secrets import views as vault

urlpatterns: list[URLPattern | URLResolver] = [
    path("", inventory.environments, name="environments"),
    path("<slug:slug>/", views.environment, name="environment"),
    path("<slug:slug>/plan/", plan_views.plan_new, name="plan-new"),
    path("<slug:slug>/adopt/", adoption.adopt, name="adopt"),
    path("<slug:slug>/adopt/look/", adoption.discover_now, name="adopt-look"),
    path("<slug:slug>/inventory/", inventory.inventory, name="inventory"),
    path("<slug:slug>/inventory.csv", inventory.download, name="inventory-csv"),
    path("<slug:slug>/drift/", drift.drift, name="drift"),
    path("<slug:slug>/drift/look/", drift.check_now, name="drift-look"),
    path("<slug:slug>/drift/<int:pk>/accept/", drift.accept_item, name="drift-accept"),
    path("<slug:slug>/plans/<int:pk>/", plan_views.plan, name="plan"),
    path("<slug:slug>/plans/<int:pk>/apply/", plan_views.plan_apply, name="plan-apply"),
    path("<slug:slug>/plans/<int:pk>/approve/", plan_views.plan_approve, name="plan-approve"),
    path("<slug:slug>/plans/<int:pk>/destroy/", plan_views.plan_destroy, name="plan-destroy"),
    path("<slug:slug>/destroy/", plan_views.destroy_plan, name="destroy"),
    path("<slug:slug>/export/", export.export, name="environment-export"),
    path("<slug:slug>/certificate/", certificates.certificate, name="certificate"),
    path("<slug:slug>/dr-region/", regions.dr_region, name="dr-region"),
    path("<slug:slug>/rights/", views.rights, name="rights"),
    path("<slug:slug>/vault/", vault.vault, name="vault"),
    path("<slug:slug>/vault/rotate/", vault.rotate, name="vault-rotate"),
    path("<slug:slug>/vault/<str:key>/cancel-deletion/", vault.recover, name="vault-recover"),
    path("<slug:slug>/secrets/<str:name>/", vault.secret, name="secret"),
]
