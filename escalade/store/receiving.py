"""What the webhook receiver asks of the store."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from escalade.store import deliveries
from escalade.store.database import Database


class Receiving(Database):
    """The part of the store that keeps webhook deliveries; each method is one transaction."""

    def arrive(self, arrivals: Sequence[deliveries.Arrival], now: datetime) -> Sequence[bool]:
        """Keep webhook deliveries and make what they name due; says of each whether it is new."""
        with self.writing_many() as connection:
            return deliveries.arrive(connection, arrivals, now)

    def forget_deliveries(self, now: datetime) -> bool:
        """Forget some deliveries that no repeat is expected of any more; True = there are more of them."""
        with self.writing() as connection:
            return deliveries.forget(connection, now)

    def odd_deliveries(self, limit: int) -> Sequence[deliveries.OddDelivery]:
        """The newest deliveries that should have named a ticket and did not, the newest first."""
        with self.reading() as connection:
            return deliveries.odd(connection, limit)

    def odd_delivery(self, number: int) -> deliveries.OddDelivery | None:
        """The odd delivery with this id; None = it is not kept, or not any more."""
        with self.reading() as connection:
            return deliveries.odd_one(connection, number)
