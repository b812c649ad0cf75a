"""The order of a node's messages: numbers from 0 to 255 and round again, and what is done where one is missing.

A message that comes too early waits for those before it, so long as the reorder time says; then the missing ones are
given up. A message that comes again is a repetition, unless it is one of those that were given up.
"""

from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

M = TypeVar("M")

_ROUND: Final = 256
_HALF: Final = 128


@dataclass(slots=True)
class Sequence(Generic[M]):
    """Puts messages in order.

    Parameters
    ----------
    tolerance_ns
        How long a missing message is waited for.
    expected
        The number that comes next.
    repeated
        How many messages were dropped because they had been here before.
    """

    tolerance_ns: int
    expected: int = 0
    repeated: int = 0
    _waiting: dict[int, M] = field(default_factory=dict)
    _since_ns: int = 0
    _given_up: set[int] = field(default_factory=set)

    def begin(self, number: int) -> None:
        """Start anew behind a birth with this number; what waited is forgotten."""
        self.expected = (number + 1) % _ROUND
        self._waiting.clear()
        self._given_up.clear()

    def offer(self, number: int, message: M, now_ns: int) -> list[M]:
        """Take a message; gives those that are now in order.

        Examples
        --------
        >>> line = Sequence(tolerance_ns=10)
        >>> line.begin(254)
        >>> line.offer(0, "second", 1), line.offer(255, "first", 2), line.offer(255, "first", 3)
        ([], ['first', 'second'], [])
        """
        ahead = (number - self.expected) % _ROUND
        if ahead >= _HALF:
            if number in self._given_up:
                self._given_up.discard(number)
                return [message]
            self.repeated += 1
            return []
        if ahead:
            if number in self._waiting:
                self.repeated += 1
            else:
                self._since_ns = self._since_ns if self._waiting else now_ns
                self._waiting[number] = message
            return []
        return [message, *self._following(number)]

    def give_up(self, now_ns: int) -> tuple[int, list[M]]:
        """Where the time is over: how many messages are missing, and those that are in order without them.

        Examples
        --------
        >>> line = Sequence(tolerance_ns=10)
        >>> line.offer(2, "third", 0), line.give_up(9), line.give_up(10)
        ([], (0, []), (2, ['third']))
        """
        if not self._waiting or now_ns - self._since_ns < self.tolerance_ns:
            return 0, []
        first = min(self._waiting, key=lambda number: (number - self.expected) % _ROUND)
        missing = (first - self.expected) % _ROUND
        self._given_up = {(self.expected + k) % _ROUND for k in range(missing)}
        message = self._waiting.pop(first)
        ready = [message, *self._following(first)]
        self._since_ns = now_ns
        return missing, ready

    def is_behind(self, number: int) -> bool:
        """Whether a message with this number would be a repetition."""
        return (number - self.expected) % _ROUND >= _HALF and number not in self._given_up

    def skip_to(self, number: int, message: M) -> list[M]:
        """Go on from a message whose number fits nothing; gives what waited, and the message."""
        waited = sorted(self._waiting.items(), key=lambda item: (item[0] - self.expected) % _ROUND)
        self.begin(number)
        return [*(one for _, one in waited), message]

    @property
    def is_waiting(self) -> bool:
        """Whether a message is missing."""
        return bool(self._waiting)

    def _following(self, number: int) -> list[M]:
        ready = []
        self.expected = (number + 1) % _ROUND
        self._given_up.discard(number)  # it is a round later
        while self.expected in self._waiting:
            ready.append(self._waiting.pop(self.expected))
            self.expected = (self.expected + 1) % _ROUND
        return ready
