"""Writes values.txt: what PyTorch computes for the networks of golden/main.rs, in float64.

    python3 tests/golden/make.py        (torch 2.15, CPU)

Inputs and weights follow formulas that the Rust test repeats exactly (integers divided by a power of two), so that
only results are stored. A line is a name and its numbers.
"""

import pathlib
import torch
from torch import nn

torch.set_default_dtype(torch.float64)
BATCH = 6


def pattern(count, step, modulus, scale):
    """((k * step) mod modulus - modulus // 2) / scale: exact in float32 for a power of two as scale."""
    k = torch.arange(count, dtype=torch.int64)
    return ((k * step) % modulus - modulus // 2).to(torch.float64) / scale


def pictures():
    k = torch.arange(BATCH * 784, dtype=torch.int64)
    return ((k * 37 + k // 784 * 11) % 256).to(torch.float64).reshape(BATCH, 784) / 255


def vectors(width):
    return pattern(BATCH * width, 29, 61, 32).reshape(BATCH, width)


LABELS = torch.tensor([3, 0, 9, 1, 1, 7])


def set_weights(model, scale):
    with torch.no_grad():
        for number, parameter in enumerate(model.parameters()):
            parameter.copy_(pattern(parameter.numel(), 53 + 6 * number, 127, scale).reshape(parameter.shape))


def thin(tensor):
    """At most 40 elements, evenly spaced."""
    flat = tensor.detach().flatten()
    return flat[:: max(1, flat.numel() // 40)][:40]


lines = []


def write(name, tensor):
    numbers = torch.as_tensor(tensor).detach().flatten().tolist()
    lines.append(name + " " + " ".join(f"{number:.9e}" for number in numbers))


def record(name, model, x, target, criterion, optimizer, steps=3):
    for step in range(steps):
        optimizer.zero_grad()
        outputs = model(x)
        loss = criterion(outputs, target)
        loss.backward()
        if step == 0:
            write(f"{name}.outputs", outputs)
            for number, parameter in enumerate(model.parameters()):
                write(f"{name}.gradient{number}", thin(parameter.grad))
                write(f"{name}.gradient_norm{number}", parameter.grad.norm())
        write(f"{name}.loss{step}", loss)
        optimizer.step()
    for number, parameter in enumerate(model.parameters()):
        write(f"{name}.weight{number}", thin(parameter))


def softmax():
    model = nn.Sequential(nn.Linear(784, 10))
    set_weights(model, 4096)
    return model


def mlp():
    model = nn.Sequential(nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 10))
    set_weights(model, 4096)
    return model


def small():
    model = nn.Sequential(nn.Linear(7, 17), nn.Tanh(), nn.Linear(17, 5), nn.Sigmoid(), nn.Linear(5, 3), nn.Sigmoid())
    set_weights(model, 128)
    return model


record("softmax", m := softmax(), pictures(), LABELS, nn.CrossEntropyLoss(), torch.optim.SGD(m.parameters(), lr=0.1))
record("mlp", m := mlp(), pictures(), LABELS, nn.CrossEntropyLoss(), torch.optim.SGD(m.parameters(), lr=0.1))

TARGETS = pattern(BATCH * 3, 17, 31, 32).reshape(BATCH, 3)
OPTIMIZERS = {
    "sgd_decay": lambda p: torch.optim.SGD(p, lr=0.5, weight_decay=0.125),
    "momentum": lambda p: torch.optim.SGD(p, lr=0.5, momentum=0.875, weight_decay=0.125),
    "adam": lambda p: torch.optim.Adam(p, lr=0.03125, weight_decay=0.125),
    "adamw": lambda p: torch.optim.AdamW(p, lr=0.03125, weight_decay=0.125),
}
for label, optimizer in OPTIMIZERS.items():
    model = small()
    record(f"small.{label}", model, vectors(7), TARGETS, nn.MSELoss(), optimizer(model.parameters()), steps=5)

logits = torch.tensor([[1000.0, 999.0, -1000.0], [0.0, 1e-3, -1e-3], [-80.0, 90.0, 20.0]], requires_grad=True)
loss = nn.CrossEntropyLoss()(logits, torch.tensor([1, 0, 2]))
loss.backward()
write("extreme.loss", loss)
write("extreme.gradient", logits.grad)
soft = torch.tensor([[0.25, 0.5, 0.25], [1.0, 0.0, 0.0], [0.0, 0.125, 0.875]])
logits = torch.tensor([[1.0, 2.0, -1.0], [0.0, 0.5, -0.25], [-8.0, 9.0, 2.0]], requires_grad=True)
loss = nn.CrossEntropyLoss()(logits, soft)
loss.backward()
write("probabilities.loss", loss)
write("probabilities.gradient", logits.grad)

ACTIVATIONS = {
    "relu": nn.ReLU(), "leaky": nn.LeakyReLU(), "elu": nn.ELU(), "softplus": nn.Softplus(),
    "sigmoid": nn.Sigmoid(), "tanh": nn.Tanh(), "silu": nn.SiLU(), "gelu": nn.GELU(),
}
for label, activation in ACTIVATIONS.items():
    x = pattern(41, 1, 41, 4).requires_grad_()
    y = activation(x)
    y.sum().backward()
    write(f"activation.{label}.value", y)
    write(f"activation.{label}.slope", x.grad)

pathlib.Path(__file__).with_name("values.txt").write_text("\n".join(lines) + "\n")
