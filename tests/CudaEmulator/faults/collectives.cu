// Barriers and warp collectives that not all threads reach, or not in the same way.
#include "fault_args.cuh"

extern "C" __global__ void different_barriers(const FaultArgs a) {
    __shared__ float s[256];
    s[threadIdx.x] = a.in[threadIdx.x];
    if (threadIdx.x < 128) {
        __syncthreads();
        a.out[threadIdx.x] = s[threadIdx.x + 128];
    } else {
        __syncthreads();
        a.out[threadIdx.x] = s[threadIdx.x - 128];
    }
}

extern "C" __global__ void skipped_barrier(const FaultArgs a) {
    __shared__ float s[256];
    s[threadIdx.x] = a.in[threadIdx.x];
    if (threadIdx.x != 77) __syncthreads();
    a.out[threadIdx.x] = s[255 - threadIdx.x];
    __syncthreads();
}

extern "C" __global__ void barriers_by_half_block(const FaultArgs a) {
    for (unsigned i = 0; i < threadIdx.x / 128 + 1; i++) __syncthreads();
    __shfl_sync(0xffffffffu, 1, 0);
    __syncthreads();
    a.out[threadIdx.x] = a.in[0];
}

extern "C" __global__ void barrier_against_warp(const FaultArgs a) {
    if (threadIdx.x % 2)
        __syncwarp();
    else
        __syncthreads();
    a.out[threadIdx.x] = a.in[0];
}

extern "C" __global__ void overlapping_masks(const FaultArgs a) {
    float v = a.in[threadIdx.x];
    if (threadIdx.x & 1)
        v = __shfl_xor_sync(0xffffffffu, v, 2);
    else
        v = __shfl_xor_sync(0x55555555u, v, 2);
    a.out[threadIdx.x] = v;
}

extern "C" __global__ void named_lanes_that_do_not_come(const FaultArgs a) {
    float v = a.in[threadIdx.x];
    if (threadIdx.x & 1) v = __shfl_xor_sync(0xffffffffu, v, 2);
    a.out[threadIdx.x] = v;
    __syncthreads();
}

extern "C" __global__ void lane_outside_its_mask(const FaultArgs a) {
    a.out[threadIdx.x] = __shfl_sync(0x0000ffffu, a.in[threadIdx.x], 0);
}

extern "C" __global__ void different_collectives(const FaultArgs a) {
    const float v = a.in[threadIdx.x];
    a.out[threadIdx.x] = threadIdx.x & 1 ? __shfl_xor_sync(0xffffffffu, v, 2) : (float)__any_sync(0xffffffffu, v > 0);
}

extern "C" __global__ void correct_partial_masks(const FaultArgs a) {
    float v = a.in[threadIdx.x];
    if (threadIdx.x & 1)
        v = __shfl_xor_sync(0xaaaaaaaau, v, 2);
    else
        v = __shfl_xor_sync(0x55555555u, v, 2);
    a.out[threadIdx.x] = v;
}

extern "C" __global__ void correct_early_exit(const FaultArgs a) {
    __shared__ float s[256];
    if (threadIdx.x >= 200) return;
    s[threadIdx.x] = a.in[threadIdx.x];
    __syncthreads();
    a.out[threadIdx.x] = s[199 - threadIdx.x];
}

extern "C" __global__ void correct_reducing_barriers(const FaultArgs a) {
    const int count = __syncthreads_count(threadIdx.x % 3 == 0);
    const int all = __syncthreads_and(threadIdx.x < 256), any = __syncthreads_or(threadIdx.x == 300);
    a.out[threadIdx.x] = (float)(count * 100 + all * 10 + any);
}
