"""Writes what PyTorch prints and computes, for tests/tensor. Run: python3 make.py (PyTorch 2.15, NumPy)."""

import torch

inf, nan = float("inf"), float("nan")
PRINTED = {
    "whole": torch.tensor([[1.0, 2.0], [3.0, 40.0]]),
    "fraction": torch.tensor([[1.5, 2.0], [-3.25, 100.0]]),
    "wide_range": torch.tensor([[0.001, 123456.0]]),
    "small": torch.tensor([[0.00001, 1.0]]),
    "whole_wide": torch.tensor([[1.0, 123456.0]]),
    "huge": torch.tensor([[2e9, 2e9]]),
    "special": torch.tensor([[nan, inf, -inf, 1.5]]),
    "special_whole": torch.tensor([[nan, inf, -inf, 1.0]]),
    "zeros": torch.zeros(2, 2),
    "int64": torch.tensor([[1, -20], [300, 4]]),
    "uint8": torch.tensor([[1, 20]], dtype=torch.uint8),
    "bool": torch.tensor([[True, False]]),
    "float64": torch.tensor([[0.5, 1.0]], dtype=torch.float64),
    "long_row": torch.arange(30, dtype=torch.float32).reshape(1, 30) / 4,
    "long_row_float64": torch.arange(30, dtype=torch.float64).reshape(1, 30),
    "suffix_wraps": torch.arange(1, 8, dtype=torch.float64).reshape(1, 7) / 8 + 1e3,
    "summarised": torch.arange(3000, dtype=torch.float32).reshape(50, 60),
    "summarised_rows": torch.arange(1200, dtype=torch.int64).reshape(600, 2),
    "summarised_int": torch.arange(1100, dtype=torch.int32).reshape(1, 1100),
}
with open("printed.txt", "w") as file:
    for name, tensor in PRINTED.items():
        file.write(f"== {name}\n{tensor}\n")

x = torch.tensor([[0.1, -2.5, 3.75, 8.0], [1e3, 7.25, -0.5, 2.0], [4.0, 4.0, 1.5, -9.0]], dtype=torch.float64)
special = torch.tensor([[nan, inf, -inf, -1.0, 2.0]], dtype=torch.float64)
VALUES = {
    "var": x.var(),
    "var0": x.var(correction=0),
    "var_dim0": x.var(dim=0),
    "var_dim1": x.var(dim=1),
    "std": x.std(),
    "cumsum_dim0": x.cumsum(0),
    "cumsum_dim1": x.cumsum(1),
    "softmax": x.softmax(1),
    "log_softmax": x.log_softmax(1),
    "logsumexp": x.logsumexp(1),
    "linspace": torch.linspace(0.1, 1.7, 7, dtype=torch.float64),
    "arange": 0.3 + 0.7 * torch.arange(5, dtype=torch.float64),
    "relu_special": special.relu(),
    "clamp_special": special.clamp(-1.5, 1.5),
    "sort_special": special.sort(1).values,
    "maximum_special": torch.maximum(special, torch.full_like(special, 0.5)),
    "argmax_special": special.argmax(),
    "remainder": torch.tensor([-7.5, 7.5, -2.0], dtype=torch.float64) % 2.0,
    "det": torch.linalg.det(x[:, :3]),
    "inverse": torch.linalg.inv(x[:, :3]),
    "qr_q": torch.linalg.qr(x.T)[0],
    "qr_r": torch.linalg.qr(x.T)[1],
}
with open("values.txt", "w") as file:
    for name, value in VALUES.items():
        file.write(name + " " + " ".join(repr(float(v)) for v in value.flatten()) + "\n")

import numpy as np

np.save("c.npy", np.array([[1.5, -2, 3], [4, 5, 6]], dtype=np.float32))
np.save("fortran.npy", np.asfortranarray(np.array([[1, 2, 3], [4, 5, 6]], dtype=np.int64)))
