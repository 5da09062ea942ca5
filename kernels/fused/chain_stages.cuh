// The stages of training a chain of dense layers within one block, and an epoch of them. What is computed is what gather.cu, the
// products, linear.cu, batchnorm.cu, loss.cu, radius.cu and adam.cu compute; the sums run in another order, which is the same for any
// number of replicas.
//
// A block is a network. Parameters, running statistics, activations and the batch lie in its shared memory, weights twice; Adam's moments
// of a weight are in the registers of the thread that owns it. Device memory is read for the next rows only, while the step computes.
#pragma once
#include "fused/block.cuh"

// The weights of layers I and on.
template <int I> struct Weights {
    Weight<I> weight;
    Weights<I + 1> rest;

    __device__ __forceinline__ void load_state(const Network& net) {
        weight.load_state(net);
        rest.load_state(net);
    }
    __device__ __forceinline__ void save_state(const Network& net) const {
        weight.save_state(net);
        rest.save_state(net);
    }
};

template <> struct Weights<kLayers> {
    __device__ __forceinline__ void load_state(const Network&) {}
    __device__ __forceinline__ void save_state(const Network&) const {}
};

// What a step leaves for the end.
struct Step {
    const float* x;
    const float* weight; // the importance weight of each sample
    double* loss;        // this thread's part of the epoch's
    float rate, root;    // of Adam
};

// Score, loss and its gradient by the output, by the threads that have the output.
template <int I> static __device__ __forceinline__ void score(const Network& net, const Step& step, Tile<I>& z) {
    constexpr ChainLayer L = kChain[I];
    const float radius = kLoss == SOFT_BOUNDARY ? net.shared[kRadius] * net.shared[kRadius] : 0.f;
#pragma unroll
    for (int r = 0; r < L.rows; r++) {
        const int sample = z.row() + r;
        float distance = 0.f;
#pragma unroll
        for (int c = 0; c < L.columns; c++) {
            const float point = !z.is_column(c)            ? 0.f
                                : kLoss == RECONSTRUCTION ? step.x[(z.column() + c) * kStride + (z.is_active() ? sample : 0)]
                                                          : net.shared[kCenter + z.column() + c];
            z.gradient[c][r] = z.value[c][r] - point;
            distance = fmaf(z.gradient[c][r], z.gradient[c][r], distance);
        }
#pragma unroll
        for (int d = L.groups / 2; d > 0; d /= 2) distance += __shfl_xor_sync(0xffffffffu, distance, d);

        const bool holds = net.holds(sample);
        const float weight = holds ? step.weight[sample] : 0.f;
        float loss = distance, pull = 2.f;
        if (kLoss == SOFT_BOUNDARY) {
            const float outside = distance - radius;
            pull = outside > 0.f ? 2.f : 0.f;
            loss = net.a.nu * radius + (outside > 0.f ? outside : outside * 0.f); // a NaN score makes a NaN loss
        }
        const float factor = pull * weight * net.share;
#pragma unroll
        for (int c = 0; c < L.columns; c++) z.gradient[c][r] = holds ? factor * z.gradient[c][r] : 0.f;
        if (z.column() == 0 && holds) *step.loss += (double)(weight * loss);
        if (kLoss == SOFT_BOUNDARY && z.column() == 0 && z.is_active())
            net.shared[kScores + Team::first() + sample] = holds ? sqrtf(distance) : __int_as_float(0x7f800000);
    }
    z.put(net.shared + L.activation, z.gradient);
    z.put_bias_gradient(net.shared);
}

// Layers I and on, forward and backward, down to dz of layer I, with Adam for the layers behind it. Begins behind a barrier, and ends
// before one.
template <int I> static __device__ __forceinline__ void layers(const Network& net, const Step& step, Weights<I>& weights, const float* in) {
    constexpr ChainLayer L = kChain[I];
    Tile<I> z;
    z.template product<L.inputs, L.forward_split, L.forward_stride>(in, net.shared + L.forward, z.value);
    z.add_bias(net.shared);
    MARK("product forward");
    if constexpr (I == kLayers - 1) {
        score<I>(net, step, z);
        MARK("score");
    } else {
        float* out = net.shared + L.activation;
        constexpr ChainLayer kNext = kChain[I + 1];
        const float* dz = net.shared + kNext.activation;
        if constexpr (L.mean >= 0)
            z.normalize(net, out);
        else
            z.activate(net, out);
        __syncthreads();
        MARK("normalize");
        layers<I + 1>(net, step, weights.rest, out);
        __syncthreads();
        MARK("barrier");
        weights.rest.weight.product(dz, out);
        Team::put<I + 1>(net.shared, weights.rest.weight.gradient);
        MARK("product weight");
        z.template product<kNext.outputs, kNext.backward_split, kNext.backward_stride>(dz, net.shared + kNext.backward, z.gradient);
        MARK("product backward");
        z.backward(net, out);
        MARK("backward");
        Team::sum_up<I + 1>(net.shared, weights.rest.weight.gradient);
        weights.rest.weight.update(net, step.rate, step.root);
        MARK("adam");
    }
}

// The radius from the batch's distances: each counts those before it, and the two around the quantile tell. As radius.cu.
static __device__ __forceinline__ void update_radius(const Network& net) {
    constexpr int kAll = Team::kBlocks * kRows;
    constexpr int kParts = kThreads >= 8 * kAll ? 8 : kThreads >= 4 * kAll ? 4 : kThreads >= 2 * kAll ? 2 : 1;
    float* distances = net.shared + kScores; // of samples that there are not: infinite
    if constexpr (Team::kBlocks > 1) {
        for (int i = threadIdx.x; i < kAll; i += kThreads)
            if (i / kRows != Team::rank()) distances[i] = Team::of(i / kRows, distances + i);
        __syncthreads();
    }
    const double position = net.a.quantile * (net.samples - 1);
    const int k = (int)position, next = k + 1 < net.samples ? k + 1 : k;
    float* found = net.shared + kFound; // two distances
    bool is_finite = true;
    for (int first = 0; first < kAll; first += kThreads / kParts) {
        const int sample = first + threadIdx.x / kParts;
        const float own = sample < kAll ? distances[sample] : 0.f;
        int before = 0;
#pragma unroll 4
        for (int i = threadIdx.x % kParts * 4; i < kAll; i += 4 * kParts) {
            const Numbers<4> other = load<4>(distances + i);
#pragma unroll
            for (int j = 0; j < 4; j++) before += other.v[j] < own || (other.v[j] == own && i + j < sample);
        }
#pragma unroll
        for (int d = kParts / 2; d > 0; d /= 2) before += __shfl_xor_sync(0xffffffffu, before, d);
        if (sample >= net.samples) continue;
        if (!(own <= 3.402823466e38f)) is_finite = false;
        if (threadIdx.x % kParts != 0) continue;
        if (before == k) found[0] = own;
        if (before == next) found[1] = own;
    }
    if (__syncthreads_and(is_finite) && threadIdx.x == 0)
        net.shared[kRadius] = (float)((double)found[0] + (position - k) * ((double)found[1] - (double)found[0]));
}

// Where the numbers of biases, scales and shifts lie in device memory: visit(place among vectors, place among parameters, column of a
// bias's partial sums or -1).
template <int I, typename Visit> static __device__ __forceinline__ void for_vectors(Visit visit) {
    if constexpr (I < kLayers) {
        constexpr ChainLayer L = kChain[I];
        for (int c = threadIdx.x; c < L.outputs; c += kThreads) {
            if constexpr (L.bias >= 0) visit(L.bias_vector + c, L.bias + c, L.bias_partial + c);
            if constexpr (L.scale >= 0) {
                visit(L.scale_vector + c, L.scale + c, -1);
                visit(L.shift_vector + c, L.shift + c, -1);
            }
        }
        for_vectors<I + 1>(visit);
    }
}

// Likewise for running statistics: visit(place in shared memory, place among statistics).
template <int I, typename Visit> static __device__ __forceinline__ void for_statistics(Visit visit) {
    if constexpr (I < kLayers) {
        constexpr ChainLayer L = kChain[I];
        if constexpr (L.mean >= 0)
            for (int c = threadIdx.x; c < L.outputs; c += kThreads) {
                visit(kStatistics + 2 * L.normalized + c, L.mean + c);
                visit(kStatistics + 2 * L.normalized + L.groups * L.columns + c, L.variance + c);
            }
        for_statistics<I + 1>(visit);
    }
}

// Whether the blocks of a network meet between the beginning of a step and its scores.
static __device__ constexpr bool meet_forward() {
    for (int i = 0; i < kLayers; i++)
        if (kChain[i].mean >= 0) return true;
    return false;
}

// Trains through an epoch: the block, or its share of a network's blocks, is network blockIdx.x / Team::kBlocks.
static __device__ __forceinline__ void train(const ChainEpochArgs& a, float* shared) {
    Network net{a, shared, (int)blockIdx.x / Team::kBlocks, 0, 0.f};
    const long long block = net.replica * a.parameter_stride, statistics = net.replica * a.statistics_stride;
    int* columns = reinterpret_cast<int*>(shared + kColumns);
    int* rows = reinterpret_cast<int*>(shared + kRowsOfBatches); // of two batches
    float* x = shared + kX;
    float* importance = shared + kImportance;

    for (int i = threadIdx.x; i < kSharedBytes / 4; i += kThreads) shared[i] = 0.f;
    __syncthreads();
    Weights<0> weights;
    weights.load_state(net);
    for_vectors<0>([&](int vector, int place, int) {
        shared[kVectors + vector] = a.parameters[block + place];
        shared[kVectorMoments + 2 * vector] = a.first[block + place];
        shared[kVectorMoments + 2 * vector + 1] = a.second[block + place];
    });
    for_statistics<0>([&](int place, int statistic) { shared[place] = a.statistics[statistics + statistic]; });
    for (int j = threadIdx.x; j < kFeatures; j += kThreads) {
        columns[j] = a.columns ? a.columns[(long long)net.replica * kFeatures + j] : j;
        shared[kOffsets + j] = a.offset[columns[j]];
        shared[kScales + j] = a.scale[columns[j]];
    }
    if (kLoss != RECONSTRUCTION)
        for (int j = threadIdx.x; j < kChain[kLayers - 1].outputs; j += kThreads)
            shared[kCenter + j] = a.center[(long long)net.replica * kChain[kLayers - 1].outputs + j];
    if (kLoss == SOFT_BOUNDARY && threadIdx.x == 0) shared[kRadius] = a.radius[net.replica];
    for (int s = threadIdx.x; s < kRows; s += kThreads) {
        rows[s] = row_of(net, 0, s);
        rows[kRows + s] = row_of(net, 1, s);
    }
    const bool sets_radius = kLoss == SOFT_BOUNDARY && a.cursor->epoch >= a.from_epoch;
    const long long steps = a.steps[net.replica];
    double loss = 0;
    __syncthreads();
    Fetch fetch;
    fetch.load(net, rows);
    fetch.put(net, rows, x, importance);

#pragma unroll 1
    for (int batch = 0; batch < a.batches; batch++) {
        const int now = batch & 1, then = now ^ 1;
        float* corrections = shared + kCorrections;
        if (batch % kThreads == 0) // what depends on the number of a step, for as many steps as there are threads
            correct(corrections + 2 * threadIdx.x, steps + batch + 1 + threadIdx.x, a.rate, a.adam.beta1, a.adam.beta2);
        net.samples = samples_of(a, batch);
        net.share = 1.f / (float)net.samples;
        __syncthreads(); // batch, parameters and corrections are there
        if constexpr (Team::kBlocks > 1 && !meet_forward()) Team::meet(); // and others have read what the last step left
        MARK("begin");
        const float* in = x + (kBuffers > 1 ? now * kBatchFloats : 0);
        const bool has_next = batch + 1 < a.batches;
        if (has_next) fetch.load(net, rows + then * kRows);
        int after[kRowsOfThread]; // rows of the batch behind the next
#pragma unroll
        for (int i = 0; i < kRowsOfThread; i++) after[i] = row_of(net, batch + 2, row_place(i));

        MARK("fetch");
        const float* correction = corrections + 2 * (batch % kThreads);
        const Step step{in, importance + now * kRows, &loss, correction[0], correction[1]};
        layers<0>(net, step, weights, in);
        __syncthreads();
        MARK("barrier");
        weights.weight.product(shared + kChain[0].activation, in);
        Team::put<0>(shared, weights.weight.gradient);
        MARK("product weight");
        if constexpr (Team::kBlocks > 1) Team::meet();
        Team::sum_up<0>(shared, weights.weight.gradient);
        weights.weight.update(net, step.rate, step.root);
        MARK("adam");
        for_vectors<0>([&](int vector, int, int bias) {
            float gradient = bias < 0 ? shared[kVectorGradients + vector] : 0.f;
            if (bias >= 0) {
#pragma unroll
                for (int w = 0; w < kAllWarps; w++)
                    gradient += Team::of(w / kWarps, shared + kBiasPartial + w % kWarps * kBiases + bias);
                shared[kVectorGradients + vector] = gradient;
            }
            float* moments = shared + kVectorMoments + 2 * vector;
            float& value = shared[kVectors + vector];
            value = adam(a.adam, step.rate, step.root, value, gradient, moments[0], moments[1]);
        });
        if (sets_radius) update_radius(net);
        if (kBuffers == 1) __syncthreads(); // nobody needs the batch any more
        if (has_next) fetch.put(net, rows + then * kRows, x + (kBuffers > 1 ? then * kBatchFloats : 0), importance + then * kRows);
#pragma unroll
        for (int i = 0; i < kRowsOfThread; i++)
            if (has_row(i)) rows[now * kRows + row_place(i)] = after[i];
        MARK("put");
    }

    __syncthreads();
    loss = Team::sum(shared, block_sum(loss));
    if (Team::rank() != 0) return; // all blocks have come to the same
    weights.save_state(net);
    for_vectors<0>([&](int vector, int place, int) {
        a.parameters[block + place] = shared[kVectors + vector];
        a.gradient[block + place] = shared[kVectorGradients + vector];
        a.first[block + place] = shared[kVectorMoments + 2 * vector];
        a.second[block + place] = shared[kVectorMoments + 2 * vector + 1];
    });
    for_statistics<0>([&](int place, int statistic) { a.statistics[statistics + statistic] = shared[place]; });
    if (threadIdx.x != 0) return;
    a.epoch_loss[net.replica] += loss;
    a.steps[net.replica] = steps + a.batches;
    if (kLoss == SOFT_BOUNDARY) a.radius[net.replica] = shared[kRadius];
}
