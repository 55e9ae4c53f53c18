"""How every figure looks: palette, sizes, how it becomes a file.

The two classes differ in hue (safe for colour-blind readers), in lightness
(readable in grey) and in line style or hatch. Nothing here touches pyplot or
rcParams, so figures may be drawn in any process and thread.
"""

import warnings
from io import BytesIO

from otrain.data.files.atomic import atomic_file

__all__ = ["ACCENT", "BOGUS", "DPI", "GREY", "REAL", "empty_figure", "figure_and_axes", "hatch_out",
           "legend_above", "png_bytes", "save_figure", "say", "write_bytes"]

# Okabe & Ito (2008).
REAL = "#0072B2"
BOGUS = "#E69F00"
ACCENT = "#D55E00"
GREY = "#5F6368"

DPI = 144  # dot / inch
_WIDTH = 6.4  # inch; 10 pt text stays legible when a phone shrinks the figure to its width


def figure_and_axes(rows=1, columns=1, *, width=_WIDTH, height=3.8, **options):
    """Return a new figure and its axes, dressed alike.

    Parameters
    ----------
    rows, columns : int
        Panels.
    width, height : float
        Size of the figure [inch].
    **options
        Passed to ``Figure.subplots``.

    Returns
    -------
    figure : Figure
    axes : Axes, or ndarray of Axes if there is more than one
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # 0.3 s, once something is drawn
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), dpi=DPI, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(rows, columns, **options)
    for panel in axes.flat if hasattr(axes, "flat") else [axes]:
        panel.spines[["top", "right"]].set_visible(False)
        panel.grid(True, color="#DDDDDD", linewidth=0.6)
        panel.set_axisbelow(True)
    return figure, axes


def say(axes, words):
    """Write `words` in the middle of empty axes in place of the data that are not there."""
    axes.set_axis_off()
    axes.text(0.5, 0.5, words, ha="center", va="center", transform=axes.transAxes, color=GREY,
              fontsize=12, parse_math=False)


def hatch_out(axes, words):
    """Hatch axes in grey and say why: there are too few candidates for what would stand there."""
    axes.grid(False)
    axes.patch.set(facecolor="#F2F2F2", edgecolor="#C8C8C8", hatch="///")
    axes.text(0.5, 0.5, words, ha="center", va="center", transform=axes.transAxes, fontsize=9,
              parse_math=False, bbox={"facecolor": "white", "edgecolor": "#C8C8C8", "pad": 3})


def empty_figure(words="no candidates"):
    """Return a figure that only says why there is nothing to draw."""
    figure, axes = figure_and_axes(height=1.6)
    say(axes, words)
    return figure


def legend_above(axes, **options):
    """Put the legend above the axes, where it never covers data."""
    handles, labels = axes.get_legend_handles_labels()
    columns = options.pop("ncols", min(len(labels), 3))
    axes.legend(handles, labels, loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=columns,
                frameon=False, borderaxespad=0.2, handlelength=2.4, fontsize=9, **options)


def png_bytes(figure):
    """Return the figure as the bytes of a PNG file."""
    buffer = BytesIO()
    with warnings.catch_warnings():
        # A name of a candidate may be in any script; what the font lacks becomes a box.
        warnings.filterwarnings("ignore", "Glyph .* missing from font")
        # With the version in the metadata, files of two versions would never be equal.
        figure.savefig(buffer, format="png", dpi=DPI, facecolor="white", metadata={"Software": "otrain"})
    return buffer.getvalue()


def save_figure(path, figure):
    """Write the figure as a PNG file, whole or not at all."""
    write_bytes(path, png_bytes(figure))


def write_bytes(path, content):
    """Write the content of a file, whole or not at all."""
    with atomic_file(path) as temporary:
        temporary.write_bytes(content)
