"""When a window is open: by weeks, by years, once; on both nights on which the wall clock jumps."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from releases.approvals.windows import DAYS, Window, coming, free_from, frozen_at, problems

WEEKEND = Window("weekend", "weekly", "Fri 16:00", "Mon 08:00", "Europe/Berlin")
HOLIDAYS = Window("holidays", "yearly", "12-20 16:00", "01-07 08:00", "Europe/Berlin")
AUDIT = Window("audit", "once", "2026-11-24 00:00", "2026-11-26 00:00", "America/New_York")


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("window", "at", "is_open"),
    [
        (WEEKEND, "2026-11-20 14:59:59", False),  # Friday 15:59:59 in Berlin, winter time
        (WEEKEND, "2026-11-20 15:00", True),
        (WEEKEND, "2026-11-22 12:00", True),
        (WEEKEND, "2026-11-23 06:59:59", True),
        (WEEKEND, "2026-11-23 07:00", False),  # the end is outside
        (WEEKEND, "2026-07-03 14:00", True),  # summer time: an hour earlier in UTC
        (WEEKEND, "2026-07-03 13:59", False),
        (HOLIDAYS, "2026-12-20 15:00", True),
        (HOLIDAYS, "2027-01-01 00:00", True),  # over the turn of the year
        (HOLIDAYS, "2027-01-07 07:00", False),
        (HOLIDAYS, "2026-12-20 14:59", False),
        (AUDIT, "2026-11-24 05:00", True),
        (AUDIT, "2026-11-24 04:59", False),
        (AUDIT, "2026-11-26 05:00", False),
        (AUDIT, "2027-11-24 05:00", False),  # once is once
    ],
)
def test_a_window_is_open_by_the_clock_of_its_place(window, at, is_open):
    assert bool(frozen_at([window], utc(at))) is is_open


@pytest.mark.parametrize(
    ("starts", "ends", "opens", "closes"),
    [  # Berlin: 2026-03-29 02:00 becomes 03:00; 2026-10-25 03:00 becomes 02:00 again
        (
            "2026-03-29 02:30",
            "2026-03-29 05:00",
            "2026-03-29 00:30",
            "2026-03-29 03:00",
        ),  # skipped: opens early
        (
            "2026-03-28 20:00",
            "2026-03-29 02:30",
            "2026-03-28 19:00",
            "2026-03-29 01:30",
        ),  # skipped: closes late
        (
            "2026-03-29 02:10",
            "2026-03-29 02:20",
            "2026-03-29 00:10",
            "2026-03-29 01:20",
        ),  # a window of skipped times
        (
            "2026-10-25 02:30",
            "2026-10-25 05:00",
            "2026-10-25 00:30",
            "2026-10-25 04:00",
        ),  # shown twice: opens at the first
        (
            "2026-10-24 20:00",
            "2026-10-25 02:30",
            "2026-10-24 18:00",
            "2026-10-25 01:30",
        ),  # shown twice: closes at the second
    ],
)
def test_the_nights_of_the_change_count_for_the_window(starts, ends, opens, closes):
    found = coming(Window("x", "once", starts, ends, "Europe/Berlin"), utc("2026-01-01"))
    assert [(one.start, one.end) for one in found] == [(utc(opens), utc(closes))]


def test_the_next_three_are_told_the_open_one_first():
    found = coming(WEEKEND, utc("2026-11-22 12:00"))
    assert [one.start for one in found] == [
        utc("2026-11-20 15:00"),
        utc("2026-11-27 15:00"),
        utc("2026-12-04 15:00"),
    ]
    assert len(coming(AUDIT, utc("2026-01-01"))) == 1 and coming(AUDIT, utc("2027-01-01")) == []


def test_windows_that_follow_one_another_are_one_freeze():
    after = Window("stocktaking", "once", "2026-11-23 08:00", "2026-11-23 12:00", "Europe/Berlin")
    assert free_from([WEEKEND, after], utc("2026-11-22")) == utc("2026-11-23 11:00")
    assert free_from([WEEKEND], utc("2026-11-24")) == utc("2026-11-24")


def test_the_one_that_lasts_longest_is_named():
    longer = Window("longer", "once", "2026-11-21 00:00", "2026-11-30 00:00", "UTC")
    assert frozen_at([WEEKEND, longer], utc("2026-11-22")).name == "longer"


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"zone": "Mars/Olympus"}, "zone", "not a time zone"),
        ({"zone": "../etc/passwd"}, "zone", "not a time zone"),
        ({"zone": ""}, "zone", "not a time zone"),
        ({"starts": "Friday 16:00"}, "starts", "such as Fri 16:00"),
        ({"starts": "Fri 24:00"}, "starts", "not a valid date and time"),
        ({"ends": "Fri 16:00"}, "ends", "at the time"),
        (
            {"repeats": "yearly", "starts": "02-29 10:00", "ends": "03-05 10:00"},
            "starts",
            "not come every year",
        ),
        (
            {"repeats": "yearly", "starts": "04-31 10:00", "ends": "05-05 10:00"},
            "starts",
            "not a valid date and time",
        ),
        (
            {"repeats": "once", "starts": "2026-12-24 10:00", "ends": "2026-12-23 10:00"},
            "ends",
            "after it starts",
        ),
        (
            {"repeats": "once", "starts": "12-24 10:00", "ends": "2026-12-23 10:00"},
            "starts",
            "such as 2026-12-20",
        ),
    ],
)
def test_what_cannot_be_a_window_is_named_by_field(fields, field, words):
    given = {
        "name": "x",
        "repeats": "weekly",
        "starts": "Fri 16:00",
        "ends": "Mon 08:00",
        "zone": "Europe/Berlin",
    }
    found = problems(Window(**{**given, **fields}))
    assert list(found) == [field] and words in found[field]


clocks = st.builds("{:02d}:{:02d}".format, st.integers(0, 23), st.integers(0, 59))
weekly = st.builds("{} {}".format, st.sampled_from(DAYS), clocks)
zones = st.sampled_from(
    [
        "Europe/Berlin",
        "America/New_York",
        "Australia/Lord_Howe",
        "Asia/Kolkata",
        "UTC",
        "America/Sao_Paulo",
    ]
)
near_changes = st.one_of(
    st.datetimes(datetime(2026, 3, 6), datetime(2026, 4, 8)),
    st.datetimes(datetime(2026, 9, 28), datetime(2026, 11, 5)),
    st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)),
).map(lambda at: at.replace(tzinfo=UTC, microsecond=0))


def since_monday(text):
    day, clock = text.split()
    return DAYS.index(day) * 1440 + int(clock[:2]) * 60 + int(clock[3:])


@given(starts=weekly, ends=weekly, zone=zones, at=near_changes)
def test_away_from_its_edges_a_weekly_window_is_what_the_wall_clock_says(starts, ends, zone, at):
    begin, end = since_monday(starts), since_monday(ends)
    wall = at.astimezone(ZoneInfo(zone))
    minute = wall.weekday() * 1440 + wall.hour * 60 + wall.minute
    if begin == end or min(abs(minute - edge) % 10080 for edge in (begin, end)) < 130:
        return
    if max((minute - edge) % 10080 for edge in (begin, end)) > 10080 - 130:
        return
    expected = begin <= minute < end if begin < end else minute >= begin or minute < end
    assert bool(frozen_at([Window("x", "weekly", starts, ends, zone)], at)) is expected


@given(starts=weekly, ends=weekly, zone=zones, at=near_changes)
def test_every_occurrence_is_open_from_its_start_to_just_before_its_end(starts, ends, zone, at):
    window = Window("x", "weekly", starts, ends, zone)
    if problems(window):
        return
    first, second, _ = coming(window, at)
    assert at < first.end and first.start < first.end <= second.end and first.start < second.start
    second_long = timedelta(seconds=1)
    assert frozen_at([window], first.start) and frozen_at([window], first.end - second_long)
    if first.end < second.start:
        assert (
            frozen_at([window], first.end) is None
            and frozen_at([window], second.start - second_long) is None
        )
    wall = first.start.astimezone(ZoneInfo(zone))
    back = (
        wall.replace(tzinfo=None)
        - datetime(wall.year, wall.month, wall.day)
        + timedelta(days=wall.weekday())
    )
    assert abs(back - timedelta(minutes=since_monday(starts))) in (
        timedelta(0),
        timedelta(hours=1),
        timedelta(minutes=30),
    )
