// What a masked autoregressive flow adds to linear layers: the affine map of a MADE block, u = (x - m) exp(-a), with
// log-determinant -sum_j a, and the masks of its layers. These are ordinary linear layers whose masked weights are zero and
// stay so, since their gradients are set to zero.
//
//   forward    u = (x - m) exp(-a),  after[s] = before[s] - sum_j a[s][j]
//   backward   dm = -du exp(-a),  da = -du u + w / B,  dx = du exp(-a)
//
// where w / B comes from the log-determinant in the loss, and dx is the part that does not run through m and a. x, u, du and dx
// are R x stride floats, each replica samples x width; affine, m and then a of each sample, is samples x 2 width; weights, before
// and after are R x batch_stride.
#include "common.cuh"

struct AffineForwardArgs {
    const float* input;
    const float* affine;
    float* output;
    const float* before; // null: 0
    float* after;
    long long stride;        // of output
    long long input_stride;  // 0: one input for all replicas
    long long affine_stride;
    int batch_stride;        // of before and after
    int width;
    int samples;
};

// Launch: grid (ceil(samples / 8), R), block 256: a warp per sample.
extern "C" __global__ void __launch_bounds__(256) affine_forward(const AffineForwardArgs a) {
    const int sample = blockIdx.x * 8 + threadIdx.x / 32, replica = blockIdx.y;
    if (sample >= a.samples) return;
    const float* input = a.input + replica * a.input_stride + (long long)sample * a.width;
    const float* affine = a.affine + replica * a.affine_stride + (long long)sample * 2 * a.width;
    float* output = a.output + replica * a.stride + (long long)sample * a.width;
    float sum = 0.f;
    for (int j = lane_id(); j < a.width; j += 32) {
        const float log_scale = affine[a.width + j];
        output[j] = (input[j] - affine[j]) * expf(-log_scale);
        sum += log_scale;
    }
    sum = warp_sum(sum);
    const long long place = (long long)replica * a.batch_stride + sample;
    if (lane_id() == 0) a.after[place] = (a.before ? a.before[place] : 0.f) - sum;
}

struct AffineBackwardArgs {
    const float* affine;
    const float* output;          // u
    const float* output_gradient; // du
    const float* weights;         // R x batch_stride
    float* affine_gradient;
    float* input_gradient; // null: not needed
    long long stride;      // of output, output_gradient and input_gradient
    long long affine_stride;
    int batch_stride;
    int width;
    int samples;
};

// Launch: grid (ceil(samples * width / 256), R), block 256.
extern "C" __global__ void __launch_bounds__(256) affine_backward(const AffineBackwardArgs a) {
    const long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    const int replica = blockIdx.y;
    if (i >= (long long)a.samples * a.width) return;
    const int sample = (int)(i / a.width), j = (int)(i % a.width);
    const long long affine = replica * a.affine_stride + (long long)sample * 2 * a.width + j, place = replica * a.stride + i;
    const float gradient = a.output_gradient[place];
    const float direct = gradient * expf(-a.affine[affine + a.width]);
    const float share = a.weights[(long long)replica * a.batch_stride + sample] / (float)a.samples;
    a.affine_gradient[affine] = -direct;
    a.affine_gradient[affine + a.width] = fmaf(-gradient, a.output[place], share);
    if (a.input_gradient) a.input_gradient[place] = direct;
}

struct MaskArgs {
    float* gradient;   // R x stride
    const float* mask; // length, shared by all replicas
    long long stride;
    int length;
};

// gradient = 0 where the mask is, whatever it was. Launch: grid (ceil(length / 256), R), block 256.
extern "C" __global__ void __launch_bounds__(256) mask_gradient(const MaskArgs a) {
    const int i = blockIdx.x * 256 + threadIdx.x;
    if (i < a.length && a.mask[i] == 0.f) a.gradient[blockIdx.y * a.stride + i] = 0.f;
}
