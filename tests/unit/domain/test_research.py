"""Every line that is exported for research is shared by ``k`` people, or isn't exported (KAG-8.2)."""

from __future__ import annotations

from collections import Counter
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from handoff.domain.research import MOST_LEFT_OUT, ResearchRecord, anonymous, marks

records = st.builds(
    ResearchRecord,
    month=st.dates(date(2025, 4, 1), date(2027, 3, 1)).map(lambda day: day.replace(day=1)),
    channel=st.sampled_from(["line", "web"]),
    school_type=st.sampled_from(["中学校", "高校", None]),
    grade=st.sampled_from(["中1", "中2", "高1", "not_asked"]),
    gender=st.sampled_from(["male", "female", "not_asked"]),
    topic=st.sampled_from(["bullying", "family", None]),
    level=st.sampled_from(["none", "high", None]),
    outcome=st.just("done"),
    exchanges=st.sampled_from([1, 5, None]),
)


@given(st.lists(records, max_size=80), st.integers(3, 8))
def test_every_combination_is_shared_or_nothing_is_given(found: list[ResearchRecord], group: int) -> None:
    table = anonymous(found, group)
    if table is None:
        years = Counter(one.month.year - (one.month.month < 4) for one in found)
        alone = sum(count for count in years.values() if count < group)
        assert alone > MOST_LEFT_OUT * len(found) or not found, "even by years alone somebody would stand out"
        return
    assert min(Counter(map(marks, table.records)).values()) >= group
    assert len(table.records) + table.left_out == len(found) and table.left_out <= MOST_LEFT_OUT * len(found)


def test_the_finest_table_that_hides_everybody_is_taken() -> None:
    one = ResearchRecord(date(2026, 5, 1), "line", "中学校", "中1", "female", "bullying", "high", "done", 5)
    same = anonymous([one] * 5, 5)
    assert same is not None and same.period == "month" and same.records[0] == one
    months = [ResearchRecord(**{**as_dict(one), "month": date(2026, month, 1)}) for month in (4, 5, 6, 4, 5)]
    quarter = anonymous(months, 5)
    assert quarter is not None and quarter.period == "quarter" and quarter.records[0].month == date(2026, 4, 1)
    spread = [ResearchRecord(**{**as_dict(one), "month": date(2026, month, 1)}) for month in (4, 8, 12)]
    winter = ResearchRecord(**{**as_dict(one), "month": date(2027, 2, 1)})
    year = anonymous([*spread, *spread, winter], 5)
    assert year is not None and year.period == "year" and {row.month for row in year.records} == {date(2026, 4, 1)}
    assert anonymous([one] * 4, 5) is None


def as_dict(one: ResearchRecord) -> dict[str, object]:
    return {name: getattr(one, name) for name in ResearchRecord.__dataclass_fields__}
