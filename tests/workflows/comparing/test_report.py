from otrain.workflows.comparing.report import report_text, stats_text

NUMBERS = {"norm": 2.0, "relnorm": 0.5, "mae": 0.25, "minimum": -3.0, "maximum": 4.0}


def test_numbers_of_an_image_are_lines():
    lines = stats_text(NUMBERS).splitlines()
    assert lines[0] == r"\texttt{relnorm} $=$ 0.5\\" and len(lines) == 5


def test_report_is_a_whole_document_with_a_row_for_each_image():
    text = report_text([{"name": "a_1.png", "first": "x/a_1.png", "picture": "d/a_1.png", "note": "", **NUMBERS},
                        {"name": "b&c.fits", "first": "x", "note": "not in the second folder"}])
    assert text.startswith(r"\documentclass") and text.endswith("\\end{document}\n")
    assert r"\includegraphics[width=\linewidth]{\detokenize{d/a_1.png}}" in text and r"a\_1.png" in text
    assert r"b\&c.fits & & not in the second folder \\ \hline" in text


def test_kind_that_latex_cannot_show_is_left_out():
    assert "includegraphics" not in report_text([{"name": "a", "first": "a.fits", "note": "", **NUMBERS}])
