// Ranks the pairs of a tile by one digit of their keys, stably: what every pass of a radix sort does in a block.
//
// A tile of W warps has 32 x rounds consecutive pairs for each of them; in round r lane l has pair 32 r + l of its warp's. Each
// warp counts its digits in a row of 256 counters of its own, W x 256 in shared memory:
//
//   count_digits_of_warp   row[d] = pairs of this warp with digit d
//   turn_counts_to_places  row[d] = pairs of the tile with a lower digit, and those with d of the warps before
//   rank_in_tile           round by round, the lanes with equal digits take row[d], row[d] + 1, ... in their order and raise it
//
// so that ranks ascend by digit, warp, round, lane, which is by digit and then by place in the tile.
#pragma once
#include "common.cuh"

constexpr int kDigits = 256;

static __device__ __forceinline__ unsigned digit_of(unsigned key, int shift) { return (key >> shift) & (kDigits - 1u); }

// The first pair of this thread in the tile; those of its further rounds are 32 apart.
static __device__ __forceinline__ int first_in_tile(int rounds) { return warp_id() * 32 * rounds + lane_id(); }

// Counts the digits of a warp. Other warps' counts are there after the next barrier.
template <int ITEMS>
static __device__ __forceinline__ void count_digits_of_warp(unsigned* counters, const unsigned (&keys)[ITEMS], int rounds,
                                                            int shift) {
    unsigned* row = counters + warp_id() * kDigits;
    for (int digit = lane_id(); digit < kDigits; digit += 32) row[digit] = 0;
    __syncwarp();
#pragma unroll
    for (int r = 0; r < ITEMS; r++)
        if (r < rounds) atomicAdd(&row[digit_of(keys[r], shift)], 1u);
}

// The pairs of the tile with a digit, from the warps' counts.
static __device__ __forceinline__ unsigned count_in_tile(const unsigned* counters, int warps, int digit) {
    unsigned sum = 0;
    for (int w = 0; w < warps; w++) sum += counters[w * kDigits + digit];
    return sum;
}

// Turns the warps' counts of a digit into places, from the first place of that digit on.
static __device__ __forceinline__ void turn_counts_to_places(unsigned* counters, int warps, int digit, unsigned place) {
    for (int w = 0; w < warps; w++) {
        const unsigned count = counters[w * kDigits + digit];
        counters[w * kDigits + digit] = place;
        place += count;
    }
}

// For thread d < 256, the sum of the values of threads 0 ... d - 1. All threads of the block call it; between two calls there
// must be a barrier.
static __device__ unsigned long long sum_before_digit(unsigned long long value) {
    __shared__ unsigned long long of_warp[kDigits / 32];
    unsigned long long inclusive = value;
    for (int distance = 1; distance < 32; distance *= 2) {
        const unsigned long long lower = __shfl_up_sync(0xffffffffu, inclusive, distance);
        if (lane_id() >= distance) inclusive += lower;
    }
    if (warp_id() < kDigits / 32 && lane_id() == 31) of_warp[warp_id()] = inclusive;
    __syncthreads();
    unsigned long long before = inclusive - value;
    for (int w = 0; w < kDigits / 32; w++)
        if (w < warp_id()) before += of_warp[w];
    return before;
}

// The lanes that have the same digit as this one. All lanes call it.
static __device__ __forceinline__ unsigned lanes_with_digit(unsigned digit) {
    unsigned lanes = 0xffffffffu;
#pragma unroll
    for (int bit = 0; bit < 8; bit++) {
        const bool set = digit >> bit & 1u;
        const unsigned votes = __ballot_sync(0xffffffffu, set);
        lanes &= set ? votes : ~votes;
    }
    return lanes;
}

// The ranks of a warp's pairs in the tile, once its row holds places. One of the lanes with a digit raises its place and tells
// the others what it was. Whoever raises it in a later round has had that shuffle before, so that the rounds come in order.
template <int ITEMS>
static __device__ __forceinline__ void rank_in_tile(unsigned* places, const unsigned (&keys)[ITEMS], int rounds, int shift,
                                                    unsigned (&ranks)[ITEMS]) {
    unsigned* row = places + warp_id() * kDigits;
#pragma unroll
    for (int r = 0; r < ITEMS; r++) {
        if (r >= rounds) break;
        const unsigned digit = digit_of(keys[r], shift), lanes = lanes_with_digit(digit);
        const int last = 31 - __clz((int)lanes);
        unsigned place = 0;
        if (lane_id() == last) place = atomicAdd(&row[digit], (unsigned)__popc(lanes));
        ranks[r] = __shfl_sync(0xffffffffu, place, last) + __popc(lanes & ((1u << lane_id()) - 1u));
    }
}
