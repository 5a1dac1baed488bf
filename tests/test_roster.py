"""Who gets the next conversation, whatever comes."""

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.addons.omnichannel_inbox.roster import ALL, Need, Roster, Seat

# The same examples on every run, so that a red run stays red.
always = settings(derandomize=True, deadline=None, database=None)
TYPES = ("", "email", "chat")
TAGS = st.frozensets(st.integers(1, 3), max_size=2)


@st.composite
def seats(draw):
    """Some agents with limits, loads and skills."""
    return [
        Seat(
            user_id=number,
            turn=draw(st.integers(0, 20)),
            limits=draw(st.dictionaries(st.sampled_from((ALL, "email", "chat")), st.integers(0, 6))),
            loads=Counter(draw(st.dictionaries(st.sampled_from(TYPES), st.integers(0, 4)))),
            tags=draw(TAGS),
        )
        for number in range(1, draw(st.integers(1, 6)) + 1)
    ]


needs = st.lists(
    st.builds(
        Need,
        id=st.integers(1, 1000),
        channel_type=st.sampled_from(TYPES),
        tags=TAGS,
        last_user_id=st.integers(0, 6),
        owner_id=st.sampled_from((0, 0, 0, 1, 2)),
    ),
    max_size=30,
)
methods = st.sampled_from(("round_robin", "least_busy"))
matching = st.sampled_from(("no", "prefer", "require"))


@always
@given(seats(), needs, methods, matching)
def test_nobody_is_given_too_much_and_nobody_left_out(seats, needs, method, tags):
    roster = Roster(seats, method, tags)
    for need in needs:
        able = {
            seat.user_id
            for seat in seats
            if seat.user_id != need.owner_id
            and seat.has_room(need.channel_type)
            and (tags != "require" or need.tags <= seat.tags)
        }
        skilled = {seat.user_id for seat in seats if seat.user_id in able and need.tags <= seat.tags}
        user_id = roster.give(need)
        # It waits only if nobody can take it.
        assert bool(user_id) == bool(able)
        if able:
            assert user_id in able
        if need.last_user_id in able:
            assert user_id == need.last_user_id
        elif tags == "prefer" and skilled:
            assert user_id in skilled


@always
@given(st.integers(1, 8), st.integers(0, 60), st.integers(1, 20))
def test_in_turn_everybody_gets_as_many(people, conversations, batch):
    counts, turns = Counter(), {}
    for first in range(0, conversations, batch):
        roster = Roster([Seat(user, turn=turns.get(user, 0)) for user in range(1, people + 1)])
        for number in range(first, min(conversations, first + batch)):
            counts[roster.give(Need(number))] += 1
        turns = {user: seat.turn for user, seat in roster.seats.items()}
    given_to = [counts[user] for user in range(1, people + 1)]
    assert max(given_to) - min(given_to) <= 1
    assert sum(given_to) == conversations


def test_least_busy_fills_everybody_to_the_same_part():
    roster = Roster([Seat(1, limits={ALL: 10}), Seat(2, limits={ALL: 5}), Seat(3)], "least_busy")
    given_to = Counter(roster.give(Need(number)) for number in range(15))
    assert given_to == {1: 6, 2: 3, 3: 6}, "who has no limit counts as having the largest"


def test_what_is_passed_on_makes_room():
    roster = Roster([Seat(1, limits={ALL: 1}, loads=Counter({"": 1})), Seat(2)])
    assert roster.give(Need(1, owner_id=1)) == 2
    assert roster.give(Need(2)) == 1


def test_many_are_given_quickly():
    """The heap is looked through once, and not anew for each: ten thousand take well below a second."""
    looks = 0

    class Counting(Seat):
        def has_room(self, channel_type):
            nonlocal looks
            looks += 1
            return super().has_room(channel_type)

    roster = Roster([Counting(user, limits={ALL: 50}) for user in range(1, 101)], "least_busy")
    given_to = [roster.give(Need(number)) for number in range(10_000)]
    assert sum(map(bool, given_to)) == 5000
    assert looks <= 10_000
