"""Table of contents of light curves: one star, seen many times, and the planets in them."""

from dataclasses import replace

from otrain.domains.domain import CubeRules, Domain, Injection, Preparation, Series, Source, TaskRules
from otrain.domains.lightcurves.augmentation import AUGMENTATIONS, WHOLE
from otrain.domains.lightcurves.columns import CLASSES, COLUMNS, EVENT_COLUMNS, LABEL, NETWORK_CHANNELS
from otrain.domains.lightcurves.door import READER_NAMES, Door
from otrain.domains.lightcurves.examination import EXAMINATION
from otrain.domains.lightcurves.flags import FLAGS
from otrain.domains.lightcurves.injection.copies import RawDoor, injected_copies
from otrain.domains.lightcurves.inputs import list_inputs
from otrain.domains.lightcurves.known_names import looks_like_light_curves
from otrain.domains.lightcurves.preparation import make_recipe, overlapping_recipe, prepare, prepare_rows
from otrain.domains.lightcurves.searches.baselines import BASELINES
from otrain.domains.lightcurves.searches.found_events import join_found, measure_found
from otrain.domains.lightcurves.sheet import PER_CLASS, draw_sheet
from otrain.domains.lightcurves.truth.ephemeris_table import compare_labels
from otrain.domains.lightcurves.truth.star_classes import STAR_CLASSES, StarDoor, list_stars

__all__ = ["DOMAIN"]

SOURCE = Source(
    list_inputs, Door,
    readers=READER_NAMES,
    recognises=looks_like_light_curves,
    what="light curve",
    endings=".fits, .csv, .txt, .dat, .lc, .tsv, .tbl, .ecsv, .parquet, .ftr, .npz, .hdf5, some of them with "
            ".gz or .bz2",
)
CUBE = CubeRules(
    unlabelled=True,
    tables={"events": EVENT_COLUMNS},
    numbers=("mag", "noise"),
    categories=("mission",),
    totals=("flagged", "impossible", "unsorted", "repeated", "untimed", "limits", "unread"),
    curve=("object_id", "quarter", "band"),
    draw_sheet=draw_sheet,
    per_class=PER_CLASS,
    compare=compare_labels,
)

DOMAIN = Domain(
    name="lightcurves",
    axes=("time", "channel"),
    columns=COLUMNS,
    classes=CLASSES,
    example="light_curve",
    group_columns=("object_id",),
    source=SOURCE,
    preparation=Preparation(make_recipe, prepare_rows,
                            options={"channels": "channels"} | FLAGS.parameters("convert")),
    tasks={
        "segmentation": TaskRules(
            model="unet3p",
            target=LABEL,
            channels=NETWORK_CHANNELS,
            augment=("reverse", "shift", "gaps"),
            changes=AUGMENTATIONS,
            batch_size=16,
        ),
        "classification": TaskRules(
            model="cnn1d",
            channels=NETWORK_CHANNELS,
            augment=("shift", "gaps"),  # turned around in time a Cepheid would be no star that there is
            changes=WHOLE,
            batch_size=32,
            classes=STAR_CLASSES,
            source=replace(SOURCE, list_inputs=list_stars, make_door=StarDoor),
            cube=replace(CUBE, unlabelled=False, tables={}, any_classes=True, compare=None),
        ),
    },
    series=Series(
        overlapping=overlapping_recipe,
        measure=measure_found,
        join=join_found,
        searches=BASELINES,
        injection=Injection(RawDoor, prepare, injected_copies, kind="planet",
                            least_statistic={"matched filter": 7.0}),
    ),
    cube=CUBE,
    examination=EXAMINATION,
)
