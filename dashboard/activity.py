"""Audit rows as sentences for people. An upper app's verb without a sentence here is still readable."""

from __future__ import annotations

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from dashboard.models import AuditEvent, Role


class Line(NamedTuple):
    """`who` did `what`; `detail` is the part in quotes or numbers, `icon` a name of the icon set."""

    event: AuditEvent
    who: str
    what: str
    detail: str
    icon: str


WORDS: dict[str, str | Promise] = {
    "desk.restored": _("found that it works with a restored backup, and stopped sending"),
    "desk.goes_on": _("let the desk go on sending after a restored backup"),
    "webhook.closed_all": _("closed all webhook addresses given out so far"),
    "webhook.look_again": _("had a message of Submagic looked at again"),
    "webhook.not_confirmed": _("got three messages that were not true"),
    "team.created": _("made the team"),
    "team.renamed": _("renamed the team"),
    "media.added": _("added to the media library"),
    "media.cancelled": _("cancelled an entry of the media library"),
    "media.claimed": _("said which entry of the media library it is"),
    "media.found": _("found more in the media library at Submagic"),
    "media.given_up": _("left an entry of the media library as it is"),
    "media.outcome_unknown": _("lost Submagic’s answer about the media library and is checking"),
    "media.refused": _("could not add to the media library"),
    "media.removed": _("took an entry off the media library’s list"),
    "media.sent_again": _("sent an entry of the media library again"),
    "member.joined": _("joined the team"),
    "member.left": _("left the team"),
    "member.removed": _("removed a member"),
    "member.role_changed": _("changed a role"),
    "invitation.made": _("invited somebody"),
    "invitation.renewed": _("renewed an invitation"),
    "invitation.revoked": _("took an invitation back"),
    "api_key.added": _("added an API key"),
    "api_key.replaced": _("replaced an API key"),
    "api_key.removed": _("removed an API key"),
    "api_key.refused": _("found that a provider refuses an API key"),
    "api_key.sees_nothing": _("found that an API key sees none of the team's projects any more"),
    "api_key.works_again": _("found that an API key works again"),
    "api_key.made_default": _("made an API key the default"),
    "call.create_project": _("asked Submagic for captions"),
    "call.create_magic_clips": _("asked Submagic for Magic Clips"),
    "call.upload_project": _("began to send a video to Submagic"),
    "call.upload_magic_clips": _("began to send a video to Submagic for Magic Clips"),
    "call.export": _("asked Submagic for an export"),
    "call.update": _("asked Submagic to change a video"),
    "call.create_media": _("asked Submagic to fetch media for the library"),
    "call.upload_media": _("began to send a file to the media library"),
    "call.publish": _("asked Submagic to publish"),
    "call.render_slideshow": _("asked Picovico for a film"),
    "call.accepted": _("handed it over, and the provider accepted"),
    "call.rejected": _("was refused by the provider"),
    "call.cannot": _("could not send a request any more"),
    "call.abandoned": _("gave a request up"),
    "call.appeared_later": _("found that a request given up reached the provider after all"),
    "archive.asked": _("wanted a video kept in the archive"),
    "archive.failed": _("could not keep a video in the archive"),
    "archive.kept": _("kept a video in the archive"),
    "archive.lost": _("missed a kept video on its disk and fetches it again"),
    "archive.removed": _("took a video out of the archive"),
    "archive.wish_changed": _("changed what is kept by itself"),
    "clip.approved": _("approved a clip"),
    "clip.rejected": _("rejected a clip"),
    "clip.reset": _("took a decision on a clip back"),
    "preset.deleted": _("deleted a preset"),
    "preset.renamed": _("renamed a preset"),
    "preset.replaced": _("changed a preset"),
    "preset.saved": _("saved a preset"),
    "project.created": _("made a project"),
    "project.delete_asked": _("asked the provider to delete the video"),
    "project.delete_unanswered": _("lost the provider’s answer to a deletion"),
    "project.deleted": _("found the video deleted at its provider"),
    "project.ready": _("found the project ready"),
    "project.failed": _("found that the project failed"),
    "project.refused": _("could not start the project"),
    "project.needs_you": _("needs a person to go on"),
    "project.missing": _("does not find the project at its provider any more"),
    "project.outcome_unknown": _("lost Submagic’s answer and is checking"),
    "project.claimed": _("said which Submagic project it is"),
    "project.change_asked": _("changed the video’s settings"),
    "project.change_left": _("left a change as it is"),
    "project.change_seen": _("said that a change reached Submagic"),
    "project.change_sent_again": _("sent a change again"),
    "project.export_asked": _("asked for an export"),
    "project.export_left": _("left an export as it is"),
    "project.export_seen": _("said that an export began"),
    "project.export_sent_again": _("asked for an export again"),
    "project.key_changed": _("follows a project with another key, as its own was removed"),
    "project.imported": _("took up a project that was made elsewhere"),
    "project.opened_clip": _("opened a clip as a project"),
    "project.given_up": _("gave a project up"),
    "project.sent_again": _("sent a project again"),
    "publication.asked": _("published"),
    "publication.changed": _("changed a scheduled post"),
    "publication.left": _("left a post as it is"),
    "publication.missed": _("held a post back that was too late"),
    "publication.appeared_later": _("found a post at Submagic that had been given up"),
    "publication.held": _("held a post back that may not go out"),
    "publication.sent_late": _("had a late post sent"),
    "publication.taken_back": _("took a post back before it was sent"),
    "publication.linked": _("linked a post"),
    "publication.scheduled": _("scheduled a post"),
    "publication.sent_again": _("sent a post again"),
    "publication.sent_now": _("sent a scheduled post early, or after its time"),
    "webhook.key_address_made": _("made an address for a provider’s messages"),
    "webhook.key_address_closed": _("closed the address for a provider’s messages"),
    "webhook.key_secret_set": _("entered the secret of a provider’s messages"),
    "slideshow.render_asked": _("asked for a slideshow’s film"),
    "slideshow.render_seen": _("said that a film is being made"),
    "slideshow.render_again": _("asked for a film again"),
    "slideshow.render_left": _("left a film as it is"),
    "slideshow.saved": _("changed a slideshow"),
    "slideshow.photo_added": _("sent a photo to Picovico"),
    "slideshow.save_lost": _("lost Picovico’s answer to a change of a slideshow"),
    "slideshow.photo_lost": _("lost Picovico’s answer about a photo"),
    "slideshow.started": _("began a slideshow"),
    "upload.cancelled": _("cancelled an upload"),
    "upload.damaged": _("lost part of a file on its disk"),
    "upload.opened": _("began an upload"),
}
ICONS = {
    "api_key": "key-round",
    "archive": "archive",
    "call": "arrow-up-from-line",
    "clip": "clapperboard",
    "desk": "database-backup",
    "invitation": "mail",
    "media": "images",
    "member": "user-round",
    "preset": "bookmark",
    "project": "folder-kanban",
    "publication": "send",
    "slideshow": "film",
    "team": "users-round",
    "upload": "cloud-upload",
    "webhook": "webhook",
}
# What of an event's data a reader wants to see, the first that is there.
SHOWN = ("title", "label", "person", "email", "name", "new", "problem")


def line(event: AuditEvent) -> Line:
    noun = event.verb.partition(".")[0]
    who = str(event.actor) if event.actor else str(_("The desk"))
    what = str(WORDS.get(event.verb) or event.verb.replace(".", ": ").replace("_", " "))
    return Line(event, who, what, _detail(event), ICONS.get(noun, "circle-dot"))


def _detail(event: AuditEvent) -> str:
    data = event.data
    if event.verb == "member.role_changed":
        return f"{data.get('person', '')}: {_role(data.get('old'))} → {_role(data.get('new'))}"
    if event.verb == "api_key.replaced":
        return f"{data.get('label', '')} (…{data.get('old', '')} → …{data.get('new', '')})"
    found = next((str(data[name]) for name in SHOWN if data.get(name)), "")
    return f"{found} (…{data['last4']})" if found and data.get("last4") else found


def _role(value: object) -> str:
    return str(Role(value).label) if value in Role.values else str(value or "")
