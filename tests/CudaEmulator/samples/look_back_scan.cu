// Inclusive prefix sums in one pass: each tile of 1024 values looks back at the tiles before it until one knows its
// prefix.
#include "common.cuh"

struct LookBackScanArgs {
    const unsigned* input;
    unsigned* output;
    unsigned long long* states; // one per tile, 0: flag << 32 | value, flag 1 for a tile's total, 2 for its prefix
    unsigned* ticket;           // 0
    int count;
};

// Launch: grid ceil(count / 1024), block 256.
extern "C" __global__ void look_back_scan(const LookBackScanArgs a) {
    __shared__ unsigned tile_number, tile_prefix, of_warp[8];
    if (threadIdx.x == 0) tile_number = atomicAdd(a.ticket, 1u); // in the order of arrival, not of blockIdx
    __syncthreads();
    const unsigned tile = tile_number, first = tile * 1024 + threadIdx.x * 4;
    unsigned sums[4], sum = 0;
    for (int k = 0; k < 4; k++) sums[k] = sum += first + k < (unsigned)a.count ? a.input[first + k] : 0u;

    unsigned inclusive = sum;
    for (int distance = 1; distance < 32; distance *= 2) {
        const unsigned lower = __shfl_up_sync(0xffffffffu, inclusive, distance);
        if (lane_id() >= distance) inclusive += lower;
    }
    if (lane_id() == 31) of_warp[warp_id()] = inclusive;
    __syncthreads();
    unsigned before = 0, total = 0;
    for (int w = 0; w < 8; w++) {
        if (w < warp_id()) before += of_warp[w];
        total += of_warp[w];
    }

    if (threadIdx.x == 0) {
        unsigned prefix = 0;
        if (tile > 0) atomicExch(&a.states[tile], (1ull << 32) | total);
        for (int t = (int)tile - 1; t >= 0;) {
            const unsigned long long state = atomicAdd(&a.states[t], 0ull);
            const unsigned flag = (unsigned)(state >> 32);
            if (flag == 0) {
                SPIN_PAUSE();
                continue;
            }
            prefix += (unsigned)state;
            if (flag == 2) break;
            t--;
        }
        atomicExch(&a.states[tile], (2ull << 32) | (prefix + total));
        tile_prefix = prefix;
    }
    __syncthreads();
    const unsigned offset = tile_prefix + before + inclusive - sum;
    for (int k = 0; k < 4; k++)
        if (first + k < (unsigned)a.count) a.output[first + k] = sums[k] + offset;
}
