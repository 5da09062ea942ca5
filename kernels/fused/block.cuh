// What a block that trains a network by itself is made of: products, sums over a batch, gradients of weights, the batch on its way.
//
// Activations, the batch and weights lie in shared memory; the shape is known when this is compiled (shape.cuh, to be included before),
// so loops are unrolled and arrays are registers.
//
//   activations  [feature][sample], a row kStride long: a multiple of 16 and 4, so that quadruples are aligned and rows of weight
//                gradients, four apart, lie in other banks. dz takes the place of a.
//   weights      [input][output] for z = x W^T, [output][input] for dx = dz W, cut up by groups of columns
//   tile         a thread has `columns` columns of `rows` samples. Shared memory hands 32 numbers a cycle to registers, a quarter of what
//                is multiplied: so `split` neighbours compute larger tiles together, each for a part of k, and share the sums out
//   dW           a thread computes `gradient_rows` x `gradient_columns` sums over every `split`-th quadruple of samples; neighbours share
//                them out until each owns its part
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

// Who trains a network: a block alone, unless whoever includes this has said otherwise (lab/chain_cluster.cu).
struct Alone {
    static constexpr int kBlocks = 1;
    static __device__ __forceinline__ int rank() { return 0; }
    // How many samples of a batch a block has, and the first of them.
    static __device__ __forceinline__ int samples(int, int batch) { return batch; }
    static __device__ __forceinline__ int first() { return 0; }
    // All threads of the network wait for one another.
    static __device__ __forceinline__ void meet() { __syncthreads(); }
    // What lies at a place in the shared memory of a block.
    static __device__ __forceinline__ float of(int, const float* place) { return *place; }
    // Where the partial sums of a layer lie: those on the way forward, those on the way back.
    template <int I> static __device__ constexpr int partial(bool) { return kPartial; }
    // Gradients of a weight become sums over the blocks: put, behind a meeting summed up.
    template <int I, int PASSES, int OWN> static __device__ __forceinline__ void put(float*, const float (&)[PASSES][OWN]) {}
    template <int I, int PASSES, int OWN> static __device__ __forceinline__ void sum_up(const float*, float (&)[PASSES][OWN]) {}
    // The sum over the blocks, for the threads of block 0; after it, no block reads another's memory.
    static __device__ __forceinline__ double sum(float*, double value) { return value; }
};
#ifndef TEAM
#define TEAM Alone
#endif
using Team = TEAM;
constexpr int kAllWarps = Team::kBlocks * kWarps;

// What a thread knows all along.
struct Network {
    const ChainEpochArgs& a;
    float* shared;
    int replica;
    int samples; // of the batch at hand
    float share; // 1 / samples

    // Of this block.
    __device__ __forceinline__ int own() const { return Team::samples(Team::rank(), samples); }
    __device__ __forceinline__ bool holds(int sample) const { return sample < own(); }
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
    static constexpr int kWidth = L.groups * L.columns;
    static constexpr int kRowsOfWarp = 32 / L.groups * L.rows;
    float value[L.columns][L.rows]; // z, then n
    float gradient[L.columns][L.rows];

    static __device__ __forceinline__ int column() { return threadIdx.x % L.groups * L.columns; }
    static __device__ __forceinline__ int row() { return threadIdx.x / L.groups * L.rows; }
    // Whether this thread's column c exists; in others all is zero, and never in shared memory.
    static __device__ __forceinline__ bool is_column(int c) { return kWidth == L.outputs || column() + c < L.outputs; }
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
        for (int c = 0; c < L.columns; c++)
            if (is_column(c)) store<L.rows>(activation + (column() + c) * kStride + row(), value[c]);
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

    // Mean, and sum of squared deviations from it, of column threadIdx.x of value over the batch, for the threads that have a column:
    // those of warps, joined in the order of blocks and warps. One barrier within.
    __device__ __forceinline__ void moments(const Network& net, float& mean, float& squares) const {
        static_assert(kWidth <= kThreads, "a thread for each column");
        float* partial = net.shared + Team::partial<I>(true);
        float sum[2][L.columns];
        const int held = samples_of_warp(warp_id(), net.own());
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
        Team::meet();
        mean = squares = 0.f;
        if (threadIdx.x >= kWidth) return;
        float means[kAllWarps], total = 0.f;
#pragma unroll
        for (int w = 0; w < kAllWarps; w++) {
            const float* of_warp = partial + w % kWarps * 2 * kMostWidth + threadIdx.x;
            means[w] = Team::of(w / kWarps, of_warp);
            squares += Team::of(w / kWarps, of_warp + kMostWidth);
        }
#pragma unroll
        for (int w = 1; w < kAllWarps; w++) // from the first one's: a small batch would lose digits in the sum of whole means
            total = fmaf(means[w] - means[0], (float)samples_of_warp(w % kWarps, Team::samples(w / kWarps, net.samples)), total);
        mean = fmaf(total, net.share, means[0]);
#pragma unroll
        for (int w = 0; w < kAllWarps; w++) {
            const float off = means[w] - mean;
            squares = fmaf(off * off, (float)samples_of_warp(w % kWarps, Team::samples(w / kWarps, net.samples)), squares);
        }
    }

    // The sums over the batch of two numbers per column, left behind the barrier that it has in kMeans, one after the other, times factor.
    // One barrier to follow; visit(which, column, sum) is told those of a thread.
    template <typename Visit>
    static __device__ __forceinline__ void column_sums(const Network& net, float (&sum)[2][L.columns], float factor, Visit visit) {
        float* partial = net.shared + Team::partial<I>(false);
        sum_of_lanes<L.groups>(sum[0]);
        sum_of_lanes<L.groups>(sum[1]);
        put_partial<2>(partial, sum);
        Team::meet();
        for (int i = threadIdx.x; i < 2 * kWidth; i += kThreads) {
            const int which = i / kWidth, c = i % kWidth;
            float total = 0.f;
#pragma unroll
            for (int w = 0; w < kAllWarps; w++)
                total += Team::of(w / kWarps, partial + (2 * (w % kWarps) + which) * kMostWidth + c);
            net.shared[kMeans + i] = total * factor;
            visit(which, c, total);
        }
    }

    // Forward through batch normalisation, scale, shift and leaky ReLU: value becomes n, and a is put. One barrier to follow.
    __device__ __forceinline__ void normalize(const Network& net, float* activation) {
        float mean, squares;
        moments(net, mean, squares);
        if (threadIdx.x < kWidth) {
            net.shared[kMeans + threadIdx.x] = mean;
            net.shared[kInverses + L.normalized + threadIdx.x] = rsqrtf(fmaf(squares, net.share, net.a.epsilon));
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
            column_sums(net, sum, net.share, [&](int which, int c, float total) {
                if constexpr (L.scale >= 0) net.shared[kVectorGradients + (which == 0 ? L.shift_vector : L.scale_vector) + c] = total;
            });
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
            Team::meet();
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
        constexpr ChainLayer B = kChain[L.before >= 0 ? L.before : 0];
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

    // The gradient alone, to the parameters that begin at a place of device memory.
    __device__ __forceinline__ void put_gradient(const Network& net, long long parameters) const {
        for_owned([&](int pass, int i, int n, int k, bool owns) {
            if (owns) net.a.gradient[parameters + L.weight + n * L.inputs + k] = gradient[pass][i];
        });
    }

    __device__ __forceinline__ void update(const Network& net, float rate, float root) {
        for_owned([&](int pass, int i, int n, int k, bool owns) {
            const int place = owns ? forward_place(n, k) : kNothing;
            const float value =
                adam(net.a.adam, rate, root, net.shared[place], owns ? gradient[pass][i] : 0.f, first[pass][i], second[pass][i]);
            if (owns) net.shared[place] = value;
            if constexpr (I > 0)
                if (owns) net.shared[backward_place(n, k)] = value;
        });
    }
};

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

// The row of a sample of this block's share of a batch; -1 for none.
static __device__ __forceinline__ int row_of(const Network& net, int batch, int place) {
    const int sample = Team::first() + place;
    return batch < net.a.batches && sample < samples_of(net.a, batch)
               ? (int)net.a.order[(long long)net.replica * net.a.rows + (long long)batch * net.a.batch + sample]
               : -1;
}
