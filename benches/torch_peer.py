"""PyTorch (eager and compiled), NumPy and ONNX Runtime as contestants of `compare`.

    python3 torch_peer.py --worker torch-eager|torch-compiled|numpy|onnxruntime --threads 1 --data DIR

Reads orders from standard input and answers on standard output, as `harness/worker.rs` says; `compare` starts it and
writes the data. Needs `pip install torch numpy onnx onnxruntime`, of which each contestant imports its own;
`torch-compiled` needs a C++ compiler too.
"""

import argparse
import math
import re
import sys
import time
from pathlib import Path

import numpy as np

PIXELS = 784
SIZES = {
    "W1": [2, 1],
    "W2": [784, 10],
    "W3": [784, 256, 10],
    "W3b": [784, 512, 256, 10],
    "W4": [2, 100, 3],
    "W5:784-10": [784, 10],
    "W5:784-256-10": [784, 256, 10],
    "W5:2-100-3": [2, 100, 3],
    "W5:autoencoder": [640, 128, 128, 128, 128, 8, 128, 128, 128, 128, 640],
}
BATCH = {"W1": 10, "W2": 256, "W3": 256, "W3b": 128, "W4": 3000}
LR = {"W1": 0.03, "W2": 0.1, "W3": 0.1, "W3b": 1e-3, "W4": 1e-3}
ADAM = {"W3b": 0.0, "W4": 1e-5}  # weight decay
NAMES = {(2, 1): "2-1", (784, 512, 256, 10): "784-512-256-10", (2, 100, 3): "2-100-3", (784, 10): "784-10",
         (784, 256, 10): "784-256-10"}


def pattern(count, seed=0):
    """The input of W5 and the operands of W6, as in `contestants/plain.rs`."""
    return ((((np.arange(count) + seed) * 37) % 101).astype(np.float32) / np.float32(101)) - np.float32(0.5)


class Data:
    def __init__(self, folder):
        self.folder = Path(folder)

    def floats(self, name, *shape):
        return np.fromfile(self.folder / f"{name}.f32", dtype="<f4").reshape(shape)

    def bytes(self, name):
        return np.fromfile(self.folder / f"{name}.u8", dtype=np.uint8)

    def pictures(self):
        pixels = np.empty((60000, PIXELS), dtype=np.float32)
        np.divide(self.bytes("pictures").reshape(60000, PIXELS), np.float32(255), out=pixels)
        return pixels

    def samples(self, workload):
        if workload == "W1":
            return self.floats("linear-x", 1000, 2), self.floats("linear-y", 1000, 1)
        if workload == "W4":
            return self.floats("spiral-x", 3000, 2), self.bytes("spiral-y").astype(np.int64)
        return self.pictures(), self.bytes("labels").astype(np.int64)

    def weights(self, sizes):
        """Layer by layer, each [out, in]."""
        name = NAMES.get(tuple(sizes), "autoencoder")
        rest = np.fromfile(self.folder / f"weights-{name}.f32", dtype="<f4")
        for inputs, outputs in zip(sizes, sizes[1:]):
            yield rest[: inputs * outputs].reshape(outputs, inputs).copy()
            rest = rest[inputs * outputs :]


def operands(name):
    """a and b of `W6:rowsxinnerxcolumns[t]`, where t says that a is stored transposed; b lies by rows.

    With b by output, as in Formwork's layers, PyTorch would be twice as fast on 256x784x10 and NumPy by a third on
    256x10x784, neither then the fastest; both would be slower on most of the others.
    """
    transposed = name.endswith("t")
    rows, inner, columns = (int(size) for size in name[3:].removesuffix("t").split("x"))
    a, b = pattern(rows * inner), pattern(inner * columns, 7)
    return (a.reshape(inner, rows).T if transposed else a.reshape(rows, inner)), b.reshape(inner, columns)


class Torch:
    def __init__(self, data, threads, compiled):
        import torch

        self.torch, self.data, self.compiled = torch, data, compiled
        torch.set_num_threads(threads)
        torch.manual_seed(0)

    def versions(self):
        blas = re.search(r"BLAS_INFO=(\w+)", self.torch.__config__.show())
        blas = blas[1].upper() if blas else "BLAS unknown"
        return f"torch {self.torch.__version__} ({blas}; torch-compiled is torch.compile, in W5 TorchScript)"

    def net(self, sizes):
        torch, layers = self.torch, []
        for weight in self.data.weights(sizes):
            linear = torch.nn.Linear(weight.shape[1], weight.shape[0])
            with torch.no_grad():
                linear.weight.copy_(torch.from_numpy(weight))
                linear.bias.zero_()
            layers += [linear, torch.nn.ReLU()]
        return torch.nn.Sequential(*layers[:-1])

    def prepare(self, workload):
        if workload.startswith("W5:"):
            return self.latency(SIZES[workload])
        if workload.startswith("W6:"):
            return self.product(workload) if not self.compiled else None
        return self.training(workload)

    def training(self, workload):
        torch = self.torch
        functional = torch.nn.functional
        net = self.net(SIZES[workload])
        x, y = (torch.from_numpy(array) for array in self.data.samples(workload))
        batch, samples = BATCH[workload], len(x)
        if workload in ADAM:
            optimizer = torch.optim.Adam(net.parameters(), lr=LR[workload], weight_decay=ADAM[workload])
        else:
            optimizer = torch.optim.SGD(net.parameters(), lr=LR[workload])
        loss_of = functional.mse_loss if workload == "W1" else functional.cross_entropy

        def loss_function(x, y):
            return loss_of(net(x), y)

        if self.compiled:
            loss_function = torch.compile(loss_function, dynamic=False)

        def step(x, y):
            optimizer.zero_grad()
            loss = loss_function(x, y)
            loss.backward()
            optimizer.step()
            return loss.item()

        def run(count):
            mean = 0.0
            for _ in range(count):
                if batch == samples:
                    mean = step(x, y)
                    continue
                order, total = torch.randperm(samples), 0.0
                for start in range(0, samples, batch):
                    places = order[start : start + batch]
                    total += step(x[places], y[places]) * len(places)
                mean = total / samples
            return mean

        return run

    def latency(self, sizes):
        torch = self.torch
        net = self.net(sizes).eval()
        x = torch.from_numpy(pattern(sizes[0])).reshape(1, -1)
        with torch.inference_mode():
            if self.compiled:  # by TorchScript; `versions` says so in the report
                net = torch.jit.optimize_for_inference(torch.jit.trace(net, x))

        def run(count):
            with torch.inference_mode():
                for _ in range(count):
                    output = net(x)
                return output.double().sum().item()

        run(20)
        return run

    def product(self, workload):
        torch = self.torch
        a, b = operands(workload)
        a, b = torch.from_numpy(a), torch.from_numpy(b)
        c = torch.empty(a.shape[0], b.shape[1])

        def run(count):
            with torch.inference_mode():
                for _ in range(count):
                    torch.mm(a, b, out=c)
                return c.double().sum().item()

        return run


class Numpy:
    """The loop that one would write by hand over NumPy's products (OpenBLAS)."""

    def __init__(self, data):
        self.data = data
        self.rng = np.random.default_rng(0)

    def versions(self):
        blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
        return f"numpy {np.__version__} ({blas['name']} {blas['version']})"

    def prepare(self, workload):
        if workload.startswith("W6:"):
            return self.product(workload)
        return self.training(workload) if workload in ("W2", "W3") else None

    def training(self, workload):
        x, y = self.data.samples(workload)
        weights = [np.ascontiguousarray(weight.T) for weight in self.data.weights(SIZES[workload])]
        biases = [np.zeros(weight.shape[1], dtype=np.float32) for weight in weights]
        batch, samples, lr = BATCH[workload], len(x), np.float32(LR[workload])

        def step(x, y):
            activations = [x]
            for index, (weight, bias) in enumerate(zip(weights, biases)):
                z = activations[-1] @ weight
                z += bias
                if index + 1 < len(weights):
                    np.maximum(z, 0, out=z)
                activations.append(z)
            g, rows = activations.pop(), np.arange(len(y))
            g -= g.max(axis=1, keepdims=True)
            picked = g[rows, y]
            np.exp(g, out=g)
            total = g.sum(axis=1, keepdims=True)
            loss = float((np.log(total[:, 0]) - picked).mean())
            g /= total
            g[rows, y] -= 1
            g /= np.float32(len(y))
            for index in reversed(range(len(weights))):
                before = activations[index]
                gradient, sums = before.T @ g, g.sum(axis=0)
                if index:
                    g = g @ weights[index].T
                    g *= before > 0
                gradient *= lr
                weights[index] -= gradient
                biases[index] -= lr * sums
            return loss

        def run(count):
            mean = 0.0
            for _ in range(count):
                order, total = self.rng.permutation(samples), 0.0
                for start in range(0, samples, batch):
                    places = order[start : start + batch]
                    total += step(x[places], y[places]) * len(places)
                mean = total / samples
            return mean

        return run

    def product(self, workload):
        a, b = operands(workload)
        c = np.empty((a.shape[0], b.shape[1]), dtype=np.float32)

        def run(count):
            for _ in range(count):
                np.matmul(a, b, out=c)
            return float(c.sum(dtype=np.float64))

        return run


class OnnxRuntime:
    """One sample through a session whose input and output stay bound to the same memory."""

    def __init__(self, data, threads):
        import onnx
        import onnxruntime

        self.onnx, self.runtime, self.data, self.threads = onnx, onnxruntime, data, threads

    def versions(self):
        return f"onnxruntime {self.runtime.__version__} (MLAS)"

    def model(self, sizes):
        """As PyTorch exports it: `Gemm` with weights [out, in]. `MatMul` and `Add`, or [in, out], are not faster."""
        helper, array = self.onnx.helper, self.onnx.numpy_helper.from_array
        nodes, constants, x = [], [], "x"
        for index, weight in enumerate(self.data.weights(sizes)):
            last = index + 2 == len(sizes)
            names = [f"weight{index}", f"bias{index}"]
            constants += map(array, [weight, np.zeros(len(weight), dtype=np.float32)], names)
            z = "y" if last else f"z{index}"
            nodes.append(helper.make_node("Gemm", [x, *names], [z], transB=1))
            if not last:
                x = f"x{index}"
                nodes.append(helper.make_node("Relu", [z], [x]))
        ends = [[helper.make_tensor_value_info(name, self.onnx.TensorProto.FLOAT, [1, size])]
                for name, size in (("x", sizes[0]), ("y", sizes[-1]))]
        graph = helper.make_graph(nodes, "net", *ends, constants)
        # Versions that every runtime of the last years reads.
        return helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("", 17)])

    def prepare(self, workload):
        if not workload.startswith("W5:"):
            return None
        runtime, sizes = self.runtime, SIZES[workload]
        options = runtime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = self.threads, 1
        options.execution_mode = runtime.ExecutionMode.ORT_SEQUENTIAL
        options.graph_optimization_level = runtime.GraphOptimizationLevel.ORT_ENABLE_ALL
        model = self.model(sizes).SerializeToString()
        session = runtime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        x = runtime.OrtValue.ortvalue_from_numpy(pattern(sizes[0]).reshape(1, -1))
        y = runtime.OrtValue.ortvalue_from_shape_and_type([1, sizes[-1]], np.float32)
        binding = session.io_binding()
        binding.bind_ortvalue_input("x", x)
        binding.bind_ortvalue_output("y", y)

        def run(count):
            for _ in range(count):
                session.run_with_iobinding(binding)
            return float(y.numpy().sum(dtype=np.float64))

        run(20)
        return run


class Timed:
    """A job and how many runs of it filled the time that was asked for."""

    def __init__(self, job):
        self.job, self.runs = job, 1

    def time(self, seconds):
        while True:
            start = time.perf_counter()
            self.job(self.runs)
            elapsed = time.perf_counter() - start
            if elapsed >= seconds:
                return elapsed / self.runs
            factor = min(max(1.2 * seconds / max(elapsed, 1e-9), 1.1), 10.0)
            self.runs = math.ceil(self.runs * factor)


def answer(peer, prepared, words):
    match words:
        case ["versions"]:
            return peer.versions()
        case ["prepare", workload]:
            job = peer.prepare(workload)
            if job is None:
                return "none this contestant does not offer it"
            prepared[workload] = Timed(job)
            return f"ok {job(1)}"
        case ["run", workload, seconds]:
            return str(prepared[workload].time(float(seconds)))
        case ["drop", workload]:
            prepared.pop(workload, None)
            return "ok 0"
    return f"error {words} is no order"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--worker", choices=["torch-eager", "torch-compiled", "numpy", "onnxruntime"], required=True)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--data", required=True)
    options = parser.parse_args()
    data = Data(options.data)
    if options.worker == "numpy":
        peer = Numpy(data)
    elif options.worker == "onnxruntime":
        peer = OnnxRuntime(data, options.threads)
    else:
        peer = Torch(data, options.threads, options.worker == "torch-compiled")
    prepared = {}
    for line in sys.stdin:
        try:
            text = answer(peer, prepared, line.split())
        except Exception as error:  # one workload that fails must not end the others
            text = f"error {type(error).__name__}: {' '.join(str(error).split())[:300]}"
        print(text, flush=True)


if __name__ == "__main__":
    main()
