"""The contact sheet of a cube of light curves."""

__all__ = ["PER_CLASS", "draw_sheet"]

PER_CLASS = 16  # examples of each class


def draw_sheet(parts, channels):
    """Return the sheet as the bytes of a PNG file.

    Parameters
    ----------
    parts : list of (str, (K, L, C) ndarray, list of str)
        For each class its heading, light curves and titles.
    channels : tuple of str
        Their names; the residual is drawn, points of events in colour.
    """
    from otrain.plots.curve_sheet import curve_sheet_png  # OpenCV only where something is drawn

    return curve_sheet_png(parts, channels)
