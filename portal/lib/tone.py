"""The colour of a state: ok, warn, bad, busy or idle."""

_WORDS = {
    "ok": (
        "succeeded active available ok done live approved healthy resolved applied enabled "
        "instant nothing deployed passed success works sent"
    ),
    "warn": (
        "waiting needs_operator firing drift expired quick update acknowledged unknown stale "
        "degraded refused warning awaiting_approval compensated parked schedule attention "
        "retrying changes_frozen"
    ),
    "bad": (
        "failed open denied critical error unhealthy blocked replace takes_away refuse delete "
        "dead gone suspended failing"
    ),
    "busy": (
        "running queued creating updating provisioning cancelling compensating deploying "
        "create adopt requested applying not_applied"
    ),
}
_TONES = {word: tone for tone, words in _WORDS.items() for word in words.split()}


def tone(state: object) -> str:
    """Return the tone of a state, however it is written."""
    return _TONES.get(str(state).lower().replace(" ", "_"), "idle")
