// 2 x 2 max-pooling, and the gradient of nearest-neighbour upsampling by 2. Images are planes (samples x channels) of height x
// width per replica; height and width of the larger ones are even.
//
//   max_pool_forward    out[y][x] = max of in[2 y .. 2 y + 1][2 x .. 2 x + 1]; NaN where one of the four is
//   max_pool_backward   the gradient goes to the first of the four, in row-major order, that is the maximum
//   upsample_backward   din[y][x] = sum of dout[2 y .. 2 y + 1][2 x .. 2 x + 1], in row-major order
//
// Launch, all: grid (ceil(pixels of the smaller images / 256), R), block 256: a thread per pixel of the smaller image.
#include "common.cuh"

// The top left of the four pixels that belong to pixel i of the smaller images, width pixels wide.
static __device__ __forceinline__ long long first_of_four(long long i, int width) { return i / width * 4 * width + i % width * 2; }

// From there to pixel k of the four.
static __device__ __forceinline__ int offset_of_four(int k, int width) { return k / 2 * 2 * width + k % 2; }

// Which of the four is the maximum, and its value.
static __device__ int find_maximum(const float* four, int width, float* maximum) {
    int chosen = 0;
    *maximum = four[0];
#pragma unroll
    for (int k = 1; k < 4; k++) {
        const float value = four[offset_of_four(k, width)];
        if (!(value > *maximum || value != value)) continue;
        *maximum = value;
        chosen = k;
    }
    return chosen;
}

struct MaxPoolForwardArgs {
    const float* input;
    float* output;
    long long input_stride;
    long long output_stride;
    long long count; // pixels of the output, all samples and channels
    int width;       // of the output
};

extern "C" __global__ void __launch_bounds__(256) max_pool_forward(const MaxPoolForwardArgs a) {
    const long long i = (long long)blockIdx.x * 256 + threadIdx.x;
    const int replica = blockIdx.y;
    if (i >= a.count) return;
    float maximum;
    find_maximum(a.input + replica * a.input_stride + first_of_four(i, a.width), a.width, &maximum);
    a.output[replica * a.output_stride + i] = maximum;
}

struct MaxPoolBackwardArgs {
    const float* input;
    const float* output_gradient;
    float* input_gradient;
    long long input_stride; // of input and input_gradient
    long long output_stride;
    long long count;
    int width;
};

extern "C" __global__ void __launch_bounds__(256) max_pool_backward(const MaxPoolBackwardArgs a) {
    const long long i = (long long)blockIdx.x * 256 + threadIdx.x;
    const int replica = blockIdx.y;
    if (i >= a.count) return;
    const long long place = replica * a.input_stride + first_of_four(i, a.width);
    const float gradient = a.output_gradient[replica * a.output_stride + i];
    float maximum;
    const int chosen = find_maximum(a.input + place, a.width, &maximum);
#pragma unroll
    for (int k = 0; k < 4; k++) a.input_gradient[place + offset_of_four(k, a.width)] = k == chosen ? gradient : 0.f;
}

struct UpsampleBackwardArgs {
    const float* output_gradient; // of the larger image
    float* input_gradient;
    long long output_stride;
    long long input_stride;
    long long count; // pixels of the smaller image, all samples and channels
    int width;       // of the smaller image
};

extern "C" __global__ void __launch_bounds__(256) upsample_backward(const UpsampleBackwardArgs a) {
    const long long i = (long long)blockIdx.x * 256 + threadIdx.x;
    const int replica = blockIdx.y;
    if (i >= a.count) return;
    const float* four = a.output_gradient + replica * a.output_stride + first_of_four(i, a.width);
    float sum = four[0];
#pragma unroll
    for (int k = 1; k < 4; k++) sum += four[offset_of_four(k, a.width)];
    a.input_gradient[replica * a.input_stride + i] = sum;
}
