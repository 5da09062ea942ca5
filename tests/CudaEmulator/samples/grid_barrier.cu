// Steps of smoothing with a barrier of the whole grid between them. All blocks must fit on the machine.
#include "common.cuh"

struct GridBarrierArgs {
    float* from;
    float* to;
    unsigned* counter; // 0
    int count;
    int steps;
};

static __device__ void wait_for_grid(unsigned* counter, unsigned goal) {
    __syncthreads();
    if (threadIdx.x == 0) {
        __threadfence();
        atomicAdd(counter, 1u);
        while (atomicAdd(counter, 0u) < goal) SPIN_PAUSE();
        __threadfence();
    }
    __syncthreads();
}

extern "C" __global__ void smooth(const GridBarrierArgs a) {
    float *from = a.from, *to = a.to;
    for (int step = 0; step < a.steps; step++) {
        for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < a.count; i += gridDim.x * blockDim.x) {
            const float left = from[i > 0 ? i - 1 : 0], right = from[i < a.count - 1 ? i + 1 : i];
            to[i] = 0.25f * left + 0.5f * from[i] + 0.25f * right;
        }
        wait_for_grid(a.counter, (step + 1) * gridDim.x);
        float* last = from;
        from = to;
        to = last;
    }
}
