"""Differences of images as LaTeX: a table with pictures, or the numbers of one image."""

__all__ = ["report_text", "stats_text"]

SHOWN = ("relnorm", "norm", "mae", "minimum", "maximum")
_SPECIAL = {"\\": r"\textbackslash{}", "_": r"\_", "&": r"\&", "%": r"\%", "#": r"\#", "$": r"\$",
            "{": r"\{", "}": r"\}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
_HEAD = r"""\documentclass{article}
\usepackage{graphicx,longtable}
\begin{document}
\begin{longtable}{p{0.3\textwidth}p{0.3\textwidth}p{0.3\textwidth}}
image & difference & numbers \\ \hline
"""
_TAIL = r"""\end{longtable}
\end{document}
"""


def stats_text(row):
    """Return the numbers of one image as lines of LaTeX."""
    return "".join(f"\\texttt{{{name}}} $=$ {row[name]:.4g}\\\\\n" for name in SHOWN)


def report_text(rows):
    """Return a LaTeX document with a row for each image; one without a number says why."""
    return _HEAD + "".join(map(_row_text, rows)) + _TAIL


def _row_text(row):
    name = _escaped(row["name"])
    if "norm" not in row:
        return f"{name} & & {_escaped(row['note'])} \\\\ \\hline\n"
    shown = " & ".join(_picture(row.get(which, "")) for which in ("first", "picture"))
    numbers = stats_text(row).replace("\\\\", "\\newline ")  # within a cell a line ends so
    return f"{shown} & {name}\\newline {numbers}\\\\ \\hline\n"


def _picture(path):
    """Return the command that shows a picture, or nothing of a kind that LaTeX cannot show."""
    shown = path.lower().endswith((".png", ".jpg", ".jpeg"))
    return f"\\includegraphics[width=\\linewidth]{{\\detokenize{{{path}}}}}" if shown else ""


def _escaped(text):
    return "".join(_SPECIAL.get(letter, letter) for letter in text)
