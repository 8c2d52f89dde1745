from __future__ import annotations

from django.urls import include, path

from publishing_app.views import analytics, compose, home, publications, shown_requests

app_name = "publishing"

# /t/<team>/publishing/
publication_urls = [
    path("", publications.publication_list, name="publication-list"),
    path("clip/<uuid:pk>/", compose.publication_new_clip, name="publication-new-clip"),
    path("project/<uuid:pk>/", compose.publication_new_project, name="publication-new-project"),
    path("clip/<uuid:pk>/request/", shown_requests.publication_request_clip, name="publication-request-clip"),
    path("project/<uuid:pk>/request/", shown_requests.publication_request_project, name="publication-request-project"),
    path("<uuid:pk>/", publications.publication_detail, name="publication-detail"),
    path("<uuid:pk>/change/", compose.publication_change, name="publication-change"),
]
# /t/<team>/analytics/
analytics_urls = [
    path("", analytics.analytics, name="analytics"),
    path("csv/", analytics.analytics_csv, name="analytics-csv"),
    path("sync/", analytics.feed_sync, name="feed-sync"),
    path("posts/<uuid:pk>/", analytics.post_detail, name="post-detail"),
]

urlpatterns = [
    path("t/<slug:team>/publishing/", include(publication_urls)),
    path("t/<slug:team>/analytics/", include(analytics_urls)),
    path("t/<slug:team>/home/publishing/", home.home_panel, name="home-panel"),
]
