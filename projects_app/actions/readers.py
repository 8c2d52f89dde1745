"""How a project is read at its provider and written down here: one reader for each kind of key.

Looks, links that go stale and adding by id know no provider; they ask the reader of the project's key.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from dashboard import remote
from dashboard.models import ApiKey, Provider
from projects_app.actions import look_results, magic_hour, picovico, submagic_values
from projects_app.models import Clip, Project


@dataclass(frozen=True, slots=True)
class Reader:
    """endpoint       the class of the read, counted by the key's budget (providers/<name>/limits.py)
    client         makes the provider's client for a key
    read           the provider's answer about an id; raises ProviderError
    values         what a new row begins with, beside what all have, when it is taken up; `title` may be empty
    fields         what to write on the project; empty when the answer is older than what is known
    store          what else follows from the answer: clips, words, exports
    more           reads of its own in the same look, each with a place in the budget
    asks_more      whether a finished project has to be looked at again, for those or for what comes late
    addresses      where its videos lie
    links          takes over the links alone
    links_until    until when the stored links surely work; None when that is not told
    """

    endpoint: str
    client: Callable[..., Any]
    read: Callable[[Any, str], Any]
    values: Callable[[Any], dict[str, Any]]
    fields: Callable[[Project, Any, dt.datetime], dict[str, Any]]
    store: Callable[[Project, Any, dt.datetime, str], None]
    more: Callable[[Project, Any], None]
    asks_more: Callable[[Project], bool]
    addresses: Callable[[Any], Sequence[str | None]]
    links: Callable[[Clip | Project, Any], None]
    links_until: Callable[[Project], dt.datetime | None]


def of(key: ApiKey) -> Reader:
    return READERS[Provider(key.provider)]


READERS: Final[Mapping[Provider, Reader]] = {
    Provider.SUBMAGIC: Reader(
        endpoint="projects.get",
        client=remote.client_for,
        read=lambda client, upstream_id: client.get_project(upstream_id),
        values=submagic_values.values,
        fields=look_results.fields,
        store=look_results.store,
        more=look_results.missing_words,
        asks_more=look_results.words_missing,
        addresses=look_results.addresses,
        links=look_results.links,
        links_until=lambda project: None,
    ),
    Provider.MAGIC_HOUR: Reader(
        endpoint="video_projects.get",
        client=remote.magic_hour,
        read=lambda client, upstream_id: client.get_video_project(upstream_id),
        values=magic_hour.values,
        fields=magic_hour.fields,
        store=magic_hour.store,
        more=lambda project, client: None,
        asks_more=magic_hour.refund_missing,
        addresses=magic_hour.addresses,
        links=magic_hour.links,
        links_until=magic_hour.links_until,
    ),
    Provider.PICOVICO: Reader(
        endpoint="videos.get",
        client=remote.picovico,
        read=lambda client, upstream_id: client.get_video(upstream_id),
        values=picovico.values,
        fields=picovico.fields,
        store=picovico.store,
        more=lambda project, client: None,
        asks_more=lambda project: False,
        addresses=picovico.addresses,
        links=picovico.links,
        links_until=lambda project: None,
    ),
}
