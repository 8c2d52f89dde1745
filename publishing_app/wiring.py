"""Registrations of this app with the floors below it, made once at start."""

from __future__ import annotations

from django.db.models import Q


def connect() -> None:
    from dashboard import leases, needs, senders
    from dashboard.actions import restores
    from dashboard.models import ApiKey, Provider
    from publishing_app import needs as posts
    from publishing_app import tasks
    from publishing_app.actions import mending, restored
    from publishing_app.actions.publications import OPERATION

    senders.register(OPERATION, tasks.deliver_publish)
    needs.register(posts.of_team)
    restores.register_teller(mending.mend)
    restores.register_doubter(restored.doubt)
    # A key is work too: its feed is read at `next_look_at`.
    leases.register(ApiKey, tasks.deliver_feed, where=lambda: Q(provider=Provider.SUBMAGIC, state=ApiKey.State.VALID))
