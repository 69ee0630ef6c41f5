# pymirage: hot
"""Fields as octets, for those that are sent again and again."""

from typing import Final, final


@final
class Lines:
    """What `writer.keep` has made of fields. dated: a Date is among them; closes: `connection: close` was."""

    def __init__(self, octets: bytes, dated: bool, closes: bool) -> None:
        self.octets: Final = octets
        self.dated: Final = dated
        self.closes: Final = closes
