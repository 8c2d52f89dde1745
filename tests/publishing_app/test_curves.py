from __future__ import annotations

import datetime as dt

from publishing_app.curves import Chart, Line, add_up

T = [dt.datetime(2026, 1, day, tzinfo=dt.UTC) for day in (1, 2, 3, 4)]


def test_each_curve_is_carried_forward_from_its_last_measurement() -> None:
    curves = {"a": [(T[0], 10), (T[2], 30)], "b": [(T[1], 5), (T[2], 6)]}
    assert add_up(curves, {}) == [(T[0], 10), (T[1], 15), (T[2], 36)]
    assert add_up(curves, {"b": 4, "c": 100})[0] == (T[0], 114)


def test_lines_share_their_times_and_are_empty_before_they_begin() -> None:
    data = Chart([Line("a", [(T[0], 1), (T[2], 3)]), Line("b", [(T[1], 9)])]).data()
    assert [line["y"] for line in data["lines"]] == [[1, 1, 3], [None, 9, 9]]
    assert data["x"] == [at.timestamp() for at in T[:3]]


def test_the_drawing_goes_from_zero_to_the_top() -> None:
    chart = Chart([Line("a", [(T[0], 0), (T[1], 50), (T[3], 100)])])
    assert chart.paths() == ["M6.0 194.0L215.3 100.0L634.0 6.0"]
    assert not Chart([Line("a", [(T[0], 1)])]).is_drawable
