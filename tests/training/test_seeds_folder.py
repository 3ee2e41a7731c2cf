import json

from tagger.evaluation.seeds import SeedRun, SeedSummary
from tagger.training.seeds_folder import SeedsFolder

MEASURED = {"training minutes": 1.0, "peak memory MB": 1, "model MB": 1.0, "tagging words per second": 1}


def run_of(seed):
    return SeedRun(seed, {"dev": {"ner": 0.5}}, "1 of 1", MEASURED, "corpus")


def test_a_run_that_was_taken_up_and_finished_stays_in_the_summary_when_the_next_begins(tmp_path):
    planned = SeedSummary("tiny", (1, 2, 3), ())
    with SeedsFolder(tmp_path / "runs", planned.seeds) as folder:
        folder.claim(resume=False, overwrite=False)
        folder.begin(planned)
    # The first was interrupted: it is taken up, without a beginning, and finished; then the second begins.
    with SeedsFolder(tmp_path / "runs", planned.seeds) as folder:
        folder.claim(resume=True, overwrite=False)
        folder.write(SeedSummary("tiny", (1, 2, 3), (run_of(1),)))
        folder.begin(planned)
    summary = json.loads((tmp_path / "runs" / "summary.json").read_text("utf-8"))
    assert [run["seed"] for run in summary["runs"]] == [1]
