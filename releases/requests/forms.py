"""The form that asks for a release."""

from django import forms

from releases.models.release import ALEMBIC, GIT_SHA, VERSION


class RequestForm(forms.Form):
    """What a person gives; the images are picked from what the repositories really hold."""

    version = forms.CharField(max_length=60, validators=[VERSION], help_text="How people will call it, for example 1.5.0.")
    git_sha = forms.CharField(
        label="Git commit", min_length=7, max_length=40, validators=[GIT_SHA], help_text="7 to 40 hexadecimal digits."
    )
    alembic_head = forms.CharField(
        required=False,
        label="Expected Alembic head",
        max_length=64,
        validators=[ALEMBIC],
        help_text="As “alembic heads” prints it; empty when the database stays as it is.",
    )
    notes = forms.CharField(
        required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 3}), help_text="What changes; approvers read it."
    )
    api_digest = forms.CharField(max_length=71, error_messages={"required": "Pick an API image."}, widget=forms.HiddenInput)
    worker_digest = forms.CharField(max_length=71, error_messages={"required": "Pick a worker image."}, widget=forms.HiddenInput)
    bundle = forms.CharField(required=False, max_length=71, widget=forms.HiddenInput)

    def visible(self) -> list[forms.BoundField]:
        """Return the fields that are typed; images and bundles are picked in tables."""
        return [self[name] for name in ("version", "git_sha", "alembic_head", "notes")]
