"""What is scored: files as people have them, or one data cube, given to a scorer as it wants them."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field

from otrain.data.inputs.listing import is_one_source
from otrain.errors import OtrainError
from otrain.workflows.progress import say
from otrain.workflows.reading.account import Account
from otrain.workflows.reading.cube_examples import cube_examples
from otrain.workflows.reading.early import watching
from otrain.workflows.reading.intake import default_jobs, intake
from otrain.workflows.reading.verified_cube import is_cube, open_verified
from otrain.workflows.scoring.windows import Asking, cube_windows, file_windows, scoring_recipe

__all__ = ["Reading"]


@dataclass(frozen=True)
class Reading:
    """A source, and how it is read.

    Parameters
    ----------
    source : path-like or list of path-like
        Folder, file, data cube, or a list of files.
    reader, mapping : optional
        As the user chose them; None: recognised.
    changes : dict
        Values in place of those of the recipe of the network.
    jobs : int, optional
        Worker processes; by default one a core, and one for a single file.
    engine : {"local", "ray"}
    ray_address : str, optional
    observe : callable, optional
        ``observe(columns)`` of every example that is given.
    checksums : {"stale", "verify", "ignore"}
        As for `intake`.
    """

    source: object
    reader: str | None = None
    mapping: object = None
    changes: dict = field(default_factory=dict)
    jobs: int | None = None
    engine: str = "local"
    ray_address: str | None = None
    observe: Callable | None = None
    checksums: str = "stale"

    @property
    def name(self):
        """The source in words."""
        return os.fsdecode(self.source) if is_one_source(self.source) else "the list of files"

    @property
    def _is_cube(self):
        return is_cube(self.source) and self.reader is None and self.mapping is None

    @property
    def crew(self):
        """Who reads the files, as options of `intake`."""
        jobs = self.jobs
        if jobs is None and self.engine == "local":
            # One file is read in one worker all the same: a broken one may kill its process.
            alone = is_one_source(self.source) and os.path.isfile(self.source)
            jobs = 1 if alone else default_jobs()
        return {"workers": jobs, "engine": self.engine, "ray_address": self.ray_address,
                "checksums": self.checksums}

    def is_cube_of(self, domain):
        """Tell whether the source is a data cube of a domain; a file of a domain may end like one."""
        if not self._is_cube:
            return False
        try:
            with open_verified(self.source, verified=False) as cube:
                return cube.meta["domain"] == domain.name
        except OtrainError:
            return False

    def windows(self, network, domain, account, on_progress, *, features=False, images=False,
                unlikeness=False):
        """Yield ``(images or Answers, columns)``: prepared examples, as many as are scored at a time.

        Parameters
        ----------
        network : Network
        domain : Domain
        account : Account
        on_progress : callable
        features : bool
            Whether workers that ask the network give its features as well.
        images : bool
            Whether the examples themselves are needed, not only what the network says of them.
        unlikeness : bool
            Whether workers that ask the network tell the distance from its training as well.
        """
        asked = None if images else (features, unlikeness)
        for window, columns in self._windows(network, domain, account, on_progress, asked):
            if self.observe is not None:
                self.observe(columns)
            yield window, columns

    def _windows(self, network, domain, account, on_progress, asked):
        recipe = scoring_recipe(domain, network, self.changes)
        if self._is_cube:
            with open_verified(self.source) as cube:
                for note in cube.notes:
                    say(f"note: {note}")
                yield from cube_windows(cube, domain, network, account.tally, account.quarantine, on_progress,
                                        recipe=recipe, place=account.place)
            return
        finish, crew = None, self.crew
        if asked is not None and (crew["workers"] or crew["engine"] != "local") and Asking.can_ask(network):
            threads = max(1, default_jobs() // crew["workers"]) if crew["engine"] == "local" else 1
            finish = Asking(network, *asked, threads)
        examples = intake(self.source, domain, recipe, reader=self.reader, mapping=self.mapping,
                          tally=account.tally, quarantine=account.quarantine,
                          on_progress=watching(on_progress, account), finish=finish,
                          place=account.place, **crew)
        yield from file_windows(examples, domain, network, account.tally, account.quarantine)

    def examples(self, domain, recipe, account, on_progress):
        """Yield ``(Input, Example)``, one by one, as the door of a domain prepares them.

        Parameters
        ----------
        domain : Domain
        recipe : dict
        account : Account or None
            None: nothing is counted.
        on_progress : callable
        """
        account = Account() if account is None else account
        for item, example in self._examples(domain, recipe | self.changes, account, on_progress):
            if self.observe is not None:
                self.observe({name: [value] for name, value in example.columns.items()})
            yield item, example

    def _examples(self, domain, recipe, account, on_progress):
        if self.is_cube_of(domain):
            yield from cube_examples(self.source, account, on_progress)
            return
        yield from intake(self.source, domain, recipe, reader=self.reader, mapping=self.mapping,
                          tally=account.tally, quarantine=account.quarantine, on_progress=on_progress,
                          place=account.place, **self.crew)
