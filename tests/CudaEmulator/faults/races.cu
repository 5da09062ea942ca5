// Missing barriers and fences.
#include "fault_args.cuh"

extern "C" __global__ void missing_barrier(const FaultArgs a) {
    __shared__ float s[256];
    s[threadIdx.x] = a.in[threadIdx.x];
    a.out[threadIdx.x] = s[255 - threadIdx.x];
}

// Reads of one round race with writes of the next; in order of threads the result happens to be right.
extern "C" __global__ void missing_second_barrier(const FaultArgs a) {
    __shared__ float s[256];
    float sum = 0;
    for (int k = 0; k < 8; k++) {
        s[threadIdx.x] = a.in[k * 256 + threadIdx.x];
        __syncthreads();
        sum += s[255 - threadIdx.x] + s[(threadIdx.x + 1) & 255];
    }
    a.out[threadIdx.x] = sum;
}

extern "C" __global__ void missing_syncwarp(const FaultArgs a) {
    __shared__ float s[256];
    const int t = threadIdx.x;
    s[t] = a.in[t];
    __syncwarp();
    for (int d = 16; d > 0; d /= 2)
        if (lane_id() < d) s[t] = s[t] + s[t + d];
    if (lane_id() == 0) a.out[warp_id()] = s[t];
}

extern "C" __global__ void missing_syncwarp_volatile(const FaultArgs a) {
    __shared__ volatile float s[256];
    const int t = threadIdx.x;
    s[t] = a.in[t];
    __syncwarp();
    for (int d = 16; d > 0; d /= 2)
        if (lane_id() < d) s[t] = s[t] + s[t + d];
    if (lane_id() == 0) a.out[warp_id()] = s[t];
}

// A shuffle makes lanes meet but orders no memory.
extern "C" __global__ void shuffle_instead_of_syncwarp(const FaultArgs a) {
    __shared__ float s[256];
    s[threadIdx.x] = a.in[threadIdx.x];
    __shfl_sync(0xffffffffu, 1, 0);
    a.out[threadIdx.x] = s[threadIdx.x ^ 1];
}

// Two blocks.
extern "C" __global__ void blocks_write_one_place(const FaultArgs a) {
    a.out[threadIdx.x] = a.in[threadIdx.x] + (float)blockIdx.x;
}

extern "C" __global__ void plain_write_beside_atomic(const FaultArgs a) {
    if (threadIdx.x == 0) a.flags[0] = 0;
    atomicAdd(&a.flags[0], 1u);
}

// Block 0 hands a value to block 1: data, fence, flag; flag, fence, data.
enum Fence { NONE, BLOCK, DEVICE };

static __device__ void fence(Fence kind) {
    if (kind == BLOCK) __threadfence_block();
    if (kind == DEVICE) __threadfence();
}

static __device__ void hand_over(const FaultArgs& a, Fence writer, Fence reader) {
    if (threadIdx.x != 0) return;
    if (blockIdx.x == 0) {
        a.out[1] = a.in[0];
        fence(writer);
        atomicExch(&a.flags[0], 1u);
    } else {
        while (atomicAdd(&a.flags[0], 0u) == 0) SPIN_PAUSE();
        fence(reader);
        a.out[2] = a.out[1];
    }
}

extern "C" __global__ void hand_over_without_writers_fence(const FaultArgs a) { hand_over(a, NONE, DEVICE); }
extern "C" __global__ void hand_over_without_readers_fence(const FaultArgs a) { hand_over(a, DEVICE, NONE); }
extern "C" __global__ void hand_over_with_block_fence(const FaultArgs a) { hand_over(a, BLOCK, DEVICE); }
extern "C" __global__ void correct_hand_over(const FaultArgs a) { hand_over(a, DEVICE, DEVICE); }
