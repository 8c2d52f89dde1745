from __future__ import annotations

from django.apps import AppConfig


class DashboardConfig(AppConfig):
    name = "dashboard"
    label = "dashboard"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from dashboard import checks  # noqa: F401
        from dashboard.leases import register
        from dashboard.models import UpstreamCall
        from dashboard.senders import deliver, where_sendable

        register(UpstreamCall, deliver, where_sendable)
