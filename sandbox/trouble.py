"""What keeps the sandbox from starting, in one line that says what to do."""


class Trouble(Exception):
    """Something that a person has to decide; nothing was changed."""


class BrokenData(Trouble):
    """A data folder is half-written or of another version; nothing in it was touched."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"{what}. `make reset` moves the sandbox's data aside (it destroys nothing); then run"
            " again."
        )
