from otrain.answers.scores.card import card_facts
from otrain.bundle.card import render_card
from otrain.bundle.parity import Parity
from otrain.data.results.calibration import ScoreSettings
from otrain.evaluation.thresholds import threshold_table


def test_card_names_model_input_and_limits(make_bundle, tmp_path):
    facts = card_facts(ScoreSettings(train_prior=0.5), ("bogus", "real"))
    card = (make_bundle(tmp_path / "b", facts=facts).path / "card.md").read_text()
    for text in ("# handmade", "16 x 16 x 1", "difference", "share of real examples of the training cube (0.5)",
                 "Calibration: none", "Uncertainty by dropout: available", "seen 9"):
        assert text in card


def test_card_shows_rates_with_intervals_and_what_is_not_supported(make_bundle, tmp_path):
    rows = threshold_table([0.9] * 50 + [0.1] * 50, [1] * 50 + [0] * 50, [0.9] * 50, [1] * 50)
    facts = {"metrics": {"roc_auc": {"value": 0.98765, "low": 0.9, "high": None}},
             "counts": {"test": {"bogus": 5, "real": 7}}, "notes": ["small set"],
             **card_facts(ScoreSettings(thresholds=tuple(rows)), ("bogus", "real"))}
    card = (make_bundle(tmp_path / "b", facts=facts).path / "card.md").read_text()
    for text in ("| roc_auc | 0.9877 | 0.9 to - |", "| test | 5 | 7 |", "- small set",
                 "| lose at most 10 % of reals | 0.9 | 0 (0 to 0.07135) | - | yes |",
                 "needs at least 381 reals in test (has 50)"):
        assert text in card


def test_card_says_how_far_rounding_goes(make_bundle, tmp_path):
    parities = {"golden": Parity(3e-7, 2e-6), "constant": Parity(4e-6, 2e-5)}
    card = (make_bundle(tmp_path / "a", facts={"parity": parities}).path / "card.md").read_text()
    assert "3e-07 apart in a score before calibration and 2e-06 in a logit" in card and "pixels 4e-06 in a score" in card
    assert "Mind: that is more than 1e-05" not in card
    parities["huge"] = Parity(2e-5, 1e-4)
    card = (make_bundle(tmp_path / "b", facts={"parity": parities}).path / "card.md").read_text()
    assert "Mind: that is more than 1e-05" in card


def test_card_says_which_keras_the_files_beside_it_need(make_bundle, tmp_path):
    assert "Keras" not in (make_bundle(tmp_path / "a").path / "card.md").read_text()
    card = (make_bundle(tmp_path / "b", versions={"keras": "3.15.1"}).path / "card.md").read_text()
    assert "need Keras 3.15.1 or newer" in card


def test_names_of_strangers_cannot_add_markup(make_bundle, tmp_path):
    card = (make_bundle(tmp_path / "b", name="x\n# <script>|").path / "card.md").read_text()
    assert card.startswith("# x # \\<script\\>\\|\n")


def test_card_says_what_was_remarked_about_inputs(make_bundle, tmp_path):
    bundle = make_bundle(tmp_path / "b")
    bundle.manifest["cube"]["counts"] = {
        "seen": 9, "kept": 7, "skipped": {"edge": 2}, "quarantined": {},
        "remarks": {"the scale of BSCALE was not used": [4, "a.fits"]}}
    card = render_card(bundle.manifest, {})
    assert "Inputs: seen 9, kept 7, skipped 2, quarantined 0." in card
    assert "Of 4 of them: the scale of BSCALE was not used." in card
