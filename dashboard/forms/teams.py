from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from dashboard.models import ROLE_HELP, Membership, Role, Team


class TeamForm(forms.Form):
    name = forms.CharField(label=_("Team name"), max_length=80)


def roles_for(actor: Membership) -> list[tuple[str, Any]]:
    """What this person may hand out: everything below owner, and owner only by an owner."""
    return [(role.value, role.label) for role in Role if role != Role.OWNER or actor.role == Role.OWNER]


class RoleForm(forms.Form):
    def __init__(self, *args: Any, actor: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"] = forms.ChoiceField(label=_("Role"), choices=roles_for(actor))

    @property
    def chosen_role(self) -> Role:
        return Role(self.cleaned_data["role"])


class InvitationForm(RoleForm):
    email = forms.EmailField(
        label=_("E-mail address"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )

    def __init__(self, *args: Any, team: Team, actor: Membership, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"role": Role.EDITOR.value})
        super().__init__(*args, actor=actor, **kwargs)
        self.team = team
        self.order_fields(["email", "role"])
        self.role_help = [(label, ROLE_HELP[Role(value)]) for value, label in roles_for(actor)]

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"]).lower()
        if Membership.objects.filter(team=self.team, user__email__iexact=email).exists():
            raise ValidationError(_("This person is in the team already."))
        return email
