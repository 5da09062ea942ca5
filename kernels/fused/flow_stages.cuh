// The stages of a training step of a masked autoregressive flow: a block is a network, as in chain_stages.cuh. What is computed is what
// gather.cu, the products, linear.cu, made.cu, flownorm.cu, loss.cu and adam.cu compute.
//
// The parameters of a flow do not fit beside its activations, so they stay in device memory, where the second-level cache holds them, and
// one MADE block's weights at a time are brought to shared memory. A MADE block's input x is kept for the backward pass, which computes
// everything else of it again. Per MADE block, forward:
//
//   h_1 = relu(x W_1^T + b_1), ...;  m = h W_m^T + b_m,  a = h W_a^T + b_a;  u = (x - m) exp(-a)
//   n = (u - mu) / sqrt(v + eps),  y = e^gamma n + b
//
// y is the next one's x, and m, a, u, n and y of a thread's columns and samples are in its registers, as are their gradients:
//
//   dgamma = sum g n - W, db = sum dy;  du = (g - mean(g) + n (W - sum g n) / (B - 1)) / sqrt(v + eps),  g = e^gamma dy, W = sum w / B
//   dm = -du exp(-a),  da = -du u + w / B,  dx = du exp(-a) + what comes through the layers
//
// Gradients go to device memory; at the end of the step the block takes all parameters through Adam, masked.
// Included behind fused/shape.cuh.
#pragma once

#include "fused/block.cuh"

struct FlowEpochArgs {
    ChainEpochArgs epoch;
    const float* mask; // of a replica's parameters
};

static_assert(kLoss == NEGATIVE_LOG_LIKELIHOOD, "the loss of a flow");
constexpr int kHidden = kLayers - 2, kM = kHidden, kA = kHidden + 1; // layers of a MADE block: hidden ones, m and a

// Of the MADE block at hand.
struct Made {
    long long parameters, statistics; // where its own begin
    float* x;                         // its input
    const float* weights;             // importance weights of the batch
    float weight_sum;                 // W
};

// Brings weights and vectors of layers I and on to shared memory, [input][output] or [output][input]. A barrier before and behind.
template <int I, bool FORWARD> static __device__ __forceinline__ void load_layers(const Network& net, const Made& made) {
    if constexpr (I < kLayers) {
        constexpr ChainLayer L = kChain[I];
        const float* weight = net.a.parameters + made.parameters + L.weight;
        if constexpr (FORWARD || I > 0 || kBlocks > 1) {
#pragma unroll 4
            for (int i = threadIdx.x; i < L.inputs * L.outputs; i += kThreads) {
                const int n = i / L.inputs, k = i % L.inputs;
                net.shared[FORWARD ? Weight<I>::forward_place(n, k) : Weight<I>::backward_place(n, k)] = weight[i];
            }
        }
        if constexpr (FORWARD && L.bias >= 0)
            for (int c = threadIdx.x; c < L.outputs; c += kThreads)
                net.shared[kVectors + L.bias_vector + c] = net.a.parameters[made.parameters + L.bias + c];
        load_layers<I + 1, FORWARD>(net, made);
    }
}

static __device__ __forceinline__ void load_norm(const Network& net, const Made& made) {
    for (int c = threadIdx.x; c < kFeatures; c += kThreads) {
        net.shared[kNormScale + c] = expf(net.a.parameters[made.parameters + kLogScale + c]);
        net.shared[kNormShift + c] = net.a.parameters[made.parameters + kShift + c];
    }
}

// Hidden layers I and on, forward. Begins behind a barrier and ends behind one.
template <int I> static __device__ __forceinline__ void hidden(const Network& net, const float* in) {
    if constexpr (I < kHidden) {
        constexpr ChainLayer L = kChain[I];
        float* out = net.shared + L.activation;
        Tile<I> z;
        z.template product<L.inputs, L.forward_split, L.forward_stride>(in, net.shared + L.forward, z.value);
        z.add_bias(net.shared);
        z.activate(net, out);
        __syncthreads();
        hidden<I + 1>(net, out);
    }
}

// u and exp(-a) of this thread's columns and samples, and the sums of a over its columns.
struct Affine {
    static constexpr ChainLayer L = kChain[kM];
    float u[L.columns][L.rows], scale[L.columns][L.rows];

    __device__ __forceinline__ void compute(const Network& net, const Made& made, float (&sums)[L.rows]) {
        const float* in = net.shared + kChain[kHidden - 1].activation;
        constexpr ChainLayer A = kChain[kA];
        {
            Tile<kA> a;
            a.template product<A.inputs, A.forward_split, A.forward_stride>(in, net.shared + A.forward, a.value);
            a.add_bias(net.shared);
#pragma unroll
            for (int r = 0; r < L.rows; r++) sums[r] = 0.f;
#pragma unroll
            for (int c = 0; c < L.columns; c++)
#pragma unroll
                for (int r = 0; r < L.rows; r++) {
                    scale[c][r] = expf(-a.value[c][r]);
                    if (Tile<kM>::is_column(c)) sums[r] += a.value[c][r];
                }
        }
        Tile<kM> m;
        m.template product<L.inputs, L.forward_split, L.forward_stride>(in, net.shared + L.forward, m.value);
        m.add_bias(net.shared);
#pragma unroll
        for (int c = 0; c < L.columns; c++) {
            Numbers<L.rows> x{};
            if (m.is_active() && m.is_column(c)) x = load<L.rows>(made.x + (m.column() + c) * kStride + m.row());
#pragma unroll
            for (int r = 0; r < L.rows; r++)
                u[c][r] = net.holds(m.row() + r) && m.is_column(c) ? (x.v[r] - m.value[c][r]) * scale[c][r] : 0.f;
        }
    }
};

// Whole sums over the columns of samples, for all threads of these.
static __device__ __forceinline__ void sum_of_groups(float (&sums)[kChain[kM].rows]) {
#pragma unroll
    for (int r = 0; r < kChain[kM].rows; r++)
#pragma unroll
        for (int d = kChain[kM].groups / 2; d > 0; d /= 2) sums[r] += __shfl_xor_sync(0xffffffffu, sums[r], d);
}

// Forward through MADE block and normalisation: y, and what is taken off the log-determinants of this thread's samples. Begins and ends
// behind a barrier.
static __device__ __forceinline__ void forward(const Network& net, const Made& made, int block, Affine& affine, Tile<kM>& y,
                                               float (&log_determinant)[kChain[kM].rows]) {
    constexpr ChainLayer L = kChain[kM];
    load_layers<0, true>(net, made);
    load_norm(net, made);
    __syncthreads();
    hidden<0>(net, made.x);
    float sums[L.rows];
    affine.compute(net, made, sums);
    sum_of_groups(sums);
#pragma unroll
    for (int r = 0; r < L.rows; r++) log_determinant[r] -= sums[r];

#pragma unroll
    for (int c = 0; c < L.columns; c++)
#pragma unroll
        for (int r = 0; r < L.rows; r++) y.value[c][r] = affine.u[c][r];
    float mean, squares;
    y.moments(net, mean, squares);
    if (threadIdx.x < kFeatures) {
        const float variance = __fdividef(squares, (float)(net.samples - 1)), inverse = 1.f / sqrtf(variance + net.a.epsilon);
        net.shared[kNormMeans + block * kFeatures + threadIdx.x] = mean;
        net.shared[kNormInverses + block * kFeatures + threadIdx.x] = inverse;
        net.shared[kLogs + threadIdx.x] += net.a.parameters[made.parameters + kLogScale + threadIdx.x] + logf(inverse);
        float* statistics = net.a.statistics + made.statistics + threadIdx.x;
        statistics[kRunningMean] += net.a.momentum * (mean - statistics[kRunningMean]);
        statistics[kRunningVariance] += net.a.momentum * (variance - statistics[kRunningVariance]);
    }
    __syncthreads();
}

// n of a column and sample.
static __device__ __forceinline__ float normalized(const Network& net, int block, int column, float u) {
    const int c = column < kFeatures ? column : 0;
    return (u - net.shared[kNormMeans + block * kFeatures + c]) * net.shared[kNormInverses + block * kFeatures + c];
}

// Hidden layers I and below, backward from the gradient of a_I in z; leaves the gradients of their parameters in device memory, and in dx
// what comes through them. Begins and ends behind a barrier.
template <int I>
static __device__ __forceinline__ void hidden_backward(const Network& net, const Made& made, Tile<I>& z, bool needs_input, Tile<kM>& dx) {
    constexpr ChainLayer L = kChain[I];
    float* own = net.shared + L.activation;
#pragma unroll
    for (int c = 0; c < L.columns; c++) {
        Numbers<L.rows> a{};
        if (z.is_active() && z.is_column(c)) a = load<L.rows>(own + (z.column() + c) * kStride + z.row());
#pragma unroll
        for (int r = 0; r < L.rows; r++)
            z.gradient[c][r] = net.holds(z.row() + r) ? leaky_relu_gradient(z.gradient[c][r], a.v[r], L.slope) : 0.f;
    }
    __syncthreads(); // all have read a, and its weight's gradient is computed
    z.put(own, z.gradient);
    z.put_bias_gradient(net.shared);
    __syncthreads();
    Weight<I> weight;
    if constexpr (I > 0) {
        float* in = net.shared + kChain[I - 1].activation;
        weight.product(own, in);
        weight.put_gradient(net, made.parameters);
        Tile<I - 1> before;
        before.template product<L.outputs, L.backward_split, L.backward_stride>(own, net.shared + L.backward, before.gradient);
        hidden_backward<I - 1>(net, made, before, needs_input, dx);
    } else {
        weight.product(own, made.x);
        weight.put_gradient(net, made.parameters);
        if (needs_input) dx.template product<L.outputs, L.backward_split, L.backward_stride>(own, net.shared + L.backward, dx.gradient);
    }
}

// Backward from dy, in y.gradient, through normalisation and MADE block: y.gradient becomes dx, where the block before needs it. Begins
// behind a barrier.
static __device__ __forceinline__ void backward(const Network& net, const Made& made, int block, Affine& affine, Tile<kM>& y) {
    constexpr ChainLayer L = kChain[kM], A = kChain[kA];
    float sum[2][L.columns];
#pragma unroll
    for (int c = 0; c < L.columns; c++) {
        sum[0][c] = sum[1][c] = 0.f;
#pragma unroll
        for (int r = 0; r < L.rows; r++) {
            if (!net.holds(y.row() + r) || !y.is_column(c)) y.gradient[c][r] = 0.f;
            sum[0][c] += y.gradient[c][r];
            sum[1][c] = fmaf(y.gradient[c][r], normalized(net, block, y.column() + c, affine.u[c][r]), sum[1][c]);
        }
    }
    y.column_sums(net, sum, 1.f, [&](int which, int c, float total) {
        if (c >= kFeatures) return;
        float* gradient = net.a.gradient + made.parameters + c;
        if (which == 0)
            gradient[kShift] = total;
        else
            gradient[kLogScale] = net.shared[kNormScale + c] * total - made.weight_sum;
    });
    __syncthreads();
    Tile<kM> dm; // value: dm, gradient: da
    const float rest = __fdividef(1.f, (float)(net.samples - 1));
#pragma unroll
    for (int c = 0; c < L.columns; c++) {
        const int column = y.is_column(c) ? y.column() + c : 0;
        const float scale = net.shared[kNormScale + column], inverse = net.shared[kNormInverses + block * kFeatures + column];
        const float mean = scale * net.shared[kMeans + column] * net.share;
        const float slope = (made.weight_sum - scale * net.shared[kMeans + Tile<kM>::kWidth + column]) * rest;
#pragma unroll
        for (int r = 0; r < L.rows; r++) {
            const bool holds = net.holds(y.row() + r) && y.is_column(c);
            const float u = affine.u[c][r];
            const float du = (fmaf(normalized(net, block, column, u), slope, scale * y.gradient[c][r] - mean)) * inverse;
            const float share = holds ? made.weights[y.row() + r] * net.share : 0.f;
            y.gradient[c][r] = holds ? du * affine.scale[c][r] : 0.f; // the direct part of dx
            dm.value[c][r] = -y.gradient[c][r];
            dm.gradient[c][r] = holds ? fmaf(-du, u, share) : 0.f;
        }
    }
    float *m_gradient = net.shared + L.activation, *a_gradient = net.shared + A.activation;
    dm.put(m_gradient, dm.value);
    dm.put(a_gradient, dm.gradient);
    Tile<kA> da;
#pragma unroll
    for (int c = 0; c < L.columns; c++)
#pragma unroll
        for (int r = 0; r < L.rows; r++) {
            da.gradient[c][r] = dm.gradient[c][r];
            dm.gradient[c][r] = dm.value[c][r];
        }
    dm.put_bias_gradient(net.shared);
    da.put_bias_gradient(net.shared);
    load_layers<0, false>(net, made);
    __syncthreads();

    const float* in = net.shared + kChain[kHidden - 1].activation;
    {
        Weight<kM> weight;
        weight.product(m_gradient, in);
        weight.put_gradient(net, made.parameters);
    }
    {
        Weight<kA> weight;
        weight.product(a_gradient, in);
        weight.put_gradient(net, made.parameters);
    }
    Tile<kHidden - 1> z, other;
    z.template product<L.outputs, L.backward_split, L.backward_stride>(m_gradient, net.shared + L.backward, z.gradient);
    other.template product<A.outputs, A.backward_split, A.backward_stride>(a_gradient, net.shared + A.backward, other.gradient);
#pragma unroll
    for (int c = 0; c < kChain[kHidden - 1].columns; c++)
#pragma unroll
        for (int r = 0; r < kChain[kHidden - 1].rows; r++) z.gradient[c][r] += other.gradient[c][r];
    Tile<kM> dx;
    hidden_backward<kHidden - 1>(net, made, z, block > 0, dx);
    if (block > 0)
#pragma unroll
        for (int c = 0; c < L.columns; c++)
#pragma unroll
            for (int r = 0; r < L.rows; r++) y.gradient[c][r] += dx.gradient[c][r];
}

// The gradients of the biases of layers I and on, from the sums of warps.
template <int I> static __device__ __forceinline__ void finish_biases(const Network& net, const Made& made) {
    if constexpr (I < kLayers) {
        constexpr ChainLayer L = kChain[I];
        if constexpr (L.bias >= 0)
            for (int c = threadIdx.x; c < L.outputs; c += kThreads) {
                float sum = 0.f;
#pragma unroll
                for (int w = 0; w < kWarps; w++) sum += net.shared[kBiasPartial + w * kBiases + L.bias_partial + c];
                net.a.gradient[made.parameters + L.bias + c] = sum;
            }
        finish_biases<I + 1>(net, made);
    }
}

static __device__ __forceinline__ Made made_of(const Network& net, int block, const float* weights, float weight_sum) {
    return {net.replica * net.a.parameter_stride + block * (long long)kBlockParameters,
            net.replica * net.a.statistics_stride + block * (long long)kBlockStatistics, net.shared + kX + block * kBatchFloats, weights,
            weight_sum};
}

// A step on the batch that lies where the first MADE block reads it. Begins and ends behind a barrier.
static __device__ __forceinline__ void step(const Network& net, const float* weights, double& loss) {
    constexpr ChainLayer L = kChain[kM];
    for (int c = threadIdx.x; c < kFeatures; c += kThreads) net.shared[kLogs + c] = 0.f;
    float weight_sum = 0.f; // every warp adds up for itself
    for (int s = lane_id(); s < kRows; s += 32) weight_sum += weights[s];
    weight_sum = warp_sum(weight_sum) * net.share;
    // redundant: the thread that clears a logarithm adds to it, and others read it behind the barriers of forward()
    __syncthreads();

    Affine affine;
    Tile<kM> y;
    float log_determinant[L.rows];
#pragma unroll
    for (int r = 0; r < L.rows; r++) log_determinant[r] = 0.f;
#pragma unroll 1
    for (int block = 0; block < kBlocks; block++) {
        const Made made = made_of(net, block, weights, weight_sum);
        forward(net, made, block, affine, y, log_determinant);
#pragma unroll
        for (int c = 0; c < L.columns; c++) {
            const int column = y.is_column(c) ? y.column() + c : 0;
            const float scale = net.shared[kNormScale + column], shift = net.shared[kNormShift + column];
#pragma unroll
            for (int r = 0; r < L.rows; r++)
                y.value[c][r] =
                    net.holds(y.row() + r) && y.is_column(c) ? fmaf(normalized(net, block, column, affine.u[c][r]), scale, shift) : 0.f;
        }
        if (block + 1 < kBlocks) y.put(net.shared + kX + (block + 1) * kBatchFloats, y.value);
        __syncthreads();
    }

    float distance[L.rows], logs = 0.f;
    for (int c = 0; c < kFeatures; c++) logs += net.shared[kLogs + c];
#pragma unroll
    for (int r = 0; r < L.rows; r++) {
        distance[r] = 0.f;
#pragma unroll
        for (int c = 0; c < L.columns; c++) distance[r] = fmaf(y.value[c][r], y.value[c][r], distance[r]);
    }
    sum_of_groups(distance);
#pragma unroll
    for (int r = 0; r < L.rows; r++) {
        const bool holds = net.holds(y.row() + r);
        const float weight = holds ? weights[y.row() + r] : 0.f, half_log_two_pi = 0.918938533f;
        const float score = fmaf(0.5f, distance[r], (float)kFeatures * half_log_two_pi) - (log_determinant[r] + logs);
        if (y.column() == 0 && holds) loss += (double)(weight * score);
#pragma unroll
        for (int c = 0; c < L.columns; c++) y.gradient[c][r] = weight * net.share * y.value[c][r];
    }

#pragma unroll 1
    for (int block = kBlocks - 1; block >= 0; block--) {
        const Made made = made_of(net, block, weights, weight_sum);
        if (block + 1 < kBlocks) { // of the last one, all is still there
            // redundant: weights for the way forward, biases and scales were read last before the barriers of hidden_backward()
            __syncthreads();
            load_layers<0, true>(net, made);
            load_norm(net, made);
            __syncthreads();
            hidden<0>(net, made.x);
            float sums[L.rows];
            affine.compute(net, made, sums);
        }
        backward(net, made, block, affine, y);
        finish_biases<0>(net, made);
    }
    __syncthreads();
}

// Adam over all parameters of the replica, which lie side by side.
static __device__ __forceinline__ void update(const FlowEpochArgs& a, const Network& net, const float* correction) {
    const long long block = net.replica * net.a.parameter_stride;
#pragma unroll 2
    for (int i = threadIdx.x * 4; i < kParameters; i += kThreads * 4) {
        Numbers<4> p = load<4>(net.a.parameters + block + i), g = load<4>(net.a.gradient + block + i), m = load<4>(net.a.first + block + i),
                   v = load<4>(net.a.second + block + i), mask = load<4>(a.mask + i);
#pragma unroll
        for (int j = 0; j < 4; j++) {
            if (mask.v[j] == 0.f) g.v[j] = 0.f;
            p.v[j] = adam(net.a.adam, correction[0], correction[1], p.v[j], g.v[j], m.v[j], v.v[j]);
        }
        store<4>(net.a.parameters + block + i, p.v);
        store<4>(net.a.gradient + block + i, g.v);
        store<4>(net.a.first + block + i, m.v);
        store<4>(net.a.second + block + i, v.v);
    }
}

// An epoch of a network, in a block's shared memory.
static __device__ __forceinline__ void train(const FlowEpochArgs& args, float* shared) {
    const ChainEpochArgs& a = args.epoch;
    Network net{a, shared, (int)blockIdx.x, 0, 0.f};
    int* columns = reinterpret_cast<int*>(shared + kColumns);
    int* rows = reinterpret_cast<int*>(shared + kRowsOfBatches); // of two batches
    float* importance = shared + kImportance;
    for (int i = threadIdx.x; i < kSharedBytes / 4; i += kThreads) shared[i] = 0.f;
    __syncthreads();
    for (int j = threadIdx.x; j < kFeatures; j += kThreads) {
        columns[j] = kHasColumns ? a.columns[(long long)net.replica * kFeatures + j] : j;
        shared[kOffsets + j] = a.offset[columns[j]];
        shared[kScales + j] = a.scale[columns[j]];
    }
    for (int s = threadIdx.x; s < kRows; s += kThreads) {
        rows[s] = row_of(net, 0, s);
        rows[kRows + s] = row_of(net, 1, s);
    }
    const long long steps = a.steps[net.replica];
    double loss = 0;
    __syncthreads();
    Fetch fetch;
    fetch.load(net, rows);
    fetch.put(net, rows, shared + kX, importance);

#pragma unroll 1
    for (int batch = 0; batch < a.batches; batch++) {
        const int now = batch & 1, then = now ^ 1;
        float* corrections = shared + kCorrections;
        if (batch % kThreads == 0) // what depends on the number of a step, for as many steps as there are threads
            correct(corrections + 2 * threadIdx.x, steps + batch + 1 + threadIdx.x, a.rate, a.adam.beta1, a.adam.beta2);
        net.samples = samples_of(a, batch);
        net.share = 1.f / (float)net.samples;
        __syncthreads(); // batch, parameters and corrections are there
        step(net, importance + now * kRows, loss);
        update(args, net, corrections + 2 * (batch % kThreads));
        if (batch + 1 < a.batches) {
            fetch.load(net, rows + then * kRows);
            fetch.put(net, rows + then * kRows, shared + kX, importance + then * kRows);
        }
        for (int s = threadIdx.x; s < kRows; s += kThreads) rows[now * kRows + s] = row_of(net, batch + 2, s);
        __syncthreads(); // behind kThreads batches, corrections are written that update() may still read
    }

    loss = block_sum(loss);
    if (threadIdx.x != 0) return;
    a.epoch_loss[net.replica] += loss;
    a.steps[net.replica] = steps + a.batches;
}
