"""Changes what an environment's smoke test consists of: each change is a version that stays."""

from typing import Any

from environments.models import Environment
from portal.accounts.access import allow
from portal.audit.trail import record
from portal.audit.verbs import Verb
from portal.lib.refusal import Invalid
from releases.models import SmokeTest, SmokeVersion
from releases.smoke import conceptlens
from releases.smoke.text import read, written

STANDARD = "standard"


def check_may(environment: Environment, user: Any) -> None:
    """Refuse who may not change what is tested."""
    act = f"change the smoke test of {environment.slug}"
    allow(SmokeTest.can_edit(user), user, act, verb=Verb.SMOKE_TEST_CHANGED, environment=environment.slug)


def save(environment: Environment, user: Any, text: str, *, base: int, words: str) -> SmokeVersion:
    """Make the text the test's next version; refuse it by step and field when it cannot run, or when another came first."""
    check_may(environment, user)
    about = {"subject": f"smoke_test:{environment.slug}", "environment": environment.slug}
    verb = Verb.SMOKE_TEST_CHANGED
    steps, problems = read(text)
    if problems:
        raise Invalid(f"The test cannot be used: {'; '.join(problems[:5])}.", verb=verb, **about)
    test = SmokeTest.objects.for_environment(environment)
    if steps == test.steps:
        raise Invalid("Nothing was changed.", next_step=f"Version {test.number} stays.", verb=verb, **about)
    before = test.versions.get(number=test.number)
    made = test.change(steps, by=user, base=base, words=words.strip()[:200])
    detail = {"version": made.number, "steps": len(steps), "before": before.fingerprint, "after": made.fingerprint}
    record(verb, actor=user.actor, detail={**detail, "words": made.words}, subject=about["subject"], environment=environment.slug)
    return made


def beginning(test: SmokeTest, source: str) -> tuple[str, str]:
    """Return the text that the editor begins with, and where it is from; nothing when it is the test itself."""
    if source == STANDARD:
        return written(conceptlens.STEPS), "the standard test"
    if source.isdigit():
        version = SmokeVersion.objects.select_related("test__environment").filter(pk=int(source[:18])).first()
        if version is not None:
            return written(version.steps), f"{version} of {version.test.environment.slug}"
    other = Environment.objects.filter(slug=source).exclude(pk=test.environment_id).first() if source else None
    if other is not None:
        return written(SmokeTest.objects.for_environment(other).steps), f"the test of {other.slug}"
    return written(test.steps), ""
