"""Loads two state dicts as a careful Python user would and says how many tensors are equal."""
import sys

import torch

ours, theirs = (torch.load(path, weights_only=True) for path in sys.argv[1:3])
assert list(ours) == list(theirs), "names or their order differ"
for name, tensor in theirs.items():
    assert ours[name].dtype == tensor.dtype, name
    assert torch.equal(ours[name], tensor), name
print(f"{len(ours)} equal tensors")
