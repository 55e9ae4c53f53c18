"""What a domain tells the rest of the toolkit about its data."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from otrain.catalogue import READERS, TASKS
from otrain.errors import UsageError
from otrain.registry import nearest

__all__ = ["Column", "CubeRules", "Domain", "DomainExamination", "DomainFinding", "Injection", "Output",
           "Preparation", "Proving", "Series", "Simulator", "Source", "TaskRules", "change_alone",
           "readers_of"]

_MISSING = {float: float("nan"), str: "", bool: False, int: -1}


@dataclass(frozen=True)
class Column:
    """One value that accompanies every example.

    Parameters
    ----------
    kind : type
        ``float`` (missing: NaN), ``str`` (missing: ``""``), ``bool`` (missing: False)
        or ``int`` (missing: -1).
    unit : str
        Unit as astropy writes it, or an empty string.
    summary : str
        What the value is, in one line.
    """

    kind: type
    unit: str
    summary: str

    @property
    def missing(self):
        """The value that stands for 'not known'."""
        return _MISSING[self.kind]


@dataclass(frozen=True)
class Source:
    """Where the files of a domain are found, and who reads them.

    Parameters
    ----------
    list_inputs : callable
        ``list_inputs(source, *, labels=None) -> Listing``: the files of a source; with `classes` where the
        rules of the cube say so.
    make_door : callable
        ``make_door(recipe, *, reader=None, mapping=None, labels=None) -> door``; ``door(input)`` reads
        and prepares one input, in a worker, and returns a list of outcomes.
    readers : tuple of str
        Names in the catalogue of the readers that are asked, in this order.
    recognises : callable, optional
        ``recognises(source) -> bool``: whether the names of a source can be those of this domain only.
    what, endings : str
        What a file of the domain holds, and how such files end; for messages.
    draft_mapping : callable, optional
        ``draft_mapping(source) -> str``: a first description of the headers of somebody's files.
    """

    list_inputs: Callable
    make_door: Callable
    readers: tuple[str, ...] = ()
    recognises: Callable | None = None
    what: str = "example"
    endings: str = ""
    draft_mapping: Callable | None = None


@dataclass(frozen=True)
class Preparation:
    """What must happen to an example before a network can take it.

    Parameters
    ----------
    make_recipe : callable
        ``make_recipe(**options) -> dict``: how an example is prepared for a network.
    prepare_rows : callable
        ``prepare_rows(images, channels, recipe) -> (prepared, usable, faults)``: rows of a data cube,
        prepared as the door does it; which they are, and an `InputRejected` for each of the others.
    options : dict of str to str
        Options of otrain-convert that are the domain's, and the parameter of `make_recipe` that each is.
    """

    make_recipe: Callable
    prepare_rows: Callable
    options: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class CubeRules:
    """What a cube of a domain holds, and what otrain-convert says about it.

    Parameters
    ----------
    frac_true : float or "all"
        Share of examples with a label above 0, when nothing else is asked for.
    unlabelled : bool
        Whether examples without a label are kept.
    tables : dict of str to dict of str to Column
        Side tables, whose rows the door gives in the `tables` of its examples.
    always : tuple of str
        Columns that a cube has even where nothing is known.
    numbers, categories : tuple of str
        Columns whose quantiles and counts, class by class, stand in the summary.
    totals : tuple of str
        Columns that count something in a file, summed over the files in the summary.
    curve : tuple of str
        Columns that part a file, so that each part counts.
    draw_sheet : callable, optional
        ``draw_sheet(parts, channels) -> bytes``: the contact sheet as a PNG file; a part is a heading,
        images and titles of one class.
    per_class : int
        Examples of each class on the sheet.
    judged : str
        Channel that otrain-doctor looks at; empty, or where there is none of that name: the first.
    compare : callable, optional
        ``compare(columns, labels) -> list of str``: what has to be said of a cube beside its table of labels.
    any_classes : bool
        Whether the examples may have other classes than those of the domain: `list_inputs` takes `classes`.
    """

    frac_true: float | str = "all"
    unlabelled: bool = False
    tables: dict[str, dict[str, Column]] = field(default_factory=dict)
    always: tuple[str, ...] = ("candid", "file")
    numbers: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    totals: tuple[str, ...] = ()
    curve: tuple[str, ...] = ()
    draw_sheet: Callable | None = None
    per_class: int = 32
    judged: str = ""
    compare: Callable | None = None
    any_classes: bool = False


@dataclass(frozen=True)
class DomainFinding:
    """One thing that otrain-doctor finds in examples of one domain.

    Parameters
    ----------
    code : str
        A key of the `checks` of the domain's examination.
    level : {"fault", "notice"}
        A fault makes the command exit 8.
    words : str
        What was found and what to do.
    rows : sequence of int
        Examples, the worst first.
    values : sequence of str
        One for each row, in words; or none.
    count, of : int, optional
        How many, of how many; by default the rows, of all examples.
    """

    code: str
    level: str
    words: str
    rows: tuple = ()
    values: tuple = ()
    count: int | None = None
    of: int | None = None


@dataclass(frozen=True)
class DomainExamination:
    """What otrain-doctor looks for in a domain besides what it looks for in every one.

    Parameters
    ----------
    checks : dict of str to str
        Every check by its code, in words.
    find : callable
        ``find(columns, measured, labels, remarks) -> iterable of DomainFinding``; `remarks` is what was said
        when the files were read, with counts and an instance.
    measure : callable, optional
        ``measure(images, channels) -> dict of str to (n,) ndarray`` of a batch: the `measured` of `find`.
    skipped : tuple of str
        Codes of the general checks that mean nothing here.
    """

    checks: dict[str, str]
    find: Callable
    measure: Callable | None = None
    skipped: tuple[str, ...] = ()


@dataclass(frozen=True)
class Proving:
    """How a domain refines the numbers of a network with what the examples themselves say.

    Parameters
    ----------
    prove : callable
        ``prove(examples, channels, columns, values, recipe, *, names, seen, draws, seed, jobs) -> dict of str
        to list``: for each number among `targets` ``NAME NAME_std NAME_p2_5 NAME_p16 NAME_p84 NAME_p97_5``,
        and ``ess chi2 flag flag_reason assumed``. `values` has ``value sd correlations`` of the network (the
        last may be None), `seen` the ranges of its training; `jobs` is a number of worker processes.
    targets : tuple of str
        Numbers that can be refined.
    least : int
        Fewest draws.
    """

    prove: Callable
    targets: tuple[str, ...]
    least: int = 100


@dataclass(frozen=True)
class TaskRules:
    """How one task is done in a domain, when nothing else is asked for.

    Parameters
    ----------
    model : str
        Name of the network in the catalogue.
    answer : str
        What is done with the replies: a name in the catalogue of answers; empty: what the task says.
    target : str
        Channel of the cube that is to be learnt; empty: the label of the example, or `numbers`.
    numbers : tuple of str or callable
        Columns that are to be learnt as numbers; there are no classes then. Or what tells them:
        ``numbers(recipe, columns) -> (names, notes)`` of the columns of a cube, `notes` being what has to be
        said of those that were left out.
    channels : tuple of str
        Channels that a network gets; none: all that are not to be learnt.
    augment : tuple of str
        Names of the changes that are used.
    changes : dict of str to callable
        ``change(images, targets, weights, rng)`` of a whole batch in training; returns the first three.
    batch_size : int
        Examples per update, where there are enough.
    classes : tuple of str
        Names of the classes in label order, where the data tell none; none: those of the domain.
    source, cube : Source, CubeRules, optional
        How files are labelled and read for this task, and what its cube holds; by default as the domain says.
    redraw : callable, optional
        ``redraw(values, columns, channels, recipe) -> (n, ..., len(channels))``: prepared examples as they
        would be if `values` (by name, (n,) each, in natural units) were true; what is not among them comes
        from `columns` of the cube. NaN where an example cannot be drawn. The recipe says the ``shape`` of
        the examples, too.
    proving : Proving, optional
        How otrain-infer refines and tests the numbers of each example.
    """

    model: str
    answer: str = ""
    target: str = ""
    numbers: tuple[str, ...] | Callable = ()
    channels: tuple[str, ...] = ()
    augment: tuple[str, ...] = ()
    changes: dict[str, Callable] = field(default_factory=dict)
    batch_size: int = 64
    classes: tuple[str, ...] = ()
    source: Source | None = None
    cube: CubeRules | None = None
    redraw: Callable | None = None
    proving: Proving | None = None


@dataclass(frozen=True)
class Injection:
    """How events of known size are put into somebody's own data.

    Parameters
    ----------
    make_door : callable
        As that of the domain, but the door gives examples as they were read.
    prepare : callable
        ``prepare(example, recipe) -> list of Example``: what the domain's own door does then.
    copies : callable
        ``copies(example, recipe, time, valid, *, depths, durations, repeats, seed, avoid)`` yields prepared
        copies with events in them, and the truth of each: ``t0 duration depth snr``.
    kind : str
        Class of the events.
    least_statistic : dict of str to float
        By the name of a classical search the `log_odds` from which its events count where no report
        of the network says.
    """

    make_door: Callable
    prepare: Callable
    copies: Callable
    kind: str
    least_statistic: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Series:
    """All that finding events in the series of a domain asks of it.

    Parameters
    ----------
    overlapping : callable
        ``overlapping(recipe) -> recipe``: the preparation of the training, in windows that overlap, so
        that no event is cut by the end of every window; with every channel.
    measure : callable, optional
        ``measure(examples, channels, columns, events) -> dict``: further columns of events that
        were found in probability maps (``depth snr ...``); `events` has ``row`` into `examples`.
    join : callable, optional
        ``join(rows, observed) -> dict of str to list``: columns of a table of events (as lists) that are
        changed once all are known: ``period`` [d], NaN of what does not repeat, and times brought to one
        scale; `observed` are the times [d] by ``(object_id, time_scale)``.
    searches : dict of str to callable
        Classical searches: ``search(examples, channels, columns) -> events``, with ``row t0 duration
        log_odds`` and any further columns; `log_odds` ranks them. The first is judged beside every
        network.
    injection : Injection, optional
        How events of known size are put into somebody's own data, to see which are found.
    """

    overlapping: Callable
    measure: Callable | None = None
    join: Callable | None = None
    searches: dict[str, Callable] = field(default_factory=dict)
    injection: Injection | None = None


@dataclass(frozen=True)
class Domain:
    """The table of contents of one kind of data.

    Parameters
    ----------
    name : str
        Key in the catalogue.
    axes : tuple of str
        What the axes of one example are, e.g. ``("y", "x", "channel")``.
    columns : dict of str to Column
        Every canonical column, in the order in which tables show them.
    classes : tuple of str
        Default class names in label order, e.g. ``("bogus", "real")``.
    source : Source
        Where the files are found, and who reads them.
    preparation : Preparation
        What must happen to an example before a network can take it.
    tasks : dict of str to TaskRules
        What may be asked of a network about such data; the first when nothing else is asked for.
    cube : CubeRules
        What a data cube holds.
    example : str
        What one example is called: the name of the input of a network.
    group_columns : tuple of str
        Columns whose values tell which examples are of one object, best first.
    series : Series, optional
        How events are found, where examples are series.
    examination : DomainExamination, optional
        What otrain-doctor looks for.
    """

    name: str
    axes: tuple[str, ...]
    columns: dict[str, Column]
    classes: tuple[str, ...]
    source: Source
    preparation: Preparation
    tasks: dict[str, TaskRules]
    cube: CubeRules = CubeRules()
    example: str = "example"
    group_columns: tuple[str, ...] = ()
    series: Series | None = None
    examination: DomainExamination | None = None

    def rules(self, task):
        """Return how a task is done in this domain.

        Raises
        ------
        UsageError
            If it cannot be asked of such data.
        """
        if task in self.tasks:
            return self.tasks[task]
        if task not in TASKS:
            raise UsageError(f"unknown task {task!r}.{nearest(task, TASKS)} Known: {', '.join(TASKS)}.")
        brought = getattr(TASKS.load(task), "rules", {})  # a task of an installed package says its domains
        if self.name in brought:
            return brought[self.name]
        raise UsageError(f"the task {task!r} is not known for {self.name}. "
                         f"Choose: {', '.join(self.tasks)}.")

    def checked_task(self, task=None):
        """Return the name of a task that can be asked of such data, by default the first; see `rules`."""
        name = task or next(iter(self.tasks))
        self.rules(name)
        return name


    def doing(self, task):
        """Return the domain as it reads and stores examples for one task."""
        rules = self.rules(task)
        return replace(self, source=rules.source or self.source, cube=rules.cube or self.cube,
                       classes=rules.classes or self.classes)


def change_alone(change):
    """Return a change of images alone, ``(images, rng)``, in the signature of one that targets follow."""
    def changed(images, targets, weights, rng):
        return change(images, rng), targets, weights

    return changed


@dataclass(frozen=True)
class Output:
    """Where one piece of what a simulator writes goes.

    Parameters
    ----------
    path : Path
    folder : bool
        Whether it is a folder.
    """

    path: Path
    folder: bool = False


@dataclass(frozen=True)
class Simulator:
    """What a domain can make up, with its truth.

    Parameters
    ----------
    simulate : callable
        Makes examples in memory; its signature is the domain's own.
    check : callable
        ``check(**request) -> dict``: the request with every default filled in, as JSON can hold it.
        Raises UsageError if it cannot be met.
    write : callable
        ``write(folder, request, *, jobs, update) -> (kinds, words)``: writes into an empty folder and
        calls ``update(done, total)``. Returns how many there are of each kind, and what was
        written, in words, perhaps followed by a sentence for each thing that the user has to know.
        `jobs` is the number of worker processes; what is written does not depend on it.
    outputs : callable, optional
        ``outputs(request) -> dict of str to Output``: where the entries of that folder go if the user names
        no folder for all; `write` then gets a `ScatteredFolder` of these. Without it there must be a folder.
    """

    simulate: Callable
    check: Callable
    write: Callable
    outputs: Callable | None = None


def readers_of(domain, names, *, chosen=None):
    """Return the readers that are asked about the files of a domain.

    Parameters
    ----------
    domain : str
        Its name.
    names : tuple of str
        Our own readers of that domain. Those of installed packages are asked as well if their
        attribute ``domain`` has its name; without that attribute they are of transients.
    chosen : str, optional
        The one that the user wants.

    Returns
    -------
    list of Reader

    Raises
    ------
    UsageError
        If there is no reader of the chosen name, or it reads other data.
    """
    outside = [name for name in READERS if name not in READERS.own]
    if chosen is None:
        found = [READERS.load(name) for name in (*names, *outside)]
        return [reader for place, reader in enumerate(found) if place < len(names)
                or getattr(reader, "domain", "transients") == domain]
    reader = READERS.load(chosen)
    if chosen in names or (chosen in outside and getattr(reader, "domain", "transients") == domain):
        return [reader]
    raise UsageError(f"the reader {chosen!r} reads no {domain}.{nearest(chosen, names)} "
                     f"Known: {', '.join((*names, *outside))}.")
