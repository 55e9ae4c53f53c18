"""A trained network cut open at one of its layers, so that maps and logit come out together.

The layer is listened to while the network runs. A second network that ends in the
layer would be the usual way, but the output of a layer inside a network that is used
as a layer is not connected to the input of the whole.
"""

import re
from contextlib import ExitStack, contextmanager
from functools import cached_property

import keras
import numpy as np
import tensorflow as tf

from otrain.errors import UsageError
from otrain.explain.placement import cell_positions, enlarge
from otrain.registry import nearest

__all__ = ["BATCH", "CutNetwork", "as_list"]

CONVOLUTIONS = (keras.layers.Conv2D, keras.layers.Conv2DTranspose, keras.layers.DepthwiseConv2D,
                keras.layers.SeparableConv2D, keras.layers.Conv1D, keras.layers.SeparableConv1D)
POOLING = (keras.layers.AveragePooling2D, keras.layers.MaxPooling2D, keras.layers.AveragePooling1D,
           keras.layers.MaxPooling1D)
BATCH = 250  # cutouts of 64x64 pixel, or curves of 4096 points, that one tape records; fewer if larger
_MEMBER = re.compile(r"(.*/)?member\d+_")  # begin of the names of layers, see otrain.models.ensemble
HUGE = 1e15  # pixels beyond it are clipped in networks that do not do so themselves


class CutNetwork:
    """A network that also gives the maps of one of its layers.

    Parameters
    ----------
    model : keras.Model
        Functional, ending in an Activation named ``score``, as
        `otrain.models.load.load_network` returns it. One of its inputs is an image
        ``(H, W, C)`` or a curve ``(L, C)``, which counts as an image of one axis; there may be
        others. Networks that score each point go through `otrain.explain.on_points` first.
    layer : str, optional
        Name of the layer whose maps are wanted; of one inside a network that is
        used as a layer, ``inner/name``, or ``name`` where that is unique. By default
        the last convolution, with the addition and activation that follow it; for a curve, of
        those with the fewest points the last one with most channels; of several networks that
        answer together, that layer of each, whose maps then count as those of one layer.

    Attributes
    ----------
    layer : str or None
        Name of the layer, or names joined by a comma; None if the network has no convolution.
    map_shape : (h, w), (l,) or None
        Size of its maps.
    image_shape : (H, W, C) or (L, C)
    classes : int
        Number of classes.

    Raises
    ------
    UsageError
        If there is no such layer, it has no maps, or the network has no ``score`` ending.
    """

    def __init__(self, model, layer=None):
        score = model.layers[-1]
        if score.name != "score" or not isinstance(score, keras.layers.Activation):
            raise UsageError("the network must end in an Activation named 'score'. Received: "
                             f"{type(score).__name__} {score.name!r}. Load it with otrain.models.load.")
        self._model, self._score = model, score
        if len(score.output.shape) != 2:
            raise UsageError("the network scores each point. Put it through otrain.explain.on_points, which "
                             "asks it about some points together.")
        self._image, self.image_shape = _image_input(model)
        layers = dict(_with_maps(model, len(self.image_shape)))
        chosen = _chosen(layers, layer)
        names = [chosen] if layer or chosen is None else _of_each_member(layers, chosen)
        self._layers = [layers[name] for name in names if name is not None]
        self.layer = ", ".join(names) if self._layers else None
        self.map_shape = tuple(self._layers[0].output.shape[1:-1]) if self._layers else None
        self.classes = max(score.output.shape[-1], 2)
        self._cleans = not self._takes_nan()

    @property
    def batch(self):
        """How many cutouts are looked at together."""
        return int(np.clip(BATCH * 64 * 64 // np.prod(self.image_shape[:-1]), 4, BATCH))

    @property
    def input_shapes(self):
        """Shape of one example of each input."""
        return [tuple(x.shape[1:]) for x in self._model.inputs]

    @cached_property
    def positions(self):
        """Rows and columns, or points of a curve, that the pixels of the maps look at (`cell_positions`)."""
        return cell_positions(self)

    def enlarged(self, maps):
        """Return maps of the layer, (n, h, w) or (n, l), at the size of the cutouts."""
        return enlarge(maps, self.positions, self.image_shape[:-1])

    def inputs(self, batch):
        """Return the inputs of the network as tensors, non-finite pixels as it can take them.

        Parameters
        ----------
        batch : (n, H, W, C) ndarray, or list of one array per input
        """
        tensors = [np.asarray(x, np.float32) for x in as_list(batch)]
        if len(tensors) != len(self._model.inputs):
            raise UsageError(f"the network has {len(self._model.inputs)} inputs. Received: {len(tensors)}.")
        if self._cleans:
            image = tensors[self._image]
            tensors[self._image] = np.clip(np.where(np.isfinite(image), image, 0), -HUGE, HUGE)
        return [tf.convert_to_tensor(x) for x in tensors]

    def image_of(self, batch):
        """Return the image among the inputs, as an array or tensor like the others."""
        return as_list(batch)[self._image]

    def with_image(self, batch, image):
        """Return the inputs with another image."""
        inputs = list(as_list(batch))
        inputs[self._image] = image
        return inputs

    def maps_and_logits(self, tensors, *, watch=None):
        """Return ``(maps, logits)`` of what `inputs` returned: (n, ..., K) and (n,) or (n, classes).

        Parameters
        ----------
        tensors : list of tensor
        watch : callable, optional
            Is given the maps before the network goes on with them: ``tape.watch`` makes a
            tape record from there on and nothing before it.

        Raises
        ------
        UsageError
            If the network has no convolution and no layer was named.
        """
        if self.layer is None:
            raise UsageError("the network has no convolution, and so no maps to weigh. "
                             "Choose --method occlusion, saliency or smooth-grad.")
        if len(self._layers) == 1:
            with _recorded(self._layers[0], watch) as maps:
                logits = self._run(tensors)
            return maps[-1][1], logits
        # What is derived by must lie before the logits: the joined maps are cut up again and put in place.
        with ExitStack() as stack:
            calls = [stack.enter_context(_recorded(layer)) for layer in self._layers]
            self._run(tensors)
        maps = tf.concat([call[-1][1] for call in calls], axis=-1)
        if watch is not None:
            watch(maps)
        parts = tf.split(maps, [layer.output.shape[-1] for layer in self._layers], axis=-1)
        with ExitStack() as stack:
            for layer, part in zip(self._layers, parts):
                stack.enter_context(_replaced(layer, part))
            return maps, self._run(tensors)

    def logits(self, tensors):
        """Return the logits: (n,) log odds of real for two classes, else (n, classes)."""
        return self._graph(*tensors)

    @cached_property
    def _graph(self):
        """The same as `_run`, traced once: many small batches take a fraction of the time."""
        signature = [tf.TensorSpec((None, *shape), tf.float32) for shape in self.input_shapes]
        return tf.function(lambda *tensors: self._run(list(tensors)), input_signature=signature)

    def _run(self, tensors):
        with _recorded(self._score) as calls:
            self._model(_packed(tensors), training=False)
        raw = tf.convert_to_tensor(calls[-1][0])
        if raw.shape[-1] > 2:
            return raw
        return raw[:, 0] if raw.shape[-1] == 1 else raw[:, 1] - raw[:, 0]

    def evidence(self, logits, towards):
        """Return the logit of one class for each cutout, (n,).

        Parameters
        ----------
        logits : (n,) or (n, classes) tensor
        towards : (n,) int ndarray
            Index of the class. A network with one logit has that of real; the
            logit of bogus is minus the same.
        """
        towards = np.asarray(towards)
        if len(logits.shape) == 1:
            return logits * np.where(towards == 1, 1, -1).astype(np.float32)
        return tf.gather(logits, towards, batch_dims=1)

    def scores(self, batch, towards):
        """Return the uncalibrated probability of class `towards` for each cutout, (n,) ndarray."""
        parts, arrays = [], as_list(batch)
        for start in range(0, len(towards), self.batch):
            some = slice(start, start + self.batch)
            logits = self.logits(self.inputs([x[some] for x in arrays]))
            if len(logits.shape) == 1:
                parts.append(tf.sigmoid(self.evidence(logits, towards[some])).numpy())
            else:
                parts.append(tf.gather(tf.nn.softmax(logits), towards[some], batch_dims=1).numpy())
        return np.concatenate(parts)

    def get_weights(self):
        """Return the weights as arrays."""
        return self._model.get_weights()

    def set_weights(self, weights):
        """Put weights in place, in the network itself."""
        self._model.set_weights(weights)

    def _takes_nan(self):
        blank = [np.zeros((1, *shape), np.float32) for shape in self.input_shapes]
        blank[self._image][:] = np.nan
        return bool(np.isfinite(self._run(blank)).all())


def as_list(batch):
    """Return the inputs of a network as a list, also if there is one only."""
    return list(batch) if isinstance(batch, (list, tuple)) else [batch]


def _packed(tensors):
    return tensors if len(tensors) > 1 else tensors[0]


@contextmanager
def _recorded(layer, watch=None):
    """Collect ``(input, output)`` of each call of a layer, at whatever depth of the network it lies."""
    calls, call = [], layer.call

    def recording(x, *args, **kwargs):
        output = call(x, *args, **kwargs)
        if watch is not None:
            watch(output)
        calls.append((x, output))
        return output

    layer.call = recording
    try:
        yield calls
    finally:
        del layer.call  # that of the class comes back


@contextmanager
def _replaced(layer, output):
    """Have a layer give this output, whatever goes in."""
    layer.call = lambda *args, **kwargs: output
    try:
        yield
    finally:
        del layer.call  # that of the class comes back


def _of_each_member(layers, chosen):
    """Return the paths of the layers that stand where the chosen one does, in each of several networks."""
    groups = {}
    for path in layers:
        if found := _MEMBER.match(path):
            groups.setdefault(found.group(), []).append(path)
    mine = next((paths for paths in groups.values() if chosen in paths), None)
    return [chosen] if mine is None else [paths[mine.index(chosen)] for paths in groups.values()]


def _with_maps(model, axes, above=""):
    """Yield ``(path, layer)`` of every layer whose output has `axes` axes, in the order of the graph."""
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from _with_maps(layer, axes, f"{above}{layer.name}/")
        elif isinstance(layer, keras.layers.Layer) and not isinstance(layer, keras.layers.InputLayer):
            shape = getattr(layer.output, "shape", ())
            if len(shape) == axes + 1 and None not in shape[1:]:
                yield above + layer.name, layer


def _chosen(layers, name):
    """Return the path of the layer that is asked for, or where the last convolution ends, or None."""
    if name is None:
        convolutions = [layer for layer in layers.values()
                        if isinstance(layer, CONVOLUTIONS) and max(layer.output.shape[1:-1]) > 1]
        if not convolutions:
            return None
        size = convolutions[-1].output.shape[1:]
        seeing = [layer.output.shape[1:] for layer in convolutions if not _is_matrix(layer)]
        if len(size) == 2 and seeing:
            # The last maps of a U-Net are its answer, point by point; where it is narrowest it has
            # gathered what the answer rests on (Vinogradova et al. 2020, section 4).
            size = min(seeing, key=lambda shape: (shape[0], -shape[1]))
            layers = {path: layer for path, layer in layers.items() if not _is_matrix(layer)}
        # With what follows at its size: in a residual network the branches meet there only.
        return [path for path, layer in layers.items()
                if layer.output.shape[1:] == size and not isinstance(layer, POOLING)][-1]
    matching = [path for path in layers if path == name or path.endswith(f"/{name}")]
    if len(matching) == 1 or name in matching:
        return name if name in matching else matching[0]
    if matching:
        raise UsageError(f"--layer: {name!r} is the name of several layers: {', '.join(matching)}. "
                         "Write one of them in full.")
    raise UsageError(f"--layer: the network has no layer {name!r} with maps.{nearest(name, layers)} "
                     f"It has: {', '.join(layers)}.")


def _is_matrix(layer):
    """Tell whether a layer is a convolution of one point, which sees nothing of its neighbours."""
    return isinstance(layer, CONVOLUTIONS) and set(layer.kernel_size) == {1}


def _image_input(model):
    """Return the number of the input that is an image, and its shape."""
    for number, tensor in enumerate(model.inputs):
        if len(tensor.shape) in (3, 4):
            if None in tensor.shape[1:]:
                raise UsageError("the network must take images or curves of one size. "
                                 f"Received: {tuple(tensor.shape[1:])}.")
            return number, tuple(tensor.shape[1:])
    raise UsageError("no input of the network is an image or a curve. Received inputs of shape "
                     + ", ".join(str(tuple(x.shape[1:])) for x in model.inputs) + ".")
