// The stages of training a chain of dense layers within one block, and an epoch of them. What is computed is what gather.cu, the
// products, linear.cu, batchnorm.cu, loss.cu, radius.cu and adam.cu compute; the sums run in another order, which is the same for any
// number of replicas.
//
// A block is a network. Parameters, running statistics, activations and the batch lie in its shared memory, Adam's moments of a weight
// in the registers of the thread that owns it; device memory is read for the next rows only, while the step computes. The shape is
// known when this is compiled (shape.cuh, to be included before), so loops are unrolled and arrays are registers.
//
//   activations  [feature][sample], a row kStride long: a multiple of 16 and 4, so that quadruples are aligned and rows of weight
//                gradients, four apart, lie in other banks. dz takes the place of a.
//   weights      twice: [input][output] for z = x W^T, [output][input] for dx = dz W; both cut up by groups of columns
//   tile         a thread computes `columns` columns of `rows` samples; it keeps the normalised values for the backward pass
//   dW           a thread computes `gradient_rows` x `gradient_columns` sums over every `split`-th quadruple of samples; neighbours exchange halves
//                until each owns its share, which it brings through Adam at once
//
// Samples that a smaller batch lacks are zero in all activations and gradients.
#pragma once
#include "activation.cuh"
#include "adam_step.cuh"
#include "cursor.cuh"

struct ChainEpochArgs {
    const float* data;       // n x width
    const unsigned* order;   // R x rows: this epoch's order
    const int* columns;      // R x features: places in a row; null for all
    const float* offset;     // of standardisation, per place in a row
    const float* scale;
    const float* importance; // R x importance_stride
    float* parameters;       // R x parameter_stride, as are gradient, first and second
    float* gradient;         // of the last step
    float* first;
    float* second;
    float* statistics;       // R x statistics_stride
    const float* center;     // R x outputs
    float* radius;           // R
    long long* steps;        // R
    double* epoch_loss;      // R
    const CursorRecord* cursor;
    long long importance_stride;
    long long parameter_stride;
    long long statistics_stride;
    double rate;
    double quantile;
    AdamRule adam;
    int width;
    int rows; // of an epoch
    int batch;
    int batches;
    int from_epoch; // first epoch of a round that sets the radius
    float nu;
    float epsilon; // of batch normalisation
    float momentum;
};

using namespace chain;

// Where a step stands, for whoever measures it.
#ifndef MARK
#define MARK(phase)
#endif

// What a thread knows all along.
struct Network {
    const ChainEpochArgs& a;
    float* shared;
    int replica;
    int samples; // of the batch at hand
    float share; // 1 / samples

    __device__ __forceinline__ bool holds(int sample) const { return sample < samples; }
};

// Sums over the rows of a batch: COUNT numbers for each of this thread's columns become sums over the lanes of the warp that share
// the columns, in all of these.
template <int GROUPS, int COUNT> static __device__ __forceinline__ void sum_of_lanes(float (&value)[COUNT]) {
#pragma unroll
    for (int i = 0; i < COUNT; i++)
#pragma unroll
        for (int distance = GROUPS; distance < 32; distance *= 2) value[i] += __shfl_xor_sync(0xffffffffu, value[i], distance);
}

// Lanes that are D apart exchange halves of COUNT sums, until each of the 2 D lanes has a share of its own: the upper lane the upper half.
// In the first SWAPPED exchanges a lane has its own half below already (swap_of), so that nothing is selected.
template <int COUNT, int D, int SWAPPED, int ALL> static __device__ __forceinline__ void share_out(float (&sum)[ALL]) {
    if constexpr (D > 0) {
        constexpr int kHalf = (COUNT + 1) / 2;
        if constexpr (SWAPPED > 0) {
#pragma unroll
            for (int i = 0; i < kHalf; i++) sum[i] += __shfl_xor_sync(0xffffffffu, sum[i + kHalf], D);
        } else if constexpr (COUNT > 1) {
            const bool is_upper = (threadIdx.x & D) != 0;
#pragma unroll
            for (int i = 0; i < kHalf; i++) {
                const float high = i + kHalf < COUNT ? sum[i + kHalf < COUNT ? i + kHalf : 0] : 0.f;
                const float own = is_upper ? high : sum[i], other = is_upper ? sum[i] : high;
                sum[i] = own + __shfl_xor_sync(0xffffffffu, other, D);
            }
        } else {
            sum[0] += __shfl_xor_sync(0xffffffffu, sum[0], D);
        }
        share_out<kHalf, D / 2, SWAPPED - 1>(sum);
    }
}

static __device__ constexpr int log_of(int power) { return power > 1 ? 1 + log_of(power / 2) : 0; }

// So many exchanges among `lanes` go by whole parts, of which there are `parts`.
static __device__ constexpr int swaps_of(int lanes, int parts) {
    return (parts & (parts - 1)) != 0 ? 0 : log_of(lanes) < log_of(parts) ? log_of(lanes) : log_of(parts);
}

// Part i of a lane is part i ^ swap: its own half is the lower one in each exchange.
template <int LANES, int PARTS> static __device__ __forceinline__ int swap_of() {
    constexpr int kSwaps = swaps_of(LANES, PARTS);
    return (threadIdx.x % LANES >> (log_of(LANES) - kSwaps)) << (log_of(PARTS) - kSwaps);
}

// A weight in shared memory, for a product whose threads share out `split` columns among them: quadruples of columns, so that
// neighbours read different banks.
template <int GROUPS, int COLUMNS, int SPLIT, int STRIDE> struct Matrix {
    static constexpr int kGroups = GROUPS / SPLIT, kTaken = COLUMNS * SPLIT, kVector = kTaken % 4 == 0 ? 4 : kTaken % 2 == 0 ? 2 : 1;
    static __device__ __forceinline__ int place(int column, int row) {
        return row * STRIDE + (column % kTaken / kVector * kGroups + column / kTaken) * kVector + column % kVector;
    }
};

template <int I> struct Tile {
    static constexpr ChainLayer L = kChain[I];
    static constexpr int kWidth = L.groups * L.columns; // columns in shared memory
    static constexpr int kRowsOfWarp = 32 / L.groups * L.rows;
    float value[L.columns][L.rows]; // z, then n
    float gradient[L.columns][L.rows];

    static __device__ __forceinline__ int column() { return threadIdx.x % L.groups * L.columns; }
    static __device__ __forceinline__ int row() { return threadIdx.x / L.groups * L.rows; }
    // Whether this thread's rows exist.
    static __device__ __forceinline__ bool is_active() { return kThreads / L.groups * L.rows <= kRows || row() < kRows; }

    // out[c][r] = sum over k of in[k][r] weight[k][c]. SPLIT neighbours take the columns of all of them and every SPLIT-th k each, in
    // order, and then share the sums out.
    template <int K, int SPLIT, int STRIDE>
    static __device__ __forceinline__ void product(const float* in, const float* weight, float (&out)[L.columns][L.rows]) {
        using M = Matrix<L.groups, L.columns, SPLIT, STRIDE>;
        constexpr int kVectors = M::kTaken / M::kVector;
        const int part = threadIdx.x % SPLIT;
        const float* x = in + part * kStride + (is_active() ? row() : 0);
        const float* w[kVectors];
#pragma unroll
        for (int v = 0; v < kVectors; v++)
            w[v] = weight + part * STRIDE + ((v ^ swap_of<SPLIT, kVectors>()) * M::kGroups + threadIdx.x % L.groups / SPLIT) * M::kVector;
        float sum[M::kTaken * L.rows];
#pragma unroll
        for (int i = 0; i < M::kTaken * L.rows; i++) sum[i] = 0.f;

        // What the next k needs is on its way while this one is multiplied.
        Numbers<L.rows> left = load<L.rows>(x);
        Numbers<M::kVector> right[kVectors];
#pragma unroll
        for (int v = 0; v < kVectors; v++) right[v] = load<M::kVector>(w[v]);
#pragma unroll 3
        for (int k = SPLIT; k < K + SPLIT; k += SPLIT) {
            const int ahead = k < K ? k : 0;
            const Numbers<L.rows> next_left = load<L.rows>(x + ahead * kStride);
            Numbers<M::kVector> next_right[kVectors];
#pragma unroll
            for (int v = 0; v < kVectors; v++) next_right[v] = load<M::kVector>(w[v] + ahead * STRIDE);
#pragma unroll
            for (int v = 0; v < kVectors; v++)
#pragma unroll
                for (int c = 0; c < M::kVector; c++)
#pragma unroll
                    for (int r = 0; r < L.rows; r++) {
                        float& own = sum[(v * M::kVector + c) * L.rows + r];
                        own = fmaf(left.v[r], right[v].v[c], own);
                    }
            left = next_left;
#pragma unroll
            for (int v = 0; v < kVectors; v++) right[v] = next_right[v];
        }
        share_out<M::kTaken * L.rows, SPLIT / 2, swaps_of(SPLIT, kVectors)>(sum);
#pragma unroll
        for (int c = 0; c < L.columns; c++)
#pragma unroll
            for (int r = 0; r < L.rows; r++) out[c][r] = sum[c * L.rows + r];
    }

    static __device__ __forceinline__ void put(float* activation, const float (&value)[L.columns][L.rows]) {
        if (!is_active()) return;
#pragma unroll
        for (int c = 0; c < L.columns; c++) store<L.rows>(activation + (column() + c) * kStride + row(), value[c]);
    }

    // Adds a bias, if there is one.
    __device__ __forceinline__ void add_bias(const float* shared) {
        if constexpr (L.bias >= 0) {
#pragma unroll
            for (int c = 0; c < L.columns; c++)
#pragma unroll
                for (int r = 0; r < L.rows; r++) value[c][r] += shared[kVectors + L.bias_vector + column() + c];
        }
    }

    // Leaves the sums of COUNT numbers per column in the warp's place among the partial sums.
    template <int COUNT> static __device__ __forceinline__ void put_partial(float* partial, const float (&sum)[COUNT][L.columns]) {
        if (lane_id() < L.groups)
#pragma unroll
            for (int i = 0; i < COUNT; i++)
#pragma unroll
                for (int c = 0; c < L.columns; c++) partial[(warp_id() * COUNT + i) * kMostWidth + column() + c] = sum[i][c];
    }

    // Samples of the batch in a warp's rows.
    static __device__ __forceinline__ int samples_of_warp(int warp, int samples) {
        const int left = samples - warp * kRowsOfWarp;
        return left < 0 ? 0 : left < kRowsOfWarp ? left : kRowsOfWarp;
    }

    // Forward through batch normalisation, scale, shift and leaky ReLU: value becomes n, and a is put. Means and squares are those of
    // warps, joined in the order of warps. One barrier to follow.
    __device__ __forceinline__ void normalize(const Network& net, float* activation) {
        float* partial = net.shared + kPartial;
        float sum[2][L.columns]; // mean, and squares of deviations from it
        const int held = samples_of_warp(warp_id(), net.samples);
        const float share = held == kRowsOfWarp ? 1.f / kRowsOfWarp : held > 0 ? 1.f / (float)held : 0.f;
#pragma unroll
        for (int c = 0; c < L.columns; c++) {
            sum[0][c] = 0.f;
#pragma unroll
            for (int r = 0; r < L.rows; r++) sum[0][c] += net.holds(row() + r) ? value[c][r] : 0.f;
        }
        sum_of_lanes<L.groups>(sum[0]);
#pragma unroll
        for (int c = 0; c < L.columns; c++) {
            sum[0][c] *= share;
            sum[1][c] = 0.f;
#pragma unroll
            for (int r = 0; r < L.rows; r++) {
                const float deviation = net.holds(row() + r) ? value[c][r] - sum[0][c] : 0.f;
                sum[1][c] = fmaf(deviation, deviation, sum[1][c]);
            }
        }
        sum_of_lanes<L.groups>(sum[1]);
        put_partial<2>(partial, sum);
        __syncthreads();
        static_assert(kWidth <= kThreads, "a thread for each column");
        float mean = 0.f, squares = 0.f;
        if (threadIdx.x < kWidth) {
            const int c = threadIdx.x;
            float means[kWarps], total = 0.f;
#pragma unroll
            for (int w = 0; w < kWarps; w++) {
                means[w] = partial[2 * w * kMostWidth + c];
                squares += partial[(2 * w + 1) * kMostWidth + c];
            }
#pragma unroll
            for (int w = 0; w < kWarps; w++) total = fmaf(means[w], (float)samples_of_warp(w, net.samples), total);
            mean = total * net.share;
#pragma unroll
            for (int w = 0; w < kWarps; w++) {
                const float off = means[w] - mean;
                squares = fmaf(off * off, (float)samples_of_warp(w, net.samples), squares);
            }
            net.shared[kMeans + c] = mean;
            net.shared[kInverses + L.normalized + c] = rsqrtf(fmaf(squares, net.share, net.a.epsilon));
        }
        __syncthreads();
        if (threadIdx.x < kWidth) { // while the others go on
            float* statistic = net.shared + kStatistics + 2 * L.normalized + threadIdx.x;
            statistic[0] += net.a.momentum * (mean - statistic[0]);
            statistic[kWidth] += net.a.momentum * (__fdividef(squares, (float)(net.samples - 1)) - statistic[kWidth]);
        }
        float out[L.columns][L.rows];
#pragma unroll
        for (int c = 0; c < L.columns; c++) {
            const float shift = net.shared[kMeans + column() + c], inverse = net.shared[kInverses + L.normalized + column() + c];
#pragma unroll
            for (int r = 0; r < L.rows; r++) {
                value[c][r] = net.holds(row() + r) ? (value[c][r] - shift) * inverse : 0.f;
                out[c][r] = net.holds(row() + r) ? leaky(scaled(net.shared, c, value[c][r])) : 0.f;
            }
        }
        put(activation, out);
    }

    // Slopes are 0 to 1.
    static __device__ __forceinline__ float leaky(float x) { return fmaxf(x, x * L.slope); }

    // gamma n + beta.
    static __device__ __forceinline__ float scaled(const float* shared, int c, float n) {
        if constexpr (L.scale >= 0)
            return fmaf(n, shared[kVectors + L.scale_vector + column() + c], shared[kVectors + L.shift_vector + column() + c]);
        else
            return n;
    }

    // Forward through leaky ReLU alone.
    __device__ __forceinline__ void activate(const Network& net, float* activation) {
        float out[L.columns][L.rows];
#pragma unroll
        for (int c = 0; c < L.columns; c++)
#pragma unroll
            for (int r = 0; r < L.rows; r++) out[c][r] = net.holds(row() + r) ? leaky(value[c][r]) : 0.f;
        put(activation, out);
    }

    // gradient, of a, becomes dz and is put where a was. One barrier within, after which nobody needs a; one to follow.
    __device__ __forceinline__ void backward(const Network& net, float* activation) {
        if constexpr (L.mean >= 0) {
            float* partial = net.shared + kPartial;
            float sum[2][L.columns];
#pragma unroll
            for (int c = 0; c < L.columns; c++) {
                sum[0][c] = sum[1][c] = 0.f;
#pragma unroll
                for (int r = 0; r < L.rows; r++) {
                    gradient[c][r] = leaky_relu_gradient(gradient[c][r], scaled(net.shared, c, value[c][r]), L.slope);
                    if (!is_active()) gradient[c][r] = 0.f;
                    sum[0][c] += gradient[c][r];
                    sum[1][c] = fmaf(gradient[c][r], value[c][r], sum[1][c]);
                }
            }
            sum_of_lanes<L.groups>(sum[0]);
            sum_of_lanes<L.groups>(sum[1]);
            put_partial<2>(partial, sum);
            __syncthreads();
            for (int i = threadIdx.x; i < 2 * kWidth; i += kThreads) {
                const int part = i / kWidth, c = i % kWidth;
                float total = 0.f;
#pragma unroll
                for (int w = 0; w < kWarps; w++) total += partial[(2 * w + part) * kMostWidth + c];
                net.shared[kMeans + i] = total * net.share;
                if constexpr (L.scale >= 0)
                    net.shared[kVectorGradients + (part == 0 ? L.shift_vector : L.scale_vector) + c] = total;
            }
            __syncthreads();
#pragma unroll
            for (int c = 0; c < L.columns; c++) {
                const float mean = net.shared[kMeans + column() + c], slope = net.shared[kMeans + kWidth + column() + c];
                float factor = net.shared[kInverses + L.normalized + column() + c];
                if constexpr (L.scale >= 0) factor *= net.shared[kVectors + L.scale_vector + column() + c];
#pragma unroll
                for (int r = 0; r < L.rows; r++)
                    gradient[c][r] = net.holds(row() + r) ? factor * fmaf(-value[c][r], slope, gradient[c][r] - mean) : 0.f;
            }
        } else {
#pragma unroll
            for (int c = 0; c < L.columns; c++)
#pragma unroll
                for (int r = 0; r < L.rows; r++)
                    gradient[c][r] = net.holds(row() + r) ? leaky_relu_gradient(gradient[c][r], value[c][r], L.slope) : 0.f;
            __syncthreads();
        }
        put(activation, gradient);
        put_bias_gradient(net.shared);
    }

    // The bias's gradient, as the sums of warps.
    __device__ __forceinline__ void put_bias_gradient(float* shared) const {
        if constexpr (L.bias >= 0) {
            float sum[1][L.columns];
#pragma unroll
            for (int c = 0; c < L.columns; c++) {
                sum[0][c] = 0.f;
#pragma unroll
                for (int r = 0; r < L.rows; r++) sum[0][c] += gradient[c][r];
            }
            sum_of_lanes<L.groups>(sum[0]);
            if (lane_id() < L.groups)
#pragma unroll
                for (int c = 0; c < L.columns; c++) shared[kBiasPartial + warp_id() * kBiases + L.bias_partial + column() + c] = sum[0][c];
        }
    }
};

// The gradient of a layer's weight, and the moments of those that this thread owns.
template <int I> struct Weight {
    static constexpr ChainLayer L = kChain[I];
    static constexpr int kRowsOfTile = L.gradient_rows, kColumnsOfTile = L.gradient_columns, kAll = kRowsOfTile * kColumnsOfTile;
    static constexpr int kAcross = (L.inputs + kColumnsOfTile - 1) / kColumnsOfTile;
    static constexpr int kTiles = (L.outputs + kRowsOfTile - 1) / kRowsOfTile * kAcross;
    static constexpr int kSplit = L.split, kPasses = (kTiles * kSplit + kThreads - 1) / kThreads;
    static constexpr int kOwn = (kAll + kSplit - 1) / kSplit;
    float first[kPasses][kOwn], second[kPasses][kOwn], gradient[kPasses][kOwn];

    static __device__ __forceinline__ int tile(int pass) { return (threadIdx.x + pass * kThreads) / kSplit; }
    static __device__ __forceinline__ int part() { return threadIdx.x % kSplit; }

    // dW[n][k] = sum over samples of dz[n][s] x[k][s].
    __device__ __forceinline__ void product(const float* dz, const float* x) {
#pragma unroll
        for (int pass = 0; pass < kPasses; pass++) {
            float sum[kAll];
#pragma unroll
            for (int i = 0; i < kAll; i++) sum[i] = 0.f;
            if (kTiles * kSplit == kPasses * kThreads || tile(pass) < kTiles) {
                const float* left[kRowsOfTile];
#pragma unroll
                for (int n = 0; n < kRowsOfTile; n++)
                    left[n] = dz + (tile(pass) / kAcross * kRowsOfTile + (n ^ swap_of<kSplit, kRowsOfTile>())) * kStride;
                const float* right = x + tile(pass) % kAcross * kColumnsOfTile * kStride;
#pragma unroll 1
                for (int s = part() * 4; s < kRows; s += kSplit * 4) {
                    Numbers<4> d[kRowsOfTile];
#pragma unroll
                    for (int n = 0; n < kRowsOfTile; n++) d[n] = load<4>(left[n] + s);
#pragma unroll
                    for (int k = 0; k < kColumnsOfTile; k++) {
                        const Numbers<4> q = load<4>(right + k * kStride + s);
#pragma unroll
                        for (int n = 0; n < kRowsOfTile; n++)
#pragma unroll
                            for (int i = 0; i < 4; i++) sum[n * kColumnsOfTile + k] = fmaf(d[n].v[i], q.v[i], sum[n * kColumnsOfTile + k]);
                    }
                }
            }
            share_out<kAll, kSplit / 2, swaps_of(kSplit, kRowsOfTile)>(sum);
#pragma unroll
            for (int i = 0; i < kOwn; i++) gradient[pass][i] = sum[i];
        }
    }

    // Visits what this thread has room for: visit(pass, i, n, k, whether it owns that). Without branches, so that all of it overlaps.
    template <typename Visit> static __device__ __forceinline__ void for_owned(Visit visit) {
        int begin = 0, count = kAll, room = kAll; // as share_out halves them: the room of an upper half may be one larger than what it has
#pragma unroll
        for (int d = kSplit / 2; d > 0; d /= 2) {
            const int half = (room + 1) / 2;
            const bool is_upper = (part() & d) != 0;
            if (room > 1) {
                begin += is_upper ? half : 0;
                count = is_upper ? count - half : count < half ? count : half;
            } else {
                count = is_upper ? 0 : count;
            }
            room = half;
        }
#pragma unroll
        for (int pass = 0; pass < kPasses; pass++)
#pragma unroll
            for (int i = 0; i < kOwn; i++) {
                const int place = begin + i;
                const int n = tile(pass) / kAcross * kRowsOfTile + place / kColumnsOfTile;
                const int k = tile(pass) % kAcross * kColumnsOfTile + place % kColumnsOfTile;
                const bool owns = i < count && n < L.outputs && k < L.inputs;
                visit(pass, i, owns ? n : 0, owns ? k : 0, owns);
            }
    }

    static __device__ __forceinline__ int forward_place(int n, int k) {
        return L.forward + Matrix<L.groups, L.columns, L.forward_split, L.forward_stride>::place(n, k);
    }
    static __device__ __forceinline__ int backward_place(int n, int k) {
        constexpr ChainLayer B = kChain[I > 0 ? I - 1 : 0];
        return L.backward + Matrix<B.groups, B.columns, L.backward_split, L.backward_stride>::place(k, n);
    }

    // From device memory to shared memory and registers, and back.
    __device__ __forceinline__ void load_state(const Network& net) {
        const long long block = net.replica * net.a.parameter_stride + L.weight;
        for (int i = threadIdx.x; i < L.inputs * L.outputs; i += kThreads) {
            const float value = net.a.parameters[block + i];
            net.shared[forward_place(i / L.inputs, i % L.inputs)] = value;
            if constexpr (I > 0) net.shared[backward_place(i / L.inputs, i % L.inputs)] = value;
        }
        for_owned([&](int pass, int i, int n, int k, bool owns) {
            first[pass][i] = owns ? net.a.first[block + n * L.inputs + k] : 0.f;
            second[pass][i] = owns ? net.a.second[block + n * L.inputs + k] : 0.f;
        });
    }
    __device__ __forceinline__ void save_state(const Network& net) const {
        const long long block = net.replica * net.a.parameter_stride + L.weight;
        for (int i = threadIdx.x; i < L.inputs * L.outputs; i += kThreads)
            net.a.parameters[block + i] = net.shared[forward_place(i / L.inputs, i % L.inputs)];
        for_owned([&](int pass, int i, int n, int k, bool owns) {
            if (!owns) return;
            net.a.first[block + n * L.inputs + k] = first[pass][i];
            net.a.second[block + n * L.inputs + k] = second[pass][i];
            net.a.gradient[block + n * L.inputs + k] = gradient[pass][i];
        });
    }

    __device__ __forceinline__ void update(const Network& net, float rate, float root) {
        for_owned([&](int pass, int i, int n, int k, bool owns) {
            const int place = forward_place(n, k);
            const float value = adam(net.a.adam, rate, root, owns ? net.shared[place] : 0.f, owns ? gradient[pass][i] : 0.f, first[pass][i],
                                     second[pass][i]);
            if (owns) net.shared[place] = value;
            if constexpr (I > 0)
                if (owns) net.shared[backward_place(n, k)] = value;
        });
    }
};

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
            const float point = kLoss == RECONSTRUCTION ? step.x[(z.column() + c) * kStride + (z.is_active() ? sample : 0)]
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
            net.shared[kScores + sample] = holds ? sqrtf(distance) : __int_as_float(0x7f800000);
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
        MARK("product weight");
        z.template product<kNext.outputs, kNext.backward_split, kNext.backward_stride>(dz, net.shared + kNext.backward, z.gradient);
        MARK("product backward");
        z.backward(net, out);
        MARK("backward");
        weights.rest.weight.update(net, step.rate, step.root);
        MARK("adam");
    }
}

// Samples that a thread keeps the rows and weights of; the first of them is read where one does not exist.
constexpr int kRowsOfThread = (kRows + kThreads - 1) / kThreads;
static __device__ __forceinline__ bool has_row(int i) { return (i + 1) * kThreads <= kRows || threadIdx.x + i * kThreads < kRows; }
static __device__ __forceinline__ int row_place(int i) { return has_row(i) ? threadIdx.x + i * kThreads : 0; }

// A batch on its way from device memory: eight features of four samples are one load of a warp, which are whole sectors there and
// all banks here. What does not exist is loaded from elsewhere and put as zero.
struct Fetch {
    static constexpr int kAcross = (kFeatures + 7) / 8, kQuads = kRows / 4, kDown = (kQuads + kWarps - 1) / kWarps;
    static constexpr bool kIsAhead = kAcross * kDown <= 24; // otherwise registers do not hold it while the step computes
    float value[kIsAhead ? kDown : 1][kAcross];
    float weight[kRowsOfThread];

    static __device__ __forceinline__ int feature(int m) { return m * 8 + lane_id() % 8; }
    static __device__ __forceinline__ int sample(int j) { return (warp_id() + j * kWarps) * 4 + lane_id() / 8; }
    static __device__ __forceinline__ bool is_row(int j) { return kQuads % kWarps == 0 || sample(j) < kRows; }

    static __device__ __forceinline__ void load_row(const Network& net, const int* rows, int j, float (&value)[kAcross]) {
        const int row = rows[is_row(j) ? sample(j) : 0];
        const float* data = net.a.data + (long long)(row < 0 ? 0 : row) * net.a.width;
        const int* columns = reinterpret_cast<const int*>(net.shared + kColumns);
#pragma unroll
        for (int m = 0; m < kAcross; m++) {
            const int j = feature(m) < kFeatures ? feature(m) : 0;
            value[m] = data[kHasColumns ? columns[j] : j];
        }
    }
    static __device__ __forceinline__ void put_row(const Network& net, const int* rows, float* x, int j, const float (&value)[kAcross]) {
        const bool exists = rows[is_row(j) ? sample(j) : 0] >= 0;
        float scaled[kAcross]; // all before any is put, which for all that the compiler knows changes offsets and scales
#pragma unroll
        for (int m = 0; m < kAcross; m++) {
            const int k = feature(m) < kFeatures ? feature(m) : 0;
            scaled[m] = exists ? (value[m] - net.shared[kOffsets + k]) * net.shared[kScales + k] : 0.f;
        }
#pragma unroll
        for (int m = 0; m < kAcross; m++)
            if (is_row(j) && feature(m) < kFeatures) x[feature(m) * kStride + sample(j)] = scaled[m];
    }

    // rows: of the batch's samples, -1 for none.
    __device__ __forceinline__ void load(const Network& net, const int* rows) {
        if constexpr (kIsAhead)
#pragma unroll
            for (int j = 0; j < kDown; j++) load_row(net, rows, j, value[j]);
#pragma unroll
        for (int i = 0; i < kRowsOfThread; i++) {
            const int row = rows[row_place(i)];
            weight[i] = net.a.importance[net.replica * net.a.importance_stride + (row < 0 ? 0 : row)];
        }
    }
    __device__ __forceinline__ void put(const Network& net, const int* rows, float* x, float* weights) {
#pragma unroll
        for (int j = 0; j < kDown; j++) {
            if constexpr (!kIsAhead) load_row(net, rows, j, value[0]);
            put_row(net, rows, x, j, value[kIsAhead ? j : 0]);
        }
        // Last, since threads of other warps read rows.
#pragma unroll
        for (int i = 0; i < kRowsOfThread; i++)
            if (has_row(i)) weights[row_place(i)] = rows[row_place(i)] < 0 ? 0.f : weight[i];
    }
};

// Samples of a batch.
static __device__ __forceinline__ int samples_of(const ChainEpochArgs& a, int batch) {
    return batch + 1 < a.batches ? a.batch : a.rows - batch * a.batch;
}

// The row of a sample of a batch; -1 for none.
static __device__ __forceinline__ int row_of(const Network& net, int batch, int sample) {
    return batch < net.a.batches && sample < samples_of(net.a, batch)
               ? (int)net.a.order[(long long)net.replica * net.a.rows + (long long)batch * net.a.batch + sample]
               : -1;
}

// The radius from the batch's distances: each counts those before it, and the two around the quantile tell. As radius.cu.
static __device__ __forceinline__ void update_radius(const Network& net) {
    constexpr int kParts = kThreads >= 8 * kRows ? 8 : kThreads >= 4 * kRows ? 4 : kThreads >= 2 * kRows ? 2 : 1;
    const float* distances = net.shared + kScores; // of samples that there are not: infinite
    const double position = net.a.quantile * (net.samples - 1);
    const int k = (int)position, next = k + 1 < net.samples ? k + 1 : k;
    float* found = net.shared + kFound; // two distances
    bool is_finite = true;
    for (int first = 0; first < kRows; first += kThreads / kParts) {
        const int sample = first + threadIdx.x / kParts;
        const float own = sample < kRows ? distances[sample] : 0.f;
        int before = 0;
#pragma unroll 4
        for (int i = threadIdx.x % kParts * 4; i < kRows; i += 4 * kParts) {
            const Numbers<4> other = load<4>(distances + i);
#pragma unroll
            for (int j = 0; j < 4; j++) before += other.v[j] < own || (other.v[j] == own && i + j < sample);
        }
#pragma unroll
        for (int d = kParts / 2; d > 0; d /= 2) before += __shfl_xor_sync(0xffffffffu, before, d);
        if (!net.holds(sample)) continue;
        if (!(own <= 3.402823466e38f)) is_finite = false;
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

// Trains through an epoch: the block is network blockIdx.x.
static __device__ __forceinline__ void train(const ChainEpochArgs& a, float* shared) {
    Network net{a, shared, (int)blockIdx.x, 0, 0.f};
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
        MARK("product weight");
        weights.weight.update(net, step.rate, step.root);
        MARK("adam");
        for_vectors<0>([&](int vector, int, int bias) {
            float gradient = bias < 0 ? shared[kVectorGradients + vector] : 0.f;
            if (bias >= 0) {
#pragma unroll
                for (int w = 0; w < kWarps; w++) gradient += shared[kBiasPartial + w * kBiases + bias];
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
    weights.save_state(net);
    for_vectors<0>([&](int vector, int place, int) {
        a.parameters[block + place] = shared[kVectors + vector];
        a.gradient[block + place] = shared[kVectorGradients + vector];
        a.first[block + place] = shared[kVectorMoments + 2 * vector];
        a.second[block + place] = shared[kVectorMoments + 2 * vector + 1];
    });
    for_statistics<0>([&](int place, int statistic) { a.statistics[statistics + statistic] = shared[place]; });
    loss = block_sum(loss);
    if (threadIdx.x != 0) return;
    a.epoch_loss[net.replica] += loss;
    a.steps[net.replica] = steps + a.batches;
    if (kLoss == SOFT_BOUNDARY) a.radius[net.replica] = shared[kRadius];
}
