"""What a project and a clip have in common: at the API a clip is a project of its own (contract, section 2)."""

from __future__ import annotations

from providers.submagic import statuses


class Video:
    """Reads the fields that both messages carry."""

    __slots__ = ()
    status: str
    direct_url: str | None
    download_url: str | None

    @property
    def known_status(self) -> statuses.ProjectStatus | None:
        """None for a status the documents do not name; it then counts as "in progress"."""
        return statuses.known(statuses.ProjectStatus, self.status)

    @property
    def is_completed(self) -> bool:
        return self.known_status is statuses.ProjectStatus.COMPLETED

    @property
    def is_failed(self) -> bool:
        return self.known_status is statuses.ProjectStatus.FAILED

    @property
    def url(self) -> str | None:
        """What to play or fetch: the direct URL, else the download URL (contract row 19)."""
        return self.direct_url or self.download_url
