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
    indices: bool = False  # all inputs are indices, whatever their type
    text: list = None  # what the one input is
    change: object = None  # f(inputs), which changes them
    beyond: bool = False  # of layers that no runner has to have
    half: bool = False  # Keras computes in 16 bits and is not held to the bound
    xla: bool = False  # the CPU has no other way: data_format="channels_first"


class Cases(list):
    def __call__(self, **kwargs):
        """As a decorator: adds the function, under its own name."""

        def add(build):
            self.append(Case(build.__name__, build, **kwargs))
            return build

        return add


def fan(G, shape, layers, dtype=None, **more):
    """A model whose outputs are what each of the layers makes of the one input."""
    i = G.Input(shape, dtype=dtype) if dtype else G.Input(shape)
    outputs = []
    for l in layers:
        y = l(i)
        outputs += y if isinstance(y, (list, tuple)) else [y]
    return G.Model(i, outputs, **more)
