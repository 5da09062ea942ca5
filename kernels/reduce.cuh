// Block reductions in a fixed order.
#pragma once
#include "common.cuh"

// For blocks of 256 threads seen as 32 columns (threadIdx.x % 32) by 8 groups (threadIdx.x / 32): the sum of each column
// over its groups, in their order, for every thread of the column. All threads of the block must call it.
template <typename T> static __device__ T sum_of_groups(T value) {
    __shared__ T parts[8][32];
    const int column = threadIdx.x % 32, group = threadIdx.x / 32;
    parts[group][column] = value;
    __syncthreads();
    T sum = parts[0][column];
#pragma unroll
    for (int g = 1; g < 8; g++) sum += parts[g][column];
    __syncthreads(); // the next call writes parts again
    return sum;
}
