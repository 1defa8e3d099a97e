"""A case: a function that builds a model, and what its inputs may be."""

import dataclasses

LENGTHS = (13, 18)


@dataclasses.dataclass
class Case:
    name: str
    build: object  # f(generation) -> model
    lengths: tuple = LENGTHS  # of the time of inputs that leave it open, one run for each
    vocabulary: int = 12  # indices of integer inputs are below it
    generations: tuple = (2, 3)
    formats: tuple = None  # None: by name, so that all get their share
    batch: int = 2
    xla: bool = False  # the CPU has no other way: data_format="channels_first"


class Cases(list):
    def __call__(self, **kwargs):
        """As a decorator: adds the function, under its own name."""

        def add(build):
            self.append(Case(build.__name__, build, **kwargs))
            return build

        return add
