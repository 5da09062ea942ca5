// Turns the numbers of a block around in its dynamic shared memory, which may be all that a block can have.
#include "common.cuh"

struct TurnAroundArgs {
    const float* numbers; // blocks x count
    float* turned;
    int count;
};

// Launch: grid blocks, any block, count floats of dynamic shared memory.
extern "C" __global__ void turn_around(const TurnAroundArgs a) {
    DYN_SHARED(float, held);
    const int first = blockIdx.x * a.count;
    for (int i = threadIdx.x; i < a.count; i += blockDim.x) held[i] = a.numbers[first + i];
    __syncthreads();
    for (int i = threadIdx.x; i < a.count; i += blockDim.x) a.turned[first + i] = held[a.count - 1 - i];
}
