#!/usr/bin/env python3
"""Measures in PyTorch, on a CUDA device, what `IadNative.Bench gpu` measures: a training step of every model, eager, by
torch.compile and as a CUDA graph; the work between two rounds; and torch.sort.

A step gathers and standardises a batch of 128 or 200 rows that lie on the device, computes the importance-weighted loss and its
gradients, and takes a step of (fused) Adam. R networks are R modules, one after the other, with one loss, one Adam for all and,
as a CUDA graph, one graph for all; torch.compile, which would unroll them, is measured for one network only. Between two rounds
all rows are scored in one batch, network after network, and the scores of all networks sorted, ranked, compared with the last
ranks and turned into weights together, with medians, mean weights and the AUC (ties not averaged) read back at the end.

  python3 peers.py --out peers.json [--device 0] [--only svdd,maf36,sort] [--replicas 1,10] [--sort 10,12,26] [--repetitions 7]
"""

import argparse
import json
import statistics
import sys
import time

import torch
import torch._dynamo
from torch import nn

SECONDS = 0.2  # that a repetition takes at least
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


def distance(encoder, features):
    center = torch.full((features,), 0.5, device="cuda")
    return encoder, lambda x: ((encoder(x) - center) ** 2).sum(1)


def reconstruction(encoder, decoder):
    network = nn.Sequential(encoder, decoder)
    return network, lambda x: ((network(x) - x) ** 2).sum(1)


def likelihood(features):
    flow = Flow(features)

    def score(x):
        u, log_determinant = flow(x)
        return 0.5 * (u ** 2).sum(1) + 0.9189385332046727 * features - log_determinant

    return flow, score


MNIST, FASHION = ([8, 4], [32]), ([16, 32], [128, 64])

# name: (network and score per sample, rows, features, batch)
MODELS = {
    "svdd": (lambda: distance(Chain([36, 32, 16, 8]), 8), 6435, 36, 128),
    "svdd-soft": (lambda: distance(Chain([36, 32, 16, 8]), 8), 6435, 36, 128),
    "ae": (lambda: reconstruction(Chain([36, 32, 16, 8]), Chain([8, 16, 32, 36])), 6435, 36, 128),
    "maf36": (lambda: likelihood(36), 6435, 36, 128),
    "maf784": (lambda: likelihood(784), 7400, 784, 200),
    "lenet": (lambda: distance(ConvEncoder(*MNIST), 32), 7400, 784, 200),
    "lenet-ae": (lambda: reconstruction(ConvEncoder(*MNIST), ConvDecoder(*MNIST)), 7400, 784, 200),
    "fmnist": (lambda: distance(ConvEncoder(*FASHION), 64), 7400, 784, 200),
    "fmnist-ae": (lambda: reconstruction(ConvEncoder(*FASHION), ConvDecoder(*FASHION)), 7400, 784, 200),
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


class Training:
    """R networks of a model on data that lies on the device."""

    def __init__(self, name, variant, replicas):
        torch._dynamo.reset()  # no model pays for the shapes of the one before
        make, rows, features, batch = MODELS[name]
        torch.manual_seed(0)
        self.networks, self.scores = zip(*[make() for _ in range(replicas)])
        for network in self.networks:
            network.to("cuda").train()
        self.is_soft = name == "svdd-soft"
        self.radii = torch.zeros(replicas, device="cuda")
        self.data = torch.rand(rows, features, device="cuda")
        self.scale = 1.0 if "net" in name or "mnist" in name else 3.46
        self.weights = torch.rand(replicas, rows, device="cuda")
        self.order = torch.stack([torch.randperm(rows, device="cuda") for _ in range(replicas)])
        self.batch, self.batches, self.next = batch, rows // batch, 0
        parameters = [parameter for network in self.networks for parameter in network.parameters()]
        self.adam = torch.optim.Adam(parameters, lr=1e-4, fused=True, capturable=variant == "graph")
        self.rows = self.order[:, :batch].clone()
        self.places = torch.arange(1, rows + 1, device="cuda").expand(replicas, rows)
        self.ranks = self.order + 1
        is_anomaly = torch.arange(rows, device="cuda") % 10 == 0
        self.anomalous, self.normal = is_anomaly.nonzero().squeeze(1), (~is_anomaly).nonzero().squeeze(1)
        if variant == "compile":
            self.weighted_losses = torch.compile(self.weighted_losses)
        self.graph = self.record() if variant == "graph" else None

    def weighted_losses(self, rows):
        """The loss of all networks together, and every sample's score."""
        losses, all_scores = [], []
        for r, score in enumerate(self.scores):
            scores = score((self.data[rows[r]] - 0.5) * self.scale)
            loss = scores
            if self.is_soft:
                squared = self.radii[r] ** 2
                loss = NU * squared + torch.relu(scores - squared)
            losses.append((self.weights[r][rows[r]] * loss).sum() / self.batch)
            all_scores.append(scores.detach())
        return torch.stack(losses).sum(), torch.stack(all_scores)

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
        torch.cuda.synchronize()

    @torch.no_grad()
    def round(self):
        n = self.data.shape[0]
        x = (self.data - 0.5) * self.scale
        scores = torch.stack([score(x) for score in self.scores])
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
        for network in self.networks:
            network.eval()
        for _ in range(rounds):
            self.round()


def measured(what, measure):
    """The seconds of something, or why there are none."""
    print(f"PyTorch, {what}", file=sys.stderr)
    try:
        return {"seconds": measure(), "error": None}
    except Exception as error:  # what this build of PyTorch cannot do is reported, and the others go on
        lines = str(error).strip().splitlines() or [type(error).__name__]
        return {"seconds": None, "error": lines[0][:200]}


def measure_step(name, variant, replicas, repetitions):
    return {"name": name, "variant": variant, "replicas": replicas, **measured(
        f"{name}, {variant}, R = {replicas}",
        lambda: median_seconds(repetitions, Training(name, variant, replicas).run_steps))}


def measure_round(name, replicas, repetitions):
    return {"name": name, "replicas": replicas, **measured(
        f"{name}, round, R = {replicas}",
        lambda: median_seconds(repetitions, Training(name, "eager", replicas).run_rounds))}


def measure_sort(length, repetitions):
    print(f"torch.sort, {length}", file=sys.stderr)
    keys = torch.randint(-2 ** 31, 2 ** 31 - 1, (length,), dtype=torch.int32, device="cuda")

    def run(count):
        for _ in range(count):
            torch.sort(keys, stable=True)
        torch.cuda.synchronize()

    return {"length": length, "seconds": median_seconds(repetitions, run)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", required=True)
    parser.add_argument("--device", type=int, default=0)
    parser.add_argument("--only", type=lambda text: text.split(","))
    parser.add_argument("--replicas", type=lambda text: [int(count) for count in text.split(",")], default=[1, 5, 10, 50])
    parser.add_argument("--sort", type=lambda text: [int(power) for power in text.split(",")], default=range(10, 27, 2))
    parser.add_argument("--repetitions", type=int, default=7)
    options = parser.parse_args()
    if not torch.cuda.is_available():
        sys.exit("PyTorch sees no CUDA device.")
    torch.cuda.set_device(options.device)
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    names = [name for name in MODELS if not options.only or name in options.only]
    sorts = options.sort if not options.only or "sort" in options.only else []
    result = {
        "versions": f"Python {sys.version.split()[0]}, PyTorch {torch.__version__}, CUDA {torch.version.cuda}, "
                    f"cuDNN {torch.backends.cudnn.version()}",
        "steps": [measure_step(name, variant, replicas, options.repetitions) for name in names for replicas in options.replicas
                  for variant in ("eager", "compile", "graph") if variant != "compile" or replicas == 1],
        "rounds": [measure_round(name, replicas, options.repetitions) for name in names for replicas in options.replicas],
        "sorts": [measure_sort(1 << power, options.repetitions) for power in sorts],
    }
    with open(options.out, "w", encoding="utf-8") as file:
        json.dump(result, file)


if __name__ == "__main__":
    main()
