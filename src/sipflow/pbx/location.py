"""The location service: where users can be reached. Source: RFC 3261 §10."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sipflow.sip.address import NameAddr
from sipflow.sip.flow import Flow

MAX_USERS: Final = 10_000
MAX_BINDINGS: Final = 20
"""Of one user."""


@dataclass(frozen=True, slots=True)
class Binding:
    """One contact of a user."""

    contact: NameAddr
    """As it was registered, without `expires`."""
    expires_at: float
    call_id: str
    cseq: int
    flow: Flow
    """By which its REGISTER came."""
    path: tuple[str, ...] = ()
    """The proxies on the way to it, nearest first, as Route values. Source: RFC 3327 §5.3."""
    instance: str = ""
    """`+sip.instance` and `reg-id` of a contact that is reached by its own flow alone. Source: RFC 5626 §6."""

    @property
    def q(self) -> float:
        """How much it is preferred, 0 to 1. Source: RFC 3261 §20.10: without a value, 1."""
        text = self.contact.param("q")
        try:
            return min(max(float(text), 0.0), 1.0) if text else 1.0
        except ValueError:
            return 1.0

    def matches(self, contact: NameAddr, instance: str) -> bool:
        """Whether a contact is this one: by instance where both have one, else by its URI.

        Source: RFC 3261 §10.2.4, RFC 5626 §6.
        """
        if instance or self.instance:
            return instance == self.instance
        return self.contact.uri.matches(contact.uri)


class Location:
    """The bindings of all users, in memory and bounded. A user is named by the user part of its address of record."""

    def __init__(self, max_users: int = MAX_USERS) -> None:
        self._max_users = max_users
        self._users: dict[str, tuple[Binding, ...]] = {}

    def __len__(self) -> int:
        """How many users have ever registered, and are remembered."""
        return len(self._users)

    def bindings(self, user: str, now: float) -> tuple[Binding, ...]:
        """What has not expired, the most preferred first, among equals the latest."""
        return tuple(
            sorted(
                (binding for binding in self._users.get(user, ()) if binding.expires_at > now),
                key=lambda binding: (-binding.q, -binding.expires_at),
            )
        )

    def knows(self, user: str) -> bool:
        """Whether the user has ever registered."""
        return user in self._users

    def has_room(self, user: str, now: float) -> bool:
        """Whether the user can be stored; users whose bindings have all expired make room."""
        if user in self._users or len(self._users) < self._max_users:
            return True
        self._users = {
            name: kept
            for name, bindings in self._users.items()
            if (kept := tuple(binding for binding in bindings if binding.expires_at > now))
        }
        return len(self._users) < self._max_users

    def replace(self, user: str, bindings: tuple[Binding, ...]) -> None:
        """These are the user's bindings from now on."""
        self._users[user] = bindings
