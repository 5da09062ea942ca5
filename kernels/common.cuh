// What every kernel may count on. Kernels are compiled by NVRTC 12 and 13 for the GPU, by clang to PTX as a check, and
// by clang to host code that runs on a CPU; they keep to the C++17 that all three share:
//
//   - A kernel is  extern "C" __global__ void name(const SomeArgs a)  and takes exactly one structure, by value.
//   - No system header is included and no standard library used; what is missing is declared here.
//   - Dynamic shared memory comes from DYN_SHARED(T, name), never from a plain extern __shared__.
//   - A loop that waits for another block calls SPIN_PAUSE() each time round.
//   - Shuffles and votes order no memory: __syncwarp() or __syncthreads() stands between a write and another thread's
//   read.
//   - No compiler's own builtins; an inline PTX instruction lives in a small function of its own.
//   - A barrier or fence that no test can miss says why it stands there:  // redundant: ...
//   - Sums run in a fixed order; no floating-point atomics.
#pragma once

// name points to the block's dynamic shared memory, aligned to 16 bytes.
#ifndef DYN_SHARED
#define DYN_SHARED(T, name)                                                                                            \
    extern __shared__ __align__(16) unsigned char dynamic_shared[];                                                    \
    T* name = reinterpret_cast<T*>(dynamic_shared)
#endif

#ifndef SPIN_PAUSE
#define SPIN_PAUSE() __nanosleep(32)
#endif

// Place of this thread in its warp, and of its warp in its block. Blocks have one dimension.
static __device__ __forceinline__ int lane_id() { return threadIdx.x & 31u; }

static __device__ __forceinline__ int warp_id() { return threadIdx.x >> 5; }

// The sum over the 32 lanes of a warp, the same bits in every lane: a tree of pairs 16, 8, 4, 2 and 1 lanes apart.
template <typename T> static __device__ __forceinline__ T warp_sum(T value) {
    for (int distance = 16; distance > 0; distance /= 2) value += __shfl_xor_sync(0xffffffffu, value, distance);
    return value;
}

// The sum over a block of a multiple of 32 threads, in warp 0: each warp's sum, then the sum of those. All threads call
// it.
template <typename T> static __device__ T block_sum(T value) {
    __shared__ T of_warp[32];
    value = warp_sum(value);
    if (lane_id() == 0) of_warp[warp_id()] = value;
    __syncthreads();
    const int warps = blockDim.x / 32;
    if (warp_id() == 0) value = warp_sum(lane_id() < warps ? of_warp[lane_id()] : T(0));
    __syncthreads(); // redundant: no kernel calls this twice; one that does needs it before of_warp is written again
    return value;
}
