"""O'TRAIN: train, run and explain neural networks on astronomical data.

Every command is a function of the same name, which is imported when it is used::

    import otrain

    otrain.convert("candidates")
    otrain.train("datacube/candidates.npz", epochs=20)
    network = otrain.open_network("CNN_training/candidates")
    network.score("tonight")
"""

TYPE_CHECKING = False  # type checkers and editors take it for true; importing typing costs 5 ms
if TYPE_CHECKING:
    from otrain.data.cubes.datacube import open_cube as open_cube
    from otrain.workflows.batch import batch as batch
    from otrain.workflows.checkinfer import checkinfer as checkinfer
    from otrain.workflows.compare import compare as compare
    from otrain.workflows.convert import convert as convert
    from otrain.workflows.diagnostics import diagnostics as diagnostics
    from otrain.workflows.doctor import doctor as doctor
    from otrain.workflows.grad_cam import grad_cam as grad_cam
    from otrain.workflows.infer import infer as infer
    from otrain.workflows.lightcurves import lightcurves as lightcurves
    from otrain.workflows.optimise_dataset_size import optimise_dataset_size as optimise_dataset_size
    from otrain.workflows.plot_results import plot_results as plot_results
    from otrain.workflows.scan_channels import scan_channels as scan_channels
    from otrain.workflows.scoring.trained_network import open_network as open_network
    from otrain.workflows.simulate import simulate as simulate
    from otrain.workflows.train import train as train

__version__ = "1.2.0.dev0"

# What is public besides the error classes of `otrain.errors`; docs/reference/python.md describes it.
_VERBS = ("batch", "checkinfer", "compare", "convert", "diagnostics", "doctor", "grad_cam", "infer",
          "lightcurves", "optimise_dataset_size", "plot_results", "scan_channels", "simulate", "train")
_OTHERS = {"open_cube": "otrain.data.cubes.datacube",
           "open_network": "otrain.workflows.scoring.trained_network"}

__all__ = ["__version__", *_VERBS, *_OTHERS]


def __getattr__(name):
    """Import a public function at its first use."""
    from importlib import import_module

    if name in _OTHERS:
        value = getattr(import_module(_OTHERS[name]), name)
    elif name in _VERBS:
        from otrain.workflows.keywords import with_nearest_names

        value = with_nearest_names(getattr(import_module(f"otrain.workflows.{name}"), name), _further(name))
    else:
        from otrain.registry import nearest

        raise AttributeError(f"module 'otrain' has no attribute {name!r}.{nearest(name, __all__)}")
    globals()[name] = value
    return value


def _further(name):
    """Return the keywords of a verb that stand in no signature."""
    if name not in ("train", "optimise_dataset_size"):
        return ()
    from dataclasses import fields

    from otrain.workflows.training.recipe import Recipe

    return tuple(field.name for field in fields(Recipe))


def __dir__():
    return sorted({*globals(), *__all__})
