// Kernels that do not come to their end.
#include "fault_args.cuh"

// Each block waits for the one before it, which may not be on the machine.
extern "C" __global__ void wait_for_lower_block(const FaultArgs a) {
    if (threadIdx.x != 0) return;
    if (blockIdx.x > 0)
        while (atomicAdd(&a.flags[blockIdx.x - 1], 0u) == 0) SPIN_PAUSE();
    atomicExch(&a.flags[blockIdx.x], 1u);
}

extern "C" __global__ void wait_for_nobody(const FaultArgs a) {
    while (atomicAdd(&a.flags[0], 0u) == 0) SPIN_PAUSE();
}

extern "C" __global__ void wait_without_pause(const FaultArgs a) {
    while (atomicAdd(&a.flags[0], 0u) == 0) {
    }
}

extern "C" __global__ void endless_loop(const FaultArgs a) {
    while (*(volatile unsigned*)a.flags == 0) {
    }
}

static __device__ __noinline__ int recurse(volatile unsigned* p, int depth) {
    volatile int local[256];
    local[depth & 255] = depth;
    return depth <= 0 ? local[0] : recurse(p, depth - 1) + local[depth & 255] + (int)*p;
}

extern "C" __global__ void deep_recursion(const FaultArgs a) {
    if (threadIdx.x == 0) a.flags[1] = recurse(a.flags, 1000);
}

extern "C" __global__ void division_by_zero(const FaultArgs a) {
    if (threadIdx.x == 0) a.flags[1] = 7u / a.flags[0];
}
