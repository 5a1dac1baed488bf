"""Who gets the next conversation. Pure Python: no record, no database, no clock."""

from collections import Counter
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush

ALL = ""  # the channel type of a limit that is about all of them together


@dataclass(frozen=True)
class Need:
    """A conversation that somebody is to have."""

    id: int
    channel_type: str = ""
    tags: frozenset = frozenset()  # those of its tags that are somebody's skill
    lang: str = ""
    last_user_id: int = 0  # who served this customer before, if they are to come first
    owner_id: int = 0  # who has it now and is not to get it again


@dataclass
class Seat:
    """An agent who may be given something now."""

    user_id: int
    turn: int = 0
    limits: dict = field(default_factory=dict)  # {channel type or ALL: how many at most}
    loads: Counter = field(default_factory=Counter)  # {channel type: how many they have}
    tags: frozenset = frozenset()
    langs: frozenset = frozenset()  # empty: nobody said which ones

    @property
    def load(self):
        """How many conversations they have, on whatever channel."""
        return self.loads.total()

    @property
    def is_full(self):
        """Whether they can get nothing at all any more."""
        return ALL in self.limits and self.load >= self.limits[ALL]

    def has_room(self, channel_type):
        """Whether one more conversation of that channel is within their limits."""
        limit = self.limits.get(channel_type) if channel_type else None
        return not self.is_full and (limit is None or self.loads[channel_type] < limit)


class Roster:
    """Hands out conversations one after the other, keeping to limits, skills and the team's method.

    Agents wait in a heap, whoever is next on top, so that a batch costs about as much as it is long: who
    is full leaves the heap, and who does not fit one conversation is put back for the next.

    :param seats: list of :class:`Seat`
    :param method: ``round_robin`` (whoever waited longest) or ``least_busy`` (whoever has most room)
    :param tags, langs: ``no``, ``prefer`` or ``require``: whether an agent needs a conversation's tags
        and language
    """

    def __init__(self, seats, method="round_robin", tags="no", langs="no"):
        self.seats = {seat.user_id: seat for seat in seats}
        self.method, self.tags, self.langs = method, tags, langs
        # Who has no limit counts as having the largest of the others'.
        self.usual_limit = max([1, *(seat.limits[ALL] for seat in seats if ALL in seat.limits)])
        self.turn = max((seat.turn for seat in seats), default=0)
        self.heap = [self._entry(seat) for seat in seats]
        heapify(self.heap)

    def _entry(self, seat):
        busy = 0
        if self.method == "least_busy":
            busy = seat.load / (seat.limits.get(ALL) or self.usual_limit)
        return busy, seat.turn, seat.user_id

    def give(self, need):
        """The user who gets it, or 0 if nobody can take it."""
        seat = self._last(need) or self._next(need, is_strict=True)
        if not seat and "prefer" in (self.tags, self.langs):
            seat = self._next(need, is_strict=False)
        if not seat:
            return 0
        self.turn += 1
        seat.turn = self.turn
        seat.loads[need.channel_type] += 1
        heappush(self.heap, self._entry(seat))
        if owner := self.seats.get(need.owner_id):
            owner.loads[need.channel_type] -= 1
            heappush(self.heap, self._entry(owner))
        return seat.user_id

    def _last(self, need):
        """Who served the customer before, if they can take it."""
        seat = self.seats.get(need.last_user_id)
        return seat if seat and self._fits(seat, need, is_strict=False) else None

    def _next(self, need, is_strict):
        """Whoever is next and fits; taken from the heap."""
        passed, found = [], None
        while self.heap and not found:
            entry = heappop(self.heap)
            seat = self.seats[entry[2]]
            if entry != self._entry(seat) or seat.is_full:
                # Out of date: a newer entry is in the heap, or comes with the next that they give away.
                continue
            if self._fits(seat, need, is_strict):
                found = seat
            else:
                passed.append(entry)
        for entry in passed:
            heappush(self.heap, entry)
        return found

    def _fits(self, seat, need, is_strict):
        """:param is_strict: whether what is preferred counts as needed"""
        needed = ("require", "prefer") if is_strict else ("require",)
        return (
            seat.user_id != need.owner_id
            and seat.has_room(need.channel_type)
            and (self.tags not in needed or need.tags <= seat.tags)
            and (self.langs not in needed or not need.lang or not seat.langs or need.lang in seat.langs)
        )
