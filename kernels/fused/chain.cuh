// What the shape of a chain is made of, and numbers that lie side by side.
#pragma once
#include "common.cuh"

namespace chain {

enum ChainLoss { ONE_CLASS = 0, SOFT_BOUNDARY = 1, RECONSTRUCTION = 2, NEGATIVE_LOG_LIKELIHOOD = 3 }; // as in loss.cu

// A dense layer, with its places in device memory (-1 where it has none) and in shared memory, in floats.
struct ChainLayer {
    int inputs, outputs;
    float slope;                     // of the leaky ReLU; 1 for none
    int before;                      // the layer whose outputs are these inputs, or are cut up as they are; -1 for none
    int groups, columns, rows;       // a thread has so many columns of so many samples; so many neighbours have all columns
    int forward_split, forward_stride, backward_split, backward_stride; // of the weight, twice
    int gradient_rows, gradient_columns, split;                         // of its gradient
    int weight, bias, scale, shift;  // among a replica's parameters
    int mean, variance;              // among its statistics
    int activation;                  // in shared memory: a, then dz
    int forward, backward;           // the weight, twice
    int bias_vector, scale_vector, shift_vector, bias_partial; // among vectors, and among the partial sums of biases
    int normalized;                  // among the columns that are normalised
};

// N floats that lie side by side, N a power of two.
template <int N> struct Numbers {
    float v[N];
};

template <int N> static __device__ __forceinline__ Numbers<N> load(const float* p) {
    Numbers<N> result;
    if constexpr (N % 4 == 0) {
#pragma unroll
        for (int i = 0; i < N; i += 4) {
            const float4 q = *reinterpret_cast<const float4*>(p + i);
            result.v[i] = q.x;
            result.v[i + 1] = q.y;
            result.v[i + 2] = q.z;
            result.v[i + 3] = q.w;
        }
    } else if constexpr (N == 2) {
        const float2 q = *reinterpret_cast<const float2*>(p);
        result.v[0] = q.x;
        result.v[1] = q.y;
    } else {
        static_assert(N == 1, "");
        result.v[0] = *p;
    }
    return result;
}

template <int N> static __device__ __forceinline__ void store(float* p, const float (&v)[N]) {
    if constexpr (N % 4 == 0) {
#pragma unroll
        for (int i = 0; i < N; i += 4) *reinterpret_cast<float4*>(p + i) = make_float4(v[i], v[i + 1], v[i + 2], v[i + 3]);
    } else if constexpr (N == 2) {
        *reinterpret_cast<float2*>(p) = make_float2(v[0], v[1]);
    } else {
        static_assert(N == 1, "");
        *p = v[0];
    }
}

} // namespace chain
