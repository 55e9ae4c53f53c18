from otrain.plots.confusion import confusion_matrix


def test_counts_and_shares_of_each_true_class_are_written():
    texts = [text.get_text() for text in confusion_matrix([[3, 1], [0, 0]]).axes[0].texts]
    assert texts == ["3\n75.0 %", "1\n25.0 %", "0", "0"]


def test_no_candidates_are_said():
    assert confusion_matrix([[0, 0], [0, 0]]).axes[0].texts[0].get_text() == "no candidates"
    assert confusion_matrix([]).axes[0].texts[0].get_text() == "no candidates"


def test_more_classes_have_more_cells():
    figure = confusion_matrix([[5, 0, 0], [0, 5, 0], [1, 0, 4]], ["a", "b", "c"])
    assert len(figure.axes[0].texts) == 9
