"""Composition root: our own addresses, and the upper apps' by name, so nothing is imported upwards."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [
    path("", include("dashboard.routes")),
    path("", include("projects_app.urls")),
    path("", include("publishing_app.urls")),
    path("account/", include("allauth.urls")),
]
