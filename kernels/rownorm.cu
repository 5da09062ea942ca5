// Samples brought to the unit sphere: z = x / n with n = max(||x||, 1e-12), and backward dx = (dz - z (z . dz)) / n.
//
// x, z and their gradients are R x stride floats, each replica samples x width.
#include "common.cuh"

struct RowNormArgs {
    const float* input;           // x
    const float* output_gradient; // dz; null: forward
    float* result;                // z, or dx
    long long input_stride;
    long long stride; // of result and output_gradient
    int width;
    int samples;
};

// Launch: grid (ceil(samples / 8), R), block 256: a warp per sample.
extern "C" __global__ void __launch_bounds__(256) row_norm(const RowNormArgs a) {
    const int sample = blockIdx.x * 8 + threadIdx.x / 32, replica = blockIdx.y;
    if (sample >= a.samples) return;
    const float* input = a.input + replica * a.input_stride + (long long)sample * a.width;
    const long long first = replica * a.stride + (long long)sample * a.width;
    float squares = 0.f, along = 0.f;
    for (int j = lane_id(); j < a.width; j += 32) squares = fmaf(input[j], input[j], squares);
    const float norm = fmaxf(sqrtf(warp_sum(squares)), 1e-12f);
    if (a.output_gradient) {
        for (int j = lane_id(); j < a.width; j += 32) along = fmaf(input[j] / norm, a.output_gradient[first + j], along);
        along = warp_sum(along);
    }
    for (int j = lane_id(); j < a.width; j += 32) {
        const float z = input[j] / norm;
        a.result[first + j] = a.output_gradient ? (a.output_gradient[first + j] - z * along) / norm : z;
    }
}
