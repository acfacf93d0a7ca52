"""Where media goes whose description names a host in place of an address. Source: RFC 8866 §5.7."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Final

from sipflow.base.errors import NameUnknown
from sipflow.base.sayings import Saying
from sipflow.net.resolver import Resolver

LIMIT_S: Final = 5.0
"""What one look-up may take."""

Found = Callable[[str | NameUnknown], None]
"""Told the address, or why there is none."""


class MediaNames:
    """Looks names up for the media of one call, one at a time: whatever a peer sends, no more is under way."""

    __slots__ = ("_is_busy", "_known", "_resolver", "_spawn", "_uses_ipv6", "_wanted")

    def __init__(
        self, resolver: Resolver, spawn: Callable[[Coroutine[Any, Any, None]], object], *, uses_ipv6: bool
    ) -> None:
        """`spawn` runs a look-up, and cuts it short where its owner is closed."""
        self._resolver = resolver
        self._spawn = spawn
        self._uses_ipv6 = uses_ipv6
        self._known = ("", "")
        """The last name with its address: it holds for the call."""
        self._wanted: tuple[str, Found] | None = None
        self._is_busy = False

    def find(self, host: str, found: Found) -> None:
        """Look a name up, in place of another one; `found` is called once, at once where the name is known already."""
        name, address = self._known
        if host == name:
            self._wanted = None
            found(address)
            return
        self._wanted = (host, found)
        if not self._is_busy:
            self._is_busy = True
            self._spawn(self._look_up())

    def forget(self) -> None:
        """What is under way is not wanted any more."""
        self._wanted = None

    async def _look_up(self) -> None:
        try:
            while (wanted := self._wanted) is not None:
                host, found = wanted
                answer = await self._ask(host)
                if self._wanted is wanted:
                    self._wanted = None
                    if isinstance(answer, str):
                        self._known = (host, answer)
                    found(answer)
        finally:
            self._is_busy = False

    async def _ask(self, host: str) -> str | NameUnknown:
        try:
            async with asyncio.timeout(LIMIT_S):
                return (await self._resolver.addresses(host, ipv6=self._uses_ipv6))[0]
        except TimeoutError:
            return NameUnknown(host, Saying.of("within", what=Saying.of("no-answer"), seconds=f"{LIMIT_S:g}"))
        except NameUnknown as error:
            return error
