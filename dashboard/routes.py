"""Addresses of this app. Everything of a team lies under /t/<team>/ and goes through access.team_view."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from dashboard.views import (
    account,
    audit,
    components,
    doctor,
    health,
    home,
    join,
    key_messages,
    keys,
    members,
    provider_health,
    restored,
    setup,
    team,
)

app_name = "dashboard"

team_urls: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path("settings/", team.settings, name="settings"),
    path("settings/members/", members.members, name="members"),
    path("settings/members/invite/", members.invite, name="invite"),
    path("settings/members/invitations/<uuid:pk>/revoke/", members.invitation_revoke, name="invitation-revoke"),
    path("settings/members/<int:pk>/role/", members.member_role, name="member-role"),
    path("settings/members/<int:pk>/remove/", members.member_remove, name="member-remove"),
    path("settings/keys/", keys.keys, name="keys"),
    path("settings/keys/new/", keys.key_new, name="key-new"),
    path("settings/keys/<uuid:pk>/test/", keys.key_test, name="key-test"),
    path("settings/keys/<uuid:pk>/replace/", keys.key_replace, name="key-replace"),
    path("settings/keys/<uuid:pk>/remove/", keys.key_remove, name="key-remove"),
    path("settings/keys/<uuid:pk>/messages/", key_messages.key_messages, name="key-messages"),
    path("settings/keys/<uuid:pk>/balance/", keys.key_balance, name="key-balance"),
    path("settings/keys/<uuid:pk>/default/", keys.key_default, name="key-default"),
    path("settings/restored/", restored.restored, name="restored"),
    path("settings/audit/", audit.audit, name="audit"),
    path("settings/doctor/", doctor.doctor, name="doctor"),
    path("provider-health/", provider_health.provider_health, name="provider-health"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.index, name="index"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("setup/<str:token>/", setup.first_owner, name="setup"),
    path("join/<str:token>/", join.join, name="join"),
    path("account/profile/", account.profile, name="account"),
    path("components/", components.components, name="components"),
    path("teams/new/", team.team_new, name="team-new"),
    path("t/<slug:team>/", include(team_urls)),
]
