// The logistic function: z = 1 / (1 + exp(-x)), and backward dx = dz z (1 - z).
//
// x, z and their gradients are R x stride floats, of which each replica has count.
#include "common.cuh"

struct SigmoidArgs {
    const float* input;           // x; backward z
    const float* output_gradient; // dz; null: forward
    float* result;                // z, or dx
    long long input_stride;       // 0: one input for all replicas
    long long stride;             // of result and output_gradient
    int count;
};

// Launch: grid (ceil(count / 256), R), block 256.
extern "C" __global__ void __launch_bounds__(256) sigmoid(const SigmoidArgs a) {
    const int i = blockIdx.x * blockDim.x + threadIdx.x, replica = blockIdx.y;
    if (i >= a.count) return;
    const float value = a.input[replica * a.input_stride + i];
    const long long place = replica * a.stride + i;
    a.result[place] = a.output_gradient ? a.output_gradient[place] * (value * (1.f - value)) : 1.f / (1.f + expf(-value));
}
