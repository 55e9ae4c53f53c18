from otrain.domains.lenses.known_names import looks_like_lenses
from otrain.workflows.reading.guess import guess_domain


def test_a_folder_with_tables_of_cosmosim_is_one_of_lenses(lenses):
    assert looks_like_lenses(lenses) and guess_domain(lenses) == "lenses"


def test_a_folder_of_images_below_the_tables_is_one_too(lenses):
    for table in lenses.glob("*.csv"):
        table.rename(lenses.parent / table.name)
    assert looks_like_lenses(lenses)
    for image in lenses.iterdir():
        image.unlink()
    assert not looks_like_lenses(lenses)


def test_other_tables_and_predictions_tell_nothing(lenses):
    (lenses / "roulette.csv").rename(lenses / "pred-testing.csv")
    (lenses / "dataset.csv").write_text("filename,label\n")
    assert not looks_like_lenses(lenses) and guess_domain(lenses) == "transients"
    assert not looks_like_lenses(lenses / "dataset.csv") and not looks_like_lenses(["a"])
