from otrain.plots.style import BOGUS, REAL, empty_figure, figure_and_axes, png_bytes, save_figure


def _lightness(colour):
    red, green, blue = (int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_class_colours_differ_in_grey():
    assert abs(_lightness(REAL) - _lightness(BOGUS)) > 0.2


def test_empty_figure_says_why():
    figure = empty_figure("no bands")
    assert [text.get_text() for text in figure.axes[0].texts] == ["no bands"]


def test_same_figure_gives_the_same_file():
    assert png_bytes(empty_figure()) == png_bytes(empty_figure())


def test_saved_figure_leaves_no_temporary_file(tmp_path):
    figure, _ = figure_and_axes()
    save_figure(tmp_path / "plots" / "a.png", figure)
    assert [path.name for path in (tmp_path / "plots").iterdir()] == ["a.png"]


def test_figures_leave_the_settings_of_matplotlib_alone():
    import matplotlib

    before = dict(matplotlib.rcParams)
    png_bytes(empty_figure())
    assert dict(matplotlib.rcParams) == before
