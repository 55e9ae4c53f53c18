from otrain.plots.curves import accuracy_curve, loss_curve


def _lines(figure):
    return {line.get_label(): list(line.get_ydata()) for line in figure.axes[0].lines}


def test_both_subsets_are_drawn_epoch_by_epoch():
    lines = _lines(loss_curve({"loss": [3, 2], "val_loss": [4, 5]}))
    assert lines["training"] == [3, 2]
    assert lines["validation"] == [4, 5]


def test_best_epoch_is_the_lowest_loss_and_the_highest_accuracy():
    loss = _lines(loss_curve({"val_loss": [3, 1, 2]}))
    accuracy = _lines(accuracy_curve({"val_accuracy": [0.3, 0.1, 0.8]}))
    assert loss["best validation: 1, epoch 2"] == [1]
    assert accuracy["best validation: 0.8, epoch 3"] == [0.8]


def test_one_epoch_and_nan_can_be_drawn():
    from otrain.plots.style import png_bytes

    assert png_bytes(loss_curve({"loss": [1.0], "val_loss": [float("nan")]}))


def test_missing_history_is_said():
    assert loss_curve({}).axes[0].texts[0].get_text() == "no loss was recorded"
