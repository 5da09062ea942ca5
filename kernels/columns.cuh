// The rows of a batch by columns: blocks of 256 threads seen as 32 columns by 8 groups of rows, as for sum_of_groups.
#pragma once
#include "reduce.cuh"

// So many rows of its column a thread can keep in registers: those of batches of up to 200 samples, as images have, which are then
// read once; with more, registers would leave room for one block of such kernels on a multiprocessor, or be spilled.
constexpr int kKeptRows = 25;

static __device__ __forceinline__ bool fits_registers(int samples) { return samples <= 8 * kKeptRows; }

// visit(k, s) for each row s of a group, in order. Where rows are kept, k is the place of one among the kept: known when the loop is
// unrolled, so that an array with a place for each stays in registers. Otherwise k is 0.
template <bool kIsKept, typename Visit> static __device__ __forceinline__ void for_rows(int samples, int group, Visit visit) {
    if (kIsKept) {
#pragma unroll
        for (int k = 0; k < kKeptRows; k++)
            if (group + 8 * k < samples) visit(k, group + 8 * k);
    } else {
        for (int s = group; s < samples; s += 8) visit(0, s);
    }
}
