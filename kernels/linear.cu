// What follows the matrix product of a linear layer without batch normalisation. The product z = x W^T itself is cuBLAS's.
//
//   forward    a = leaky(z + b)                            in place; slope 1 for a plain layer
//   backward   dz = da * (a > 0 ? 1 : slope)               in place
//              db[o] = sum_s dz[s][o]                      in the order of s within each of 8 row groups, then of groups
//
// z, a, da, dz are R x stride floats, each replica samples x width, row-major.
#include "activation.cuh"
#include "reduce.cuh"

struct LinearForwardArgs {
    float* values;     // z, becomes a
    const float* bias; // null: none
    long long stride;
    long long bias_stride;
    int width;
    int samples;
    float slope;
};

// Launch: grid (ceil(samples * width / 256), R), block 256.
extern "C" __global__ void __launch_bounds__(256) linear_forward(const LinearForwardArgs a) {
    const long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    const int replica = blockIdx.y;
    if (i >= (long long)a.samples * a.width) return;
    float* value = a.values + replica * a.stride + i;
    const float bias = a.bias ? a.bias[replica * a.bias_stride + i % a.width] : 0.f;
    *value = leaky_relu(*value + bias, a.slope);
}

struct LinearBackwardArgs {
    float* gradient; // da, becomes dz
    const float* output;
    float* bias_gradient; // null: none
    long long stride;
    long long parameter_stride;
    int width;
    int samples;
    float slope;
};

// Launch: grid (ceil(width / 32), R), block 256: 32 features by 8 groups of rows.
extern "C" __global__ void __launch_bounds__(256) linear_backward(const LinearBackwardArgs a) {
    const int feature = blockIdx.x * 32 + threadIdx.x % 32, group = threadIdx.x / 32, replica = blockIdx.y;
    const bool valid = feature < a.width;
    float sum = 0.f;
    if (valid) {
        for (int s = group; s < a.samples; s += 8) {
            const long long i = replica * a.stride + (long long)s * a.width + feature;
            const float dz = leaky_relu_gradient(a.gradient[i], a.output[i], a.slope);
            a.gradient[i] = dz;
            sum += dz;
        }
    }
    sum = sum_of_groups(sum);
    if (a.bias_gradient && valid && group == 0) a.bias_gradient[replica * a.parameter_stride + feature] = sum;
}
