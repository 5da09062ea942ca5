// The samples of a batch in the order of their scores, by one block.
#pragma once
#include "common.cuh"

#define RANK_THREADS 256
#define SHARED_KEYS 2048

// The keys of a batch: a score's bits, which order like the score since that is not negative, before the sample, so that of
// equal scores the earlier sample comes first. Up to SHARED_KEYS samples they are in shared memory, beyond in the scratch,
// which has room for the next power of two.
struct RankedBatch {
    const unsigned long long* keys;

    __device__ unsigned sample(int rank) const { return (unsigned)keys[rank]; }
    __device__ float score(int rank) const { return __uint_as_float((unsigned)(keys[rank] >> 32)); }
};

// Sorts a batch in ascending order, bitonic. All threads of the block call it, RANK_THREADS of them. False, and no order,
// where a score is not finite.
static __device__ bool rank_batch(
    const float* scores, int samples, unsigned long long* shared_keys, unsigned long long* scratch, RankedBatch& ranked) {
    __shared__ unsigned finite;
    int size = 1;
    while (size < samples) size *= 2;
    unsigned long long* keys = size <= SHARED_KEYS ? shared_keys : scratch;
    if (threadIdx.x == 0) finite = 1;
    __syncthreads();
    for (int s = threadIdx.x; s < size; s += RANK_THREADS) {
        const float score = s < samples ? fabsf(scores[s]) : 0.f;
        if (!(score <= 3.402823466e38f)) atomicAnd(&finite, 0u);
        keys[s] = s < samples ? (unsigned long long)__float_as_uint(score) << 32 | (unsigned)s : ~0ull;
    }
    __syncthreads();
    if (!finite) return false;
    for (int run = 2; run <= size; run *= 2) {
        for (int gap = run / 2; gap > 0; gap /= 2) {
            for (int i = threadIdx.x; i < size / 2; i += RANK_THREADS) {
                const int low = 2 * i - (i & (gap - 1)), high = low + gap;
                const unsigned long long a = keys[low], b = keys[high];
                if ((a > b) == ((low & run) == 0)) {
                    keys[low] = b;
                    keys[high] = a;
                }
            }
            __syncthreads();
        }
    }
    ranked.keys = keys;
    return true;
}

// Where a batch has no loss.
static __device__ void refuse_batch(float* losses, float* score_gradient, int samples) {
    for (int s = threadIdx.x; s < samples; s += RANK_THREADS) {
        losses[s] = __uint_as_float(0x7fffffffu);
        score_gradient[s] = 0.f;
    }
}
