"""Changes what an environment's smoke test consists of: each change is a version that stays."""

from environments.models import Environment
from portal.accounts.access import allow
from portal.accounts.models import User
from portal.audit.trail import audit
from portal.audit.verbs import Verb
from portal.lib.refusal import Invalid
from releases.models import SmokeTest, SmokeVersion
from releases.smoke import conceptlens
from releases.smoke.text import read, written

STANDARD = "standard"


def check_may(environment: Environment, user: User) -> None:
    """Refuse a person who may not change what is tested."""
    act = environment.act(Verb.SMOKE_TEST_CHANGED)
    allow(SmokeTest.can_edit(user), user, f"change the smoke test of {environment.slug}", act)


def save(environment: Environment, user: User, text: str, *, base: int, words: str) -> SmokeVersion:
    """Store the text as the next version, unless it cannot run or another came first."""
    check_may(environment, user)
    test = SmokeTest.objects.for_environment(environment)
    act = test.act(Verb.SMOKE_TEST_CHANGED)
    steps, problems = read(text)
    if problems:
        raise Invalid(f"The test cannot be used: {'; '.join(problems[:5])}.", act=act)
    if steps == test.steps:
        next_step = f"Version {test.number} stays."
        raise Invalid("Nothing was changed.", next_step=next_step, act=act)
    before = test.versions.get(number=test.number)
    made = test.change(steps, by=user, base=base, words=words.strip()[:200])
    detail = {
        "version": made.number,
        "steps": len(steps),
        "before": before.fingerprint,
        "after": made.fingerprint,
        "words": made.words,
    }
    audit(act, actor=user.actor, detail=detail)
    return made


def initial_text(test: SmokeTest, source: str) -> tuple[str, str]:
    """Return the editor's first text, and where it is from; "" for the test itself."""
    if source == STANDARD:
        return written(conceptlens.STEPS), "the standard test"
    if source.isdigit():
        version = (
            SmokeVersion.objects.select_related("test__environment")
            .filter(pk=int(source[:18]))
            .first()
        )
        if version is not None:
            return written(version.steps), f"{version} of {version.test.environment.slug}"
    other = (
        Environment.objects.filter(slug=source).exclude(pk=test.environment_id).first()
        if source
        else None
    )
    if other is not None:
        return written(SmokeTest.objects.for_environment(other).steps), f"the test of {other.slug}"
    return written(test.steps), ""
