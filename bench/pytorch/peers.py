#!/usr/bin/env python3
"""Measures in PyTorch, on a CUDA device, what `IadNative.Bench.Gpu` measures: a training step of every model, eager, by
torch.compile and as a CUDA graph; the work between two rounds; and torch.sort.

A step gathers and standardises a batch of 128 or 200 rows that lie on the device, computes the importance-weighted loss and its
gradients, and takes a step of (fused) Adam. R networks have one loss, one Adam for all and, as a CUDA graph, one graph for all.
They are measured in two ways: "sequential", R modules one after the other, and "batched", one call of torch.func.vmap on stacked
parameters, which makes of R products a batched one and of R convolutions a grouped one. torch.compile, which would unroll
sequential modules, is measured for one network and for batched ones. At the end the profiler counts the kernels, copies and
fills of every step. Between two rounds all rows are scored in one batch, and the scores of all networks sorted, ranked,
compared with the last ranks and turned into weights together, with medians, mean weights and the AUC (ties not averaged) read back
at the end.

The file is written after every measurement; see results.py. `--check` needs no device: on the CPU it trains every model both ways
and compares the scores.

  python3 peers.py --out peers.json [--device 0] [--only svdd,maf36,sort] [--replicas 1,10] [--sort 10,12,26] [--repetitions 7]
                   [--variants eager,compile,graph] [--seconds-limit 300]
  python3 peers.py --check [--only svdd,maf36]
"""

import argparse
import statistics
import sys
import time

import torch
from torch import nn

from results import Results, measured

VARIANTS = ("eager", "compile", "graph")
SECONDS = 0.2  # that a repetition takes at least
PROFILED_STEPS = 8
SHARED = ("mask", "center")  # buffers that are the same in all networks of a model
NU = 0.1  # of the soft boundary
INVERSE_TAU = 4  # of the weights


class Chain(nn.Module):
    """Dense layers, all but the last with batch normalisation without scale and shift, and a leaky ReLU."""

    def __init__(self, widths):
        super().__init__()
        layers = []
        for k in range(len(widths) - 1):
            layers.append(nn.Linear(widths[k], widths[k + 1], bias=False))
            if k < len(widths) - 2:
                layers += [nn.BatchNorm1d(widths[k + 1], eps=1e-4, affine=False), nn.LeakyReLU(0.01)]
        self.layers = nn.Sequential(*layers)

    def forward(self, x):
        return self.layers(x)


class ConvEncoder(nn.Module):
    """Two 5x5 convolutions with batch normalisation, leaky ReLU and 2x2 max-pooling, then dense layers, the last one plain."""

    def __init__(self, channels, widths):
        super().__init__()
        layers, inputs = [nn.Unflatten(1, (1, 28, 28))], 1
        for outputs in channels:
            layers += [nn.Conv2d(inputs, outputs, 5, padding=2, bias=False), nn.BatchNorm2d(outputs, eps=1e-4, affine=False),
                       nn.LeakyReLU(0.01), nn.MaxPool2d(2)]
            inputs = outputs
        self.convolutions = nn.Sequential(*layers, nn.Flatten())
        self.dense = Chain([inputs * 49, *widths])

    def forward(self, x):
        return self.dense(self.convolutions(x))


class ConvDecoder(nn.Module):
    """The encoder's mirror: dense layers back to 7 x 7, then twice a nearest-neighbour doubling and a transposed convolution."""

    def __init__(self, channels, widths):
        super().__init__()
        inputs = channels[-1]
        mirrored = [*reversed(widths), inputs * 49]
        self.dense = Chain(mirrored)
        self.after = nn.Sequential(nn.BatchNorm1d(inputs * 49, eps=1e-4, affine=False), nn.LeakyReLU(0.01),
                                   nn.Unflatten(1, (inputs, 7, 7)))
        layers = []
        for outputs in [*reversed(channels[:-1]), 1]:
            layers += [nn.Upsample(scale_factor=2), nn.ConvTranspose2d(inputs, outputs, 5, padding=2, bias=False)]
            if outputs != 1:
                layers += [nn.BatchNorm2d(outputs, eps=1e-4, affine=False), nn.LeakyReLU(0.01)]
            inputs = outputs
        self.convolutions = nn.Sequential(*layers, nn.Flatten())

    def forward(self, x):
        return self.convolutions(self.after(self.dense(x)))


class MaskedLinear(nn.Linear):
    def __init__(self, mask):
        super().__init__(mask.shape[1], mask.shape[0])
        self.register_buffer("mask", mask)

    def forward(self, x):
        return nn.functional.linear(x, self.weight * self.mask, self.bias)


class Made(nn.Module):
    """A masked autoencoder with two hidden layers of 32, and the affine map that its outputs make."""

    def __init__(self, features, reverse):
        super().__init__()
        inputs = torch.arange(features)
        if reverse:
            inputs = inputs.flip(0)
        hidden = torch.arange(32) % max(features - 1, 1)
        outputs = inputs.repeat(2)
        self.layers = nn.Sequential(
            MaskedLinear((hidden[:, None] >= inputs[None, :]).float()), nn.ReLU(),
            MaskedLinear((hidden[:, None] >= hidden[None, :]).float()), nn.ReLU(),
            MaskedLinear((outputs[:, None] > hidden[None, :]).float()))

    def forward(self, x):
        mean, log_scale = self.layers(x).chunk(2, dim=1)
        return (x - mean) * torch.exp(-log_scale), -log_scale.sum(1)


class FlowNorm(nn.Module):
    def __init__(self, features):
        super().__init__()
        self.log_scale = nn.Parameter(torch.zeros(features))
        self.shift = nn.Parameter(torch.zeros(features))
        self.register_buffer("mean", torch.zeros(features))
        self.register_buffer("variance", torch.ones(features))

    def forward(self, x):
        if self.training:
            mean, variance = x.mean(0), x.var(0)
            with torch.no_grad():
                self.mean.mul_(0.9).add_(mean, alpha=0.1)
                self.variance.mul_(0.9).add_(variance, alpha=0.1)
        else:
            mean, variance = self.mean, self.variance
        y = torch.exp(self.log_scale) * (x - mean) / torch.sqrt(variance + 1e-5) + self.shift
        return y, (self.log_scale - 0.5 * torch.log(variance + 1e-5)).sum()


class Flow(nn.Module):
    def __init__(self, features):
        super().__init__()
        self.blocks = nn.ModuleList([part for k in range(5) for part in (Made(features, k % 2 == 1), FlowNorm(features))])

    def forward(self, x):
        log_determinant = 0
        for block in self.blocks:
            x, more = block(x)
            log_determinant = log_determinant + more
        return x, log_determinant


class Distance(nn.Module):
    """Each sample's squared distance of its code to the center."""

    def __init__(self, encoder, features):
        super().__init__()
        self.encoder = encoder
        self.register_buffer("center", torch.full((features,), 0.5))

    def forward(self, x):
        return ((self.encoder(x) - self.center) ** 2).sum(1)


class Reconstruction(nn.Module):
    """Each sample's squared error."""

    def __init__(self, encoder, decoder):
        super().__init__()
        self.network = nn.Sequential(encoder, decoder)

    def forward(self, x):
        return ((self.network(x) - x) ** 2).sum(1)


class Likelihood(nn.Module):
    """Each sample's negative log-likelihood."""

    def __init__(self, features):
        super().__init__()
        self.flow = Flow(features)
        self.constant = 0.9189385332046727 * features

    def forward(self, x):
        u, log_determinant = self.flow(x)
        return 0.5 * (u ** 2).sum(1) + self.constant - log_determinant


MNIST, FASHION = ([8, 4], [32]), ([16, 32], [128, 64])

# name: (network that scores samples, rows, features, batch)
MODELS = {
    "svdd": (lambda: Distance(Chain([36, 32, 16, 8]), 8), 6435, 36, 128),
    "svdd-soft": (lambda: Distance(Chain([36, 32, 16, 8]), 8), 6435, 36, 128),
    "ae": (lambda: Reconstruction(Chain([36, 32, 16, 8]), Chain([8, 16, 32, 36])), 6435, 36, 128),
    "maf36": (lambda: Likelihood(36), 6435, 36, 128),
    "maf784": (lambda: Likelihood(784), 7400, 784, 200),
    "lenet": (lambda: Distance(ConvEncoder(*MNIST), 32), 7400, 784, 200),
    "lenet-ae": (lambda: Reconstruction(ConvEncoder(*MNIST), ConvDecoder(*MNIST)), 7400, 784, 200),
    "fmnist": (lambda: Distance(ConvEncoder(*FASHION), 64), 7400, 784, 200),
    "fmnist-ae": (lambda: Reconstruction(ConvEncoder(*FASHION), ConvDecoder(*FASHION)), 7400, 784, 200),
}


def median_seconds(repetitions, run):
    """The median seconds of one part; run(count) does so many parts and waits for them."""

    def seconds(count):
        start = time.perf_counter()
        run(count)
        return time.perf_counter() - start

    parts = 1
    run(parts)
    run(parts)
    while seconds(parts) < SECONDS and parts < 1 << 20:
        parts *= 2
    return statistics.median(seconds(parts) / parts for _ in range(repetitions))


class Sequential:
    """R modules, called one after the other."""

    def __init__(self, networks):
        self.networks = networks
        self.parameters = [parameter for network in networks for parameter in network.parameters()]

    def __call__(self, x):
        """Scores of x: R x n x d gives R x n; n x d is scored by every network."""
        return torch.stack([network(x if x.dim() == 2 else x[r]) for r, network in enumerate(self.networks)])

    def eval(self):
        for network in self.networks:
            network.eval()


class Batched:
    """R networks as one module of stacked parameters and buffers; what is the same in all is not stacked."""

    def __init__(self, networks):
        self.module = networks[0]
        self.stacked, buffers = torch.func.stack_module_state(networks)
        self.buffers = {name: buffer for name, buffer in buffers.items() if name.rpartition(".")[2] not in SHARED}
        self.parameters = list(self.stacked.values())

    def __call__(self, x):
        """As of Sequential."""
        score = torch.func.vmap(self.one, in_dims=(0, 0, None if x.dim() == 2 else 0))
        return score(self.stacked, self.buffers, x)

    def one(self, parameters, buffers, x):
        return torch.func.functional_call(self.module, (parameters, buffers), (x,))

    def eval(self):
        self.module.eval()


MODULES = {"sequential": Sequential, "batched": Batched}


class Training:
    """R networks of a model on data that lies on the device."""

    def __init__(self, name, variant, modules, replicas, device="cuda"):
        make, rows, features, batch = MODELS[name]
        torch.manual_seed(0)
        self.is_cuda = device == "cuda"
        self.networks = MODULES[modules]([make().to(device).train() for _ in range(replicas)])
        self.is_soft = name == "svdd-soft"
        self.radii = torch.zeros(replicas, device=device)
        self.data = torch.rand(rows, features, device=device)
        self.scale = 1.0 if "net" in name or "mnist" in name else 3.46
        self.weights = torch.rand(replicas, rows, device=device)
        self.order = torch.stack([torch.randperm(rows, device=device) for _ in range(replicas)])
        self.batch, self.batches, self.next = batch, rows // batch, 0
        self.adam = torch.optim.Adam(self.networks.parameters, lr=1e-4, fused=self.is_cuda, capturable=variant == "graph")
        self.rows = self.order[:, :batch].clone()
        self.places = torch.arange(1, rows + 1, device=device).expand(replicas, rows)
        self.ranks = self.order + 1
        is_anomaly = torch.arange(rows, device=device) % 10 == 0
        self.anomalous, self.normal = is_anomaly.nonzero().squeeze(1), (~is_anomaly).nonzero().squeeze(1)
        if variant == "compile":
            from torch import _dynamo
            _dynamo.reset()  # no model pays for the shapes of the one before
            self.weighted_losses = torch.compile(self.weighted_losses)
        self.graph = self.record() if variant == "graph" else None

    def weighted_losses(self, rows):
        """The loss of all networks together, and every sample's score."""
        scores = self.networks((self.data[rows] - 0.5) * self.scale)
        losses = scores
        if self.is_soft:
            squared = self.radii[:, None] ** 2
            losses = NU * squared + torch.relu(scores - squared)
        return (self.weights.gather(1, rows) * losses).sum() / self.batch, scores.detach()

    def train(self, rows):
        self.adam.zero_grad(set_to_none=True)
        self.train_without_clearing(rows)

    def train_without_clearing(self, rows):
        loss, scores = self.weighted_losses(rows)
        loss.backward()
        self.adam.step()
        if self.is_soft:
            self.radii.copy_(torch.quantile(torch.sqrt(scores), 1 - NU, dim=1))

    def record(self):
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for _ in range(3):
                self.train(self.rows)
        torch.cuda.current_stream().wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        self.adam.zero_grad(set_to_none=True)
        with torch.cuda.graph(graph):
            self.train_without_clearing(self.rows)
        return graph

    def step(self):
        rows = self.order[:, self.next * self.batch:(self.next + 1) * self.batch]
        self.next = (self.next + 1) % self.batches
        if self.graph is None:
            self.train(rows)
        else:
            self.rows.copy_(rows)
            self.graph.replay()

    def run_steps(self, steps):
        for _ in range(steps):
            self.step()
        self.wait()

    def wait(self):
        if self.is_cuda:
            torch.cuda.synchronize()

    @torch.no_grad()
    def round(self):
        n = self.data.shape[0]
        x = (self.data - 0.5) * self.scale
        scores = self.networks(x)
        ordered, order = torch.sort(scores, dim=1, stable=True)
        ranks = torch.empty_like(order).scatter_(1, order, self.places)
        middle = (n + 1) // 2
        flips = (((self.ranks < middle) & (ranks > middle)) | ((self.ranks > middle) & (ranks < middle))).sum(1)
        self.ranks.copy_(ranks)
        lowest, highest = ordered[:, 0].double(), ordered[:, -1].double()
        median = (ordered[:, (n - 1) // 2].double() + ordered[:, n // 2].double()) / 2
        width = torch.minimum(median - lowest, highest - median)
        exponent = (scores.double() - median[:, None]) / width[:, None] * INVERSE_TAU
        self.weights.copy_(1 / (1 + torch.exp(exponent.clamp(-80, 80))))
        a = len(self.anomalous)
        auc = (ranks[:, self.anomalous].sum(1).double() - a * (a + 1) / 2) / (a * (n - a))
        weights = self.weights.double()
        return torch.stack([flips.double(), lowest, median, highest, auc, weights.mean(1), weights.median(1).values,
                            weights[:, self.anomalous].mean(1), weights[:, self.normal].mean(1)]).cpu()

    def run_rounds(self, rounds):
        self.networks.eval()
        for _ in range(rounds):
            self.round()


def measure_step(name, variant, modules, replicas, repetitions):
    return {"name": name, "variant": variant, "modules": modules, "replicas": replicas, **measured(
        "seconds", lambda: median_seconds(repetitions, Training(name, variant, modules, replicas).run_steps))}


def count_kernels(name, variant, modules, replicas):
    """Kernels, copies and fills of the device in a step; None where the profiler sees none."""

    def count():
        training = Training(name, variant, modules, replicas)
        training.run_steps(PROFILED_STEPS)
        with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CUDA]) as profile:
            training.run_steps(PROFILED_STEPS)
        events = sum(event.device_type == torch.autograd.DeviceType.CUDA and not getattr(event, "is_user_annotation", False)
                     for event in profile.events())
        return events / PROFILED_STEPS or None

    return {"name": name, "variant": variant, "modules": modules, "replicas": replicas, **measured("count", count)}


def measure_round(name, modules, replicas, repetitions):
    return {"name": name, "modules": modules, "replicas": replicas, **measured(
        "seconds", lambda: median_seconds(repetitions, Training(name, "eager", modules, replicas).run_rounds))}


def measure_sort(length, repetitions):
    def measure():
        keys = torch.randint(-2 ** 31, 2 ** 31 - 1, (length,), dtype=torch.int32, device="cuda")

        def run(count):
            for _ in range(count):
                torch.sort(keys, stable=True)
            torch.cuda.synchronize()

        return median_seconds(repetitions, run)

    return {"length": length, **measured("seconds", measure)}


def plan(results, options):
    """All models, R ascending: sequential modules in all variants, then, for R above 1, batched ones. Kernels are counted at the
    end, since a profiler that was started once may slow what is timed afterwards."""
    names = [name for name in MODELS if not options.only or name in options.only]
    ways = [(name, replicas, modules) for name in names for replicas in options.replicas
            for modules in MODULES if modules == "sequential" or replicas > 1]
    steps = [(name, variant, modules, replicas) for name, replicas, modules in ways for variant in options.variants
             if variant != "compile" or replicas == 1 or modules == "batched"]
    for step in steps:
        results.add("{}, {}, {}, R = {}".format(*step), "steps", lambda step=step: measure_step(*step, options.repetitions))
    for name, replicas, modules in ways:
        results.add(f"{name}, round, {modules}, R = {replicas}", "rounds",
                    lambda way=(name, modules, replicas): measure_round(*way, options.repetitions))
    for power in options.sort if not options.only or "sort" in options.only else []:
        results.add(f"torch.sort, n = 2^{power}", "sorts", lambda length=1 << power: measure_sort(length, options.repetitions))
    for step in steps:
        results.add("kernels of {}, {}, {}, R = {}".format(*step), "kernels", lambda step=step: count_kernels(*step))


def check(names, replicas=3, steps=3):
    """Whether batched modules score as sequential ones do, before, while and after they train; on the CPU, where both round alike
    but for the order of sums."""
    agree = True
    for name in names:
        scores = []
        for modules in MODULES:
            training = Training(name, "eager", modules, replicas, device="cpu")
            seen = []
            for _ in range(steps):
                rows = training.order[:, training.next * training.batch:(training.next + 1) * training.batch]
                seen.append(training.weighted_losses(rows)[1])
                training.step()
            training.networks.eval()
            with torch.no_grad():
                seen.append(training.networks((training.data[:64] - 0.5) * training.scale))
            scores.append(torch.cat(seen, dim=1))
        apart = ((scores[0] - scores[1]).abs() / scores[0].abs().mean()).max().item()
        same = apart <= 1e-4  # and so not NaN
        agree = agree and same
        print(f"{name}: {'agree' if same else 'DIFFER'}, apart by {apart:.1e} of the mean score")
    return agree


def numbers(text):
    return [int(number) for number in text.split(",")]


def variants(text):
    names = text.split(",")
    unknown = [name for name in names if name not in VARIANTS]
    if unknown:
        raise argparse.ArgumentTypeError(f"there is no variant {unknown[0]}")
    return names


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--out")
    what.add_argument("--check", action="store_true")
    parser.add_argument("--device", type=int, default=0)
    parser.add_argument("--only", type=lambda text: text.split(","))
    parser.add_argument("--replicas", type=numbers, default=[1, 5, 10, 50])
    parser.add_argument("--sort", type=numbers, default=range(10, 27, 2))
    parser.add_argument("--repetitions", type=int, default=7)
    parser.add_argument("--variants", type=variants, default=VARIANTS)
    parser.add_argument("--seconds-limit", type=float)
    options = parser.parse_args()
    if options.check:
        sys.exit(0 if check([name for name in MODELS if not options.only or name in options.only]) else 1)
    if not torch.cuda.is_available():
        sys.exit("PyTorch sees no CUDA device.")
    torch.cuda.set_device(options.device)
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    # Read back, since an environment variable may outweigh it.
    tf32 = "on" if torch.backends.cuda.matmul.allow_tf32 else "off"
    results = Results(options.out, {
        "versions": f"Python {sys.version.split()[0]}, PyTorch {torch.__version__}, CUDA {torch.version.cuda}, "
                    f"cuDNN {torch.backends.cudnn.version()}, TF32 {tf32}"}, options.seconds_limit)
    plan(results, options)
    results.take()


if __name__ == "__main__":
    main()
