// Rung 2: one kernel per layer and direction.
//
// Against rung 1 (graphs of the product's own kernels): product, bias, batch normalisation and activation of a layer are one kernel, and
// so are the gradients by its weight and by its inputs, batch normalisation and activation of the layer before, backward, and Adam; the
// batch is gathered by the first kernel, score and loss belong to the last layer's. A step of L layers is 2 L launches, where it was a
// launch per operation, some of them products of a library. Between two kernels the device's memory holds what the next one needs:
//
//   F 0 ... F L-1     a of the layer (in F L-1: dz), its n, 1 / sqrt(variance + epsilon); running statistics
//   B L-1 ... B 0     dz of the layer before, in place of its a; parameters and moments of the layer's weight
//
// That, and the launches, are what rung 3 takes away. The stages are those of fused/chain_stages.cuh, and so are the bits.
//
// A network's part of `between` is an image of the block's shared memory, of which each kernel brings in and leaves what it says, and a
// second one, in which n lies where a does. kLayer is the layer, in shape.cuh: the file is compiled for each.
// Launch: grid R, block kThreads, dynamic shared memory kSharedBytes; for each step chain_forward of the layers in order, then
// chain_backward of the layers from the last.
#include "fused/shape.cuh"

#include "fused/chain_stages.cuh"

struct ChainLayerArgs {
    ChainEpochArgs epoch;
    float* between; // R x 2 x kSharedBytes / 4
    int step;       // its number in the epoch
};

constexpr int kImage = kSharedBytes / 4, kVectorPlaces = kVectorGradients - kVectors;
constexpr bool kIsLast = kLayer == kLayers - 1;
constexpr ChainLayer kOwn = kChain[kLayer];

static __device__ __forceinline__ float* between_of(const ChainLayerArgs& s) { return s.between + (long long)blockIdx.x * 2 * kImage; }

static __device__ __forceinline__ void bring(float* shared, const float* between, int place, int count) {
    for (int i = threadIdx.x; i < count; i += kThreads) shared[place + i] = between[place + i];
}

static __device__ __forceinline__ void leave(float* between, const float* shared, int place, int count) {
    for (int i = threadIdx.x; i < count; i += kThreads) between[place + i] = shared[place + i];
}

static __device__ __forceinline__ Network begin(const ChainLayerArgs& s, float* shared) {
    for (int i = threadIdx.x; i < kImage; i += kThreads) shared[i] = 0.f;
    __syncthreads();
    const int samples = samples_of(s.epoch, s.step);
    Network net{s.epoch, shared, (int)blockIdx.x, samples, 1.f / (float)samples};
    for_vectors<0>([&](int vector, int place, int) {
        shared[kVectors + vector] = s.epoch.parameters[net.replica * s.epoch.parameter_stride + place];
    });
    return net;
}

// n of a layer, where its threads have it.
template <int I> static __device__ __forceinline__ void leave_normalized(float* between, const Tile<I>& z) {
    constexpr ChainLayer L = kChain[I];
    if (!z.is_active()) return;
#pragma unroll
    for (int c = 0; c < L.columns; c++)
        if (z.column() + c < L.outputs) store<L.rows>(between + kImage + L.activation + (z.column() + c) * kStride + z.row(), z.value[c]);
}

template <int I> static __device__ __forceinline__ void bring_normalized(Tile<I>& z, const float* between) {
    constexpr ChainLayer L = kChain[I];
#pragma unroll
    for (int c = 0; c < L.columns; c++) {
        const bool exists = z.is_active() && z.column() + c < L.outputs;
        const Numbers<L.rows> loaded = load<L.rows>(between + kImage + L.activation + (exists ? (z.column() + c) * kStride + z.row() : 0));
#pragma unroll
        for (int r = 0; r < L.rows; r++) z.value[c][r] = exists ? loaded.v[r] : 0.f;
    }
}

extern "C" __global__ void __launch_bounds__(kThreads, 1) chain_forward(const ChainLayerArgs s) {
    DYN_SHARED(float, shared);
    const ChainEpochArgs& a = s.epoch;
    float* between = between_of(s);
    const Network net = begin(s, shared);
    const long long statistics = net.replica * a.statistics_stride;
    Weight<kLayer> weight;
    weight.load_state(net);
    const float* in = shared + kX;
    double loss = 0;
    if constexpr (kLayer == 0) {
        int* columns = reinterpret_cast<int*>(shared + kColumns);
        int* rows = reinterpret_cast<int*>(shared + kRowsOfBatches);
        for (int j = threadIdx.x; j < kFeatures; j += kThreads) {
            columns[j] = a.columns ? a.columns[(long long)net.replica * kFeatures + j] : j;
            shared[kOffsets + j] = a.offset[columns[j]];
            shared[kScales + j] = a.scale[columns[j]];
        }
        for (int i = threadIdx.x; i < kRows; i += kThreads) rows[i] = row_of(net, s.step, i);
        __syncthreads();
        Fetch fetch;
        fetch.load(net, rows);
        fetch.put(net, rows, shared + kX, shared + kImportance);
        if (threadIdx.x == 0) correct(between + kCorrections, a.steps[net.replica] + 1, a.rate, a.adam.beta1, a.adam.beta2);
        __syncthreads();
        leave(between, shared, kX, kFeatures * kStride);
        leave(between, shared, kImportance, kRows);
    } else {
        constexpr ChainLayer kBefore = kChain[kLayer > 0 ? kLayer - 1 : 0];
        in = shared + kBefore.activation;
        bring(shared, between, kBefore.activation, kBefore.outputs * kStride);
        if constexpr (kIsLast) {
            bring(shared, between, kImportance, kRows);
            if constexpr (kLoss == RECONSTRUCTION) bring(shared, between, kX, kFeatures * kStride);
        }
    }
    for_statistics<0>([&](int place, int statistic) { shared[place] = a.statistics[statistics + statistic]; });
    if constexpr (kIsLast && kLoss != RECONSTRUCTION)
        for (int j = threadIdx.x; j < kOwn.outputs; j += kThreads)
            shared[kCenter + j] = a.center[(long long)net.replica * kOwn.outputs + j];
    if constexpr (kIsLast && kLoss == SOFT_BOUNDARY)
        if (threadIdx.x == 0) shared[kRadius] = a.radius[net.replica];
    __syncthreads();

    Tile<kLayer> z;
    z.template product<kOwn.inputs, kOwn.forward_split, kOwn.forward_stride>(in, shared + kOwn.forward, z.value);
    z.add_bias(shared);
    if constexpr (kIsLast) {
        const Step step{shared + kX, shared + kImportance, &loss, 0.f, 0.f};
        score<kLayer>(net, step, z);
        loss = block_sum(loss);
        if (threadIdx.x == 0) a.epoch_loss[net.replica] += loss;
        leave(between, shared, kBiasPartial, kWarps * kBiases);
        if constexpr (kLoss == SOFT_BOUNDARY) leave(between, shared, kScores, kRows);
    } else {
        if constexpr (kOwn.mean >= 0)
            z.normalize(net, shared + kOwn.activation);
        else
            z.activate(net, shared + kOwn.activation);
        __syncthreads();
        leave_normalized(between, z);
        if constexpr (kOwn.mean >= 0) leave(between, shared, kInverses + kOwn.normalized, kOwn.groups * kOwn.columns);
        for_statistics<0>([&](int place, int statistic) { a.statistics[statistics + statistic] = shared[place]; });
    }
    leave(between, shared, kOwn.activation, kOwn.outputs * kStride);
}

extern "C" __global__ void __launch_bounds__(kThreads, 1) chain_backward(const ChainLayerArgs s) {
    DYN_SHARED(float, shared);
    const ChainEpochArgs& a = s.epoch;
    float* between = between_of(s);
    const Network net = begin(s, shared);
    const long long block = net.replica * a.parameter_stride;
    const float rate = between[kCorrections], root = between[kCorrections + 1];
    Weight<kLayer> weight;
    weight.load_state(net);
    bring(shared, between, kOwn.activation, kOwn.outputs * kStride);
    bring(shared, between, kBiasPartial, kWarps * kBiases);
    if constexpr (!kIsLast) bring(shared, between, kVectorGradients, kVectorPlaces);
    const float* dz = shared + kOwn.activation;
    if constexpr (kLayer > 0) {
        constexpr ChainLayer kBefore = kChain[kLayer > 0 ? kLayer - 1 : 0];
        float* out = shared + kBefore.activation;
        bring(shared, between, kBefore.activation, kBefore.outputs * kStride);
        if constexpr (kBefore.mean >= 0) bring(shared, between, kInverses + kBefore.normalized, kBefore.groups * kBefore.columns);
        Tile<(kLayer > 0 ? kLayer - 1 : 0)> z;
        bring_normalized(z, between);
        __syncthreads();
        weight.product(dz, out);
        z.template product<kOwn.outputs, kOwn.backward_split, kOwn.backward_stride>(dz, shared + kOwn.backward, z.gradient);
        z.backward(net, out);
        weight.update(net, rate, root);
        __syncthreads();
        leave(between, shared, kBefore.activation, kBefore.outputs * kStride);
        leave(between, shared, kBiasPartial, kWarps * kBiases);
        leave(between, shared, kVectorGradients, kVectorPlaces);
        weight.save_state(net);
    } else {
        bring(shared, between, kX, kFeatures * kStride);
        if constexpr (kLoss == SOFT_BOUNDARY) bring(shared, between, kScores, kRows);
        __syncthreads();
        weight.product(dz, shared + kX);
        weight.update(net, rate, root);
        for_vectors<0>([&](int vector, int place, int bias) {
            float gradient = bias < 0 ? shared[kVectorGradients + vector] : 0.f;
            if (bias >= 0) {
#pragma unroll
                for (int w = 0; w < kWarps; w++) gradient += shared[kBiasPartial + w * kBiases + bias];
            }
            a.parameters[block + place] =
                adam(a.adam, rate, root, shared[kVectors + vector], gradient, a.first[block + place], a.second[block + place]);
            a.gradient[block + place] = gradient;
        });
        if (kLoss == SOFT_BOUNDARY && a.cursor->epoch >= a.from_epoch) {
            if (threadIdx.x == 0) shared[kRadius] = a.radius[net.replica];
            update_radius(net);
            if (threadIdx.x == 0) a.radius[net.replica] = shared[kRadius];
        }
        __syncthreads();
        weight.save_state(net);
        if (threadIdx.x == 0) a.steps[net.replica]++;
    }
}
