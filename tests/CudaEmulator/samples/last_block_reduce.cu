// A sum in one launch: the block that is the last to finish adds up what all have left.
#include "common.cuh"

struct LastBlockReduceArgs {
    const float* input;
    float* partial;    // one per block
    unsigned* counter; // 0, and 0 again afterwards
    float* sum;
    int count;
};

// Launch: any grid, block a multiple of 32.
extern "C" __global__ void last_block_reduce(const LastBlockReduceArgs a) {
    __shared__ bool is_last;
    float sum = 0.f;
    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < a.count; i += gridDim.x * blockDim.x) sum += a.input[i];
    sum = block_sum(sum);
    if (threadIdx.x == 0) {
        a.partial[blockIdx.x] = sum;
        __threadfence();
        is_last = atomicAdd(a.counter, 1u) == gridDim.x - 1;
    }
    __syncthreads();
    if (!is_last) return;
    __threadfence();
    float total = 0.f;
    for (unsigned i = threadIdx.x; i < gridDim.x; i += blockDim.x) total += a.partial[i];
    total = block_sum(total);
    if (threadIdx.x == 0) {
        *a.sum = total;
        *a.counter = 0;
    }
}
