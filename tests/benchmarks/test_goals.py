from benchmarks.goals import goals
from benchmarks.results import Row, markdown, ratio, spread
from benchmarks.speed import BARE


def _row(contestant: str, *repeats: float, part: str = "tag", unit: str = "words/s", **more) -> Row:
    return Row(part, "2 threads", contestant, unit, repeats, **more)


def test_ratios_are_taken_round_by_round_so_that_a_slow_round_does_not_decide():
    slowed = _row("tagger", 90, 9, 90), _row(BARE, 100, 10, 100)

    assert ratio(*slowed) == (0.9, 0.9, 0.9)
    assert spread((3, 1, 2)) == (2, 1, 3)


def test_what_is_missing_stands_in_the_table_with_its_reason():
    table = markdown([_row(BARE, 100), _row("tagger bf16", missing="no arithmetic of bf16")], BARE)

    assert "| tagger bf16 | not available | | | | | no arithmetic of bf16 |" in table
    assert f"| {BARE} | 100 | 100 - 100 | 1.00 | 1.00 - 1.00 |  |  |" in table


def test_speed_is_to_reach_its_goal_and_latency_to_stay_below():
    rows = [
        _row(BARE, 100),
        _row("tagger", 84),
        _row("tagger", 0.7, part="latency", unit="ms"),
        _row("flair", 2.0, part="latency", unit="ms"),
    ]

    assert "| tag, 2 threads: tagger over bare nn.LSTM | 0.84 | 0.84 - 0.84 |  | at least 0.85 | missed |" in goals(rows)
    assert "| latency, 2 threads: tagger over flair | 0.35 | 0.35 - 0.35 |  | at most 0.35 | reached |" in goals(rows)


def test_int8_reaches_its_goal_only_where_it_keeps_the_f1():
    rows = [_row(BARE, 100), _row("tagger", 90, facts={"dev F1": 94.7, "test F1": 91.2})]
    keeps = _row("tagger onnx int8", 250, facts={"dev F1": 94.7, "test F1": 91.15})
    loses = _row("tagger onnx int8", 250, facts={"dev F1": 94.7, "test F1": 91.05})

    assert "(F1 lost: 0.05, at most 0.1) | 2.50 | 2.50 - 2.50 |  | at least 2 | reached |" in goals([*rows, keeps])
    assert "(F1 lost: 0.15, at most 0.1) | 2.50 | 2.50 - 2.50 |  | at least 2 | missed |" in goals([*rows, loses])


def test_memory_is_the_long_file_over_the_short_one():
    rows = [
        _row("tagger", 400, part="memory", unit="MB", facts={"words": 20_000}),
        _row("tagger", 480, part="memory", unit="MB", facts={"words": 2_000_000}),
    ]

    assert "peak with 2,000,000 words over that with 20,000 | 1.20 | 1.20 - 1.20 |  | at most 1.15 | missed |" in goals(rows)
