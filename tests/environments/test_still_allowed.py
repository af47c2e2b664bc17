"""Before each call a job asks again whether the person behind it still may, tokens by their
owner.
"""

from types import SimpleNamespace

import pytest

from environments.jobs.plans import Apply, Destroy
from environments.jobs.regions import SubscribeRegion
from environments.jobs.vault import CancelDeletion, RotateKey
from portal.lib.refusal import Refused


@pytest.mark.parametrize("kind", [Apply, Destroy, SubscribeRegion, RotateKey, CancelDeletion])
@pytest.mark.parametrize("actor", ["user:{}", "token:{}/ci"])
def test_who_lost_the_role_is_refused_also_behind_a_token(dev, cast, kind, actor):
    kind().admit(SimpleNamespace(environment="dev", actor=actor.format(cast.admin.username)))
    with pytest.raises(Refused, match=f"{cast.auditor.username} may no longer change dev"):
        kind().admit(SimpleNamespace(environment="dev", actor=actor.format(cast.auditor.username)))
