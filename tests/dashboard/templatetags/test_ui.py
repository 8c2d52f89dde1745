from __future__ import annotations

import pytest
from django.template import engines
from hypothesis import given
from hypothesis import strategies as st

from dashboard.templatetags import ui
from dashboard.templatetags.states import LOOKS, look_of
from projects_app.models import Decision, ProjectState
from publishing_app.models import PublicationState


def draw(source: str, **context: object) -> str:
    """Rendered by the project's own engine: also proves that no {% load %} is needed."""
    return engines["django"].from_string(source).render(context)


def test_icon_is_hidden_from_screen_readers_and_cannot_take_the_focus() -> None:
    html = draw('{% icon "house" 16 "big" %}')
    assert html.startswith("<svg")
    assert 'class="icon big"' in html
    assert 'aria-hidden="true"' in html
    assert 'focusable="false"' in html
    assert 'width="16"' in html


@pytest.mark.parametrize("state", sorted(LOOKS))
def test_every_state_has_a_word_and_an_existing_icon(state: str) -> None:
    html = draw("{% status state %}", state=state)
    assert str(LOOKS[state].word) in html
    assert "<svg" in html
    assert f'data-tone="{LOOKS[state].tone}"' in html


@pytest.mark.parametrize("spelling", ["needs_you", "NEEDS-YOU", " Needs you "])
def test_states_are_known_in_any_spelling(spelling: str) -> None:
    assert look_of(spelling) == LOOKS["needs you"]


def test_a_providers_own_word_is_quoted_and_escaped() -> None:
    html = draw("{% status state %}", state="<b>Reticulating</b>")
    assert "“&lt;b&gt;Reticulating&lt;/b&gt;”" in html
    assert 'data-tone="odd"' in html


def test_no_state_at_all_is_an_unknown_outcome() -> None:
    assert look_of(None) == LOOKS["unknown"]
    assert look_of("") == LOOKS["unknown"]


@pytest.mark.parametrize("state", [*ProjectState, *PublicationState, *Decision])
def test_every_state_of_ours_has_a_word(state: str) -> None:
    assert look_of(state).tone != "odd"


def test_status_takes_another_word() -> None:
    assert "In the queue of Submagic" in draw('{% status "queued" "In the queue of Submagic" %}')


@pytest.mark.parametrize(
    ("total", "tone"), [(100, "high"), (75, "high"), (74, "mid"), (50, "mid"), (49, "low"), (0, "low"), (None, "none")]
)
def test_score_tones(total: int | None, tone: str) -> None:
    assert ui.score_tone(total) == tone


def test_score_says_its_numbers_in_words() -> None:
    html = draw("{% score 82 70 90 None 88 %}")
    assert 'aria-label="Score 82 of 100: Hook 90/100, Emotion 88/100, Shareability 70/100"' in html
    assert 'stroke-dasharray="82 100"' in html
    assert 'data-tone="high"' in html


def test_score_block_names_the_four_parts() -> None:
    html = draw('{% score 82 70 90 None 88 "block" %}')
    assert "<b>70</b>" in html
    assert "<b>–</b>" in html
    assert 'width="90"' in html


def test_sub_scores_out_of_25_fill_their_share_of_the_bar() -> None:
    badge = draw("{% score 80 22 25 24 9 scale=25 %}")
    assert "Hook 25/25, Story 24/25, Emotion 9/25, Shareability 22/25" in badge
    assert 'y="1" width="3.5" height="20" rx="1"/><rect class="score-bar-back"' in badge  # the full bar is full
    block = draw('{% score 80 22 25 24 9 "block" 25 %}')
    assert 'width="36"' in block
    assert "<b>9/25</b>" in block


def test_a_missing_score_is_a_dash_without_an_arc() -> None:
    html = draw("{% score None %}")
    assert ">–</text>" in html
    assert "score-arc" not in html
    assert "score-bars" not in html


@pytest.mark.parametrize("value", [-5, 140, "17.6", "much", float("inf"), True])
def test_score_never_leaves_its_scale(value: object) -> None:
    total = ui.score(value)["total"]
    assert total is None or (isinstance(total, int) and 0 <= total <= 100)


def test_drawings_carry_no_inline_style() -> None:
    html = draw('{% score 82 1 2 3 4 %}{% score 8 1 2 3 4 "block" %}{% sparkline v %}{% avatar "Ada" %}', v=[1, 2, 3])
    assert "style=" not in html


def test_sparkline_needs_two_numbers() -> None:
    assert ui.sparkline(None) == ""
    assert ui.sparkline([4]) == ""
    assert ui.sparkline([None, 4, None]) == ""
    assert "<svg" in ui.sparkline([4, 5])


def test_a_gap_in_the_numbers_is_a_gap_in_the_line() -> None:
    assert [len(run) for run in ui.spark_points([1, 2, None, 3], 96, 28)] == [2, 1]


def test_a_flat_line_runs_through_the_middle() -> None:
    assert {y for run in ui.spark_points([7, 7, 7], 96, 28) for _x, y in run} == {14}


@given(
    st.lists(st.one_of(st.none(), st.floats(min_value=-1e12, max_value=1e12)), max_size=40),
    st.integers(min_value=20, max_value=400),
)
def test_points_stay_inside_and_go_rightwards(values: list[float | None], width: int) -> None:
    points = [point for run in ui.spark_points(values, width, 28) for point in run]
    assert all(0 <= x <= width and 0 <= y <= 28 for x, y in points)
    assert [x for x, _y in points] == sorted(x for x, _y in points)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Ada Lovelace", "AL"),
        ("ada@example.com", "A"),
        ("ada.lovelace@example.com", "AL"),
        ("Anna Maria von Berg", "AB"),
        ("", "?"),
        ("(!)", "?"),
    ],
)
def test_initials(name: str, expected: str) -> None:
    assert ui.initials_of(name) == expected


def test_avatar_keeps_its_colour_and_escapes() -> None:
    assert ui.avatar("Ada Lovelace") == ui.avatar("ADA LOVELACE")
    assert "<script" not in ui.avatar("<script> x")


def test_current_entry_of_the_rail_is_marked() -> None:
    source = '{% nav_item "clips" "Clips" "clapperboard" "/clips/" %}{% nav_item "home" "Home" "house" "/" %}'
    html = draw(source, nav="clips")
    assert html.count('aria-current="page"') == 1
    assert 'href="/clips/" aria-current="page"' in html


def test_every_page_style_sheet_is_linked_once() -> None:
    names = ui.page_style_names()
    assert "css/pages/auth.css" in names
    assert names == sorted(set(names))
    assert ui.page_styles().count("<link") == len(names)


def test_first_template_takes_what_exists() -> None:
    html = draw('{% first_template "no/such.html" "components/sandbox.html" as found %}{% include found %}')
    assert "Sandbox" in html


def test_lookup_by_variable_forgives_a_missing_key() -> None:
    assert ui.get({"a": 1}, "a") == 1
    assert ui.get({"a": 1}, "b") == ""
    assert ui.get(None, "b") == ""


def test_clamp_gives_progress_a_number() -> None:
    assert [ui.clamp100(value) for value in (None, "", -3, 37.6, 250, "x")] == [0, 0, 0, 38, 100, 0]
