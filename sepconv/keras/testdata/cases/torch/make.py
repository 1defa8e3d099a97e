"""Checkpoints whose weights are not kept plainly, and what PyTorch makes of them.

    pip install -r ../../requirements-torch.txt && python make.py

Each file has, beside the parameters of a depthwise and a pointwise Conv1d, the arrays
expected.* : the weights that PyTorch computes, an input and its output.
"""
import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn.utils import parametrizations, spectral_norm, weight_norm, prune

CHANNELS, MULTIPLIER, FILTERS, TAPS = 3, 2, 4, 5


class Pair(nn.Module):
    def __init__(self):
        super().__init__()
        self.dw = nn.Conv1d(CHANNELS, CHANNELS * MULTIPLIER, TAPS, groups=CHANNELS)
        self.pw = nn.Conv1d(CHANNELS * MULTIPLIER, FILTERS, 1)

    def forward(self, x):
        return self.pw(self.dw(x))


def save(name, wrap, change=lambda pair: None):
    torch.manual_seed(7)
    pair = Pair()
    wrap(pair)
    with torch.no_grad():
        change(pair)
    pair.eval()
    x = torch.randn(1, CHANNELS, 12)
    with torch.no_grad():
        y = pair(x)
    state = {k: v.contiguous() for k, v in pair.state_dict().items()}
    state |= {"expected.dw": pair.dw.weight.detach().clone(), "expected.pw": pair.pw.weight.detach().clone(),
              "expected.x": x, "expected.y": y}
    save_file(state, name + ".safetensors", {"format": "pt"})


def both(f, **kw):
    def wrap(pair):
        f(pair.dw, **kw)
        f(pair.pw, **kw)
    return wrap


def longer(pair):
    """Lengths that are not those of the directions, as training makes them."""
    for m in (pair.dw, pair.pw):
        for n, p in m.named_parameters():
            if n.endswith("weight_g") or n.endswith("original0"):
                p.mul_(torch.linspace(0.3, 2, p.numel()).reshape(p.shape))


def zero(pair):
    pair.dw.weight_v[1] = 0


for dim in (0, 1, 2, None):
    save(f"weight_norm_{dim}", both(weight_norm, dim=dim), longer)
    save(f"parametrized_{dim}", both(parametrizations.weight_norm, dim=dim), longer)
save("weight_norm_zero", both(weight_norm), zero)
save("spectral_norm", both(spectral_norm))
save("parametrized_spectral_norm", both(parametrizations.spectral_norm))
save("pruned", lambda pair: prune.l1_unstructured(pair.dw, "weight", amount=0.3))
