// Sums of values and of their squares, one each per block, through shuffles and static shared memory.
#include "common.cuh"

struct BlockReduceArgs {
    const float* input;
    float* sums; // two per block
    int count;
};

// Launch: any grid, block a multiple of 32.
extern "C" __global__ void block_reduce(const BlockReduceArgs a) {
    float sum = 0.f, squares = 0.f;
    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < a.count; i += gridDim.x * blockDim.x) {
        sum += a.input[i];
        squares += a.input[i] * a.input[i];
    }
    sum = block_sum(sum);
    squares = block_sum(squares);
    if (threadIdx.x == 0) {
        a.sums[2 * blockIdx.x] = sum;
        a.sums[2 * blockIdx.x + 1] = squares;
    }
}
