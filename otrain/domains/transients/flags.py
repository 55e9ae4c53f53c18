"""What the commands ask about image cutouts alone."""

from otrain.domains.flags import DomainFlags, Flag

__all__ = ["FLAGS"]

_BLANK = ("values of pixels that have none, masked like NaN, e.g. 0 -32768; those that are certain (1e-30, "
          "a constant border) are masked without it; none: every value is a pixel's [those that are certain]")

FLAGS = DomainFlags(
    title="cutouts",
    about={
        "convert": "Candidates as FITS files, alerts or data cubes. --labels takes a table (CSV or ECSV) "
                   "with candid or file and label, or keyword:NAME [folders true/, false/]; --frac-true is "
                   "0.5.",
    },
    convert=(
        Flag("cutout_size", "side of the square kept around the candidate in pixel; -1: as they are [-1]",
             int, "PIXELS", parameter="size"),
        Flag("pad", "give smaller cutouts a masked border; else quarantine them", bool),
        Flag("nonfinite", "mask NaN and infinite pixels, or quarantine their cutouts [fill]",
             choices=("fill", "reject")),
        Flag("blank", _BLANK, str, "VALUE", many="+"),
    ),
    infer=(
        Flag("blank", _BLANK, str, "VALUE", many="+"),
        Flag("pad", "give cutouts smaller than the network's a border that it masks, instead of rejecting "
                    "them", bool),
    ),
    simulate=(
        Flag("real", "number of real candidates [1000]", int, "N", default=1000, parameter="n_real"),
        Flag("bogus", "number of bogus candidates [1000]", int, "N", default=1000, parameter="n_bogus"),
        Flag("size", "side of the cutouts in pixel [63]", int, "PIXELS", default=63),
        Flag("channels", "the difference alone, or science, template and difference [difference]",
             choices=("difference", "triplet"), default="difference"),
        Flag("kinds", "only these kinds; a class of which none is named keeps all of its kinds [all]",
             str, "KIND", many="+"),
        Flag("edge_frac", "fraction of both classes at the border of an image, EDGE true [0]",
             float, "FRACTION", default=0.0),
        Flag("checksum", "write CHECKSUM and DATASUM (slower)", bool, default=False),
    ),
    examples={
        "convert": """\
  otrain-convert --cutouts candidates
      # candidates/true/*.fits and candidates/false/*.fits to ./datacube/candidates.npz
  otrain-convert --path-datacube work --cube night1 --cutouts candidates --frac-true 0.5 --cutout-size 31
  otrain-convert --cutouts alerts --labels labels.csv --channels science template difference --frac-true all
  otrain-convert --cutouts candidates --cutout-size 63 --pad --nonfinite reject --store folder --json
""",
        "simulate": """\
  otrain-simulate transients --out candidates
  otrain-simulate transients --out triplets --real 5000 --bogus 5000 --channels triplet --seed 7
  otrain-simulate transients --out dipoles --real 0 --bogus 500 --kinds dipole --size 31
  otrain-simulate transients --out tonight --real 10 --bogus 90 --unlabelled
""",
    },
)
