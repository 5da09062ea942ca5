// One pass of a stable radix sort by 8 bits, a tile of 1024 keys per block: count, scan, scatter.
#include "common.cuh"

struct RadixArgs {
    const unsigned* keys;
    unsigned* sorted;
    unsigned* offsets; // 256 x blocks: counts, then places
    int count;
    int shift;
    int blocks;
};

// Launch: grid blocks, block 256.
extern "C" __global__ void radix_count(const RadixArgs a) {
    __shared__ unsigned counts[256];
    counts[threadIdx.x] = 0;
    __syncthreads();
    for (int i = threadIdx.x; i < 1024; i += 256) {
        const int place = blockIdx.x * 1024 + i;
        if (place < a.count) atomicAdd(&counts[(a.keys[place] >> a.shift) & 255u], 1u);
    }
    __syncthreads();
    a.offsets[threadIdx.x * a.blocks + blockIdx.x] = counts[threadIdx.x];
}

// Exclusive prefix sums in place. Launch: grid 1, block 256.
extern "C" __global__ void radix_scan(const RadixArgs a) {
    __shared__ unsigned of_warp[8], carry;
    const int count = 256 * a.blocks;
    if (threadIdx.x == 0) carry = 0;
    for (int first = 0; first < count; first += 256) {
        const int i = first + threadIdx.x;
        const unsigned value = a.offsets[i];
        unsigned inclusive = value;
        for (int distance = 1; distance < 32; distance *= 2) {
            const unsigned lower = __shfl_up_sync(0xffffffffu, inclusive, distance);
            if (lane_id() >= distance) inclusive += lower;
        }
        if (lane_id() == 31) of_warp[warp_id()] = inclusive;
        __syncthreads();
        unsigned before = carry;
        for (int w = 0; w < warp_id(); w++) before += of_warp[w];
        a.offsets[i] = before + inclusive - value;
        __syncthreads();
        if (threadIdx.x == 255) carry = before + inclusive;
    }
}

// Launch: grid blocks, block 256; a warp sorts 128 keys.
extern "C" __global__ void radix_scatter(const RadixArgs a) {
    __shared__ unsigned places[8][256];
    unsigned* mine = places[warp_id()];
    for (int digit = lane_id(); digit < 256; digit += 32) mine[digit] = 0;
    __syncwarp();

    const int first = blockIdx.x * 1024 + warp_id() * 128 + lane_id();
    unsigned keys[4], ranks[4];
    for (int r = 0; r < 4; r++) {
        const bool valid = first + r * 32 < a.count;
        keys[r] = valid ? a.keys[first + r * 32] : 0;
        const unsigned digit = (keys[r] >> a.shift) & 255u;
        unsigned peers = __ballot_sync(0xffffffffu, valid);
        for (int bit = 0; bit < 8; bit++) {
            const bool set = digit >> bit & 1;
            const unsigned votes = __ballot_sync(0xffffffffu, set);
            peers &= set ? votes : ~votes;
        }
        const int before = __popc(peers & ((1u << lane_id()) - 1u));
        const unsigned base = valid ? mine[digit] : 0;
        __syncwarp();
        if (valid && before == 0) mine[digit] = base + __popc(peers);
        __syncwarp();
        ranks[r] = base + before;
    }
    __syncthreads();

    unsigned place = a.offsets[threadIdx.x * a.blocks + blockIdx.x];
    for (int w = 0; w < 8; w++) {
        const unsigned count = places[w][threadIdx.x];
        places[w][threadIdx.x] = place;
        place += count;
    }
    __syncthreads();
    for (int r = 0; r < 4; r++)
        if (first + r * 32 < a.count) a.sorted[mine[(keys[r] >> a.shift) & 255u] + ranks[r]] = keys[r];
}
