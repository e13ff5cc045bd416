"""Saves tensors that share a storage, are strided, expanded or parameters: what torch.save does not make contiguous."""
import sys

import torch

base = torch.arange(6.0)
torch.save({
    "transposed": base.view(2, 3).t(),
    "tail": base[4:],
    "expanded": torch.tensor([7.0]).expand(3),
    "parameter": torch.nn.Parameter(base),
}, sys.argv[1])
