"""What is wrong with an answer."""


class WrongError(Exception):
    """The product answered otherwise than it must, too late or untruly. The text is what the report shows."""


def must(holds: bool, otherwise: str) -> None:
    """Raise WrongError unless it holds."""
    if not holds:
        raise WrongError(otherwise)
