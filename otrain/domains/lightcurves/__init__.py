"""One star, seen many times: light curves and the planets in them."""

from otrain.domains.domain import CubeRules, Domain, Injection
from otrain.domains.lightcurves.augmentation import AUGMENTATIONS
from otrain.domains.lightcurves.baselines import BASELINES
from otrain.domains.lightcurves.columns import CLASSES, COLUMNS, EVENT_COLUMNS, LABEL, NETWORK_CHANNELS
from otrain.domains.lightcurves.door import READER_NAMES, Door
from otrain.domains.lightcurves.found_events import join_found, measure_found
from otrain.domains.lightcurves.injected import RawDoor, injected_copies
from otrain.domains.lightcurves.inputs import list_inputs, looks_like_light_curves
from otrain.domains.lightcurves.preparation import make_recipe, prepare, prepare_rows
from otrain.domains.lightcurves.sheet import PER_CLASS, draw_sheet

__all__ = ["DOMAIN"]

_OPTIONS = ("cadence", "length", "stride", "channels", "flux", "quality", "average", "upsample", "gap",
            "median_window", "scaling")

DOMAIN = Domain(
    name="lightcurves",
    axes=("time", "channel"),
    columns=COLUMNS,
    classes=CLASSES,
    task="segmentation",
    model="unet3p",
    list_inputs=list_inputs,
    make_door=Door,
    make_recipe=make_recipe,
    prepare_rows=prepare_rows,
    group_columns=("object_id",),
    readers=READER_NAMES,
    network_channels=NETWORK_CHANNELS,
    example="light_curve",
    joint_augmentations=AUGMENTATIONS,
    augment=("reverse", "shift", "gaps"),
    batch_size=16,
    measure_events=measure_found,
    join_events=join_found,
    baselines=BASELINES,
    injection=Injection(RawDoor, prepare, injected_copies, kind="planet",
                        least_statistic={"matched filter": 7.0}),
    cube=CubeRules(
        options={name: name for name in _OPTIONS},
        what="light curve",
        endings=".fits, .csv, .txt, .dat, .ecsv, .parquet, .ftr, .npz, .hdf5, some of them with .gz",
        unlabelled=True,
        target=LABEL,
        tables={"events": EVENT_COLUMNS},
        numbers=("mag", "noise"),
        categories=("mission",),
        totals=("flagged", "unsorted", "repeated", "untimed"),
        draw_sheet=draw_sheet,
        per_class=PER_CLASS,
        recognises=looks_like_light_curves,
    ),
)
