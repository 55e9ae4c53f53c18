"""The contact sheet of a cube of lenses."""

__all__ = ["PER_CLASS", "draw_sheet"]

PER_CLASS = 32  # examples of each class


def draw_sheet(parts, channels):
    """Return the sheet as the bytes of a PNG file.

    Parameters
    ----------
    parts : list of (str, (K, H, W, C) ndarray, list of str)
        For each class its heading, images and titles.
    channels : tuple of str
        Their names; every channel is drawn.
    """
    from otrain.plots.contact_sheet import contact_sheet_png  # OpenCV only where something is drawn

    return contact_sheet_png(parts, tile=116)
