// Batch normalisation over the channels of images, scale and shift, and leaky ReLU: what batchnorm.cu does to features, with
// the N = samples x pixels values of a channel in place of the B samples of a feature.
//
// Forward:   mu = mean(z),  v = mean((z - mu)^2),  n = (z - mu) / sqrt(v + eps),  a = leaky(gamma n + beta)
//            running_mean += momentum (mu - running_mean),  running_variance += momentum (v N / (N - 1) - running_variance)
// Backward:  dy = da * leaky'(a),  dgamma = sum dy n,  dbeta = sum dy,
//            dz = gamma / sqrt(v + eps) (dy - dbeta / N - n dgamma / N)
//
// A channel has too many values for one block. So each block sums a chunk of the samples, and whoever needs the total adds up
// what the chunks left, in their order. Images are samples x channels x pixels per replica; partial sums R x chunks x channels.
// Launch, all: grid (channels, chunks, R), block 256.
#include "activation.cuh"
#include "reduce.cuh"

static __device__ float total_of_chunks(const float* partials, int replica) {
    const int channels = gridDim.x, chunks = gridDim.y;
    const float* partial = partials + (long long)replica * chunks * channels + blockIdx.x;
    float sum = partial[0];
    for (int c = 1; c < chunks; c++) sum += partial[(long long)c * channels];
    return sum;
}

static __device__ void leave_partial(float* partials, int replica, float value) {
    value = block_sum(value);
    if (threadIdx.x == 0) partials[((long long)replica * gridDim.y + blockIdx.y) * gridDim.x + blockIdx.x] = value;
}

// What this block works on: the values of its channel in its chunk of samples.
struct Values {
    long long first; // of the channel in the chunk's first sample
    int pixels, step; // floats from sample to sample
    int count;

    __device__ long long place(int i) const { return first + (long long)(i / pixels) * step + i % pixels; }
};

static __device__ Values values_of_block(long long stride, int pixels, int samples, int chunk) {
    const int begin = blockIdx.y * chunk, end = begin + chunk < samples ? begin + chunk : samples;
    const int step = pixels * gridDim.x;
    return {blockIdx.z * stride + (long long)begin * step + (long long)blockIdx.x * pixels, pixels, step, (end - begin) * pixels};
}

struct ChannelSumArgs {
    const float* values;
    float* partials;
    long long stride;
    int pixels;
    int samples;
    int chunk; // samples per block
};

extern "C" __global__ void __launch_bounds__(256) channel_sum(const ChannelSumArgs a) {
    const Values values = values_of_block(a.stride, a.pixels, a.samples, a.chunk);
    float sum = 0.f;
    for (int i = threadIdx.x; i < values.count; i += 256) sum += a.values[values.place(i)];
    leave_partial(a.partials, blockIdx.z, sum);
}

struct ChannelSquaresArgs {
    const float* values;
    const float* sums; // partial sums
    float* squares;    // partial sums of (z - mu)^2
    long long stride;
    int pixels;
    int samples;
    int chunk;
};

extern "C" __global__ void __launch_bounds__(256) channel_squares(const ChannelSquaresArgs a) {
    const Values values = values_of_block(a.stride, a.pixels, a.samples, a.chunk);
    const float mean = total_of_chunks(a.sums, blockIdx.z) / ((float)a.samples * (float)a.pixels);
    float sum = 0.f;
    for (int i = threadIdx.x; i < values.count; i += 256) {
        const float deviation = a.values[values.place(i)] - mean;
        sum = fmaf(deviation, deviation, sum);
    }
    leave_partial(a.squares, blockIdx.z, sum);
}

struct ChannelNormForwardArgs {
    const float* product; // z
    const float* sums;    // partial sums of z
    const float* squares; // partial sums of (z - mu)^2
    const float* scale;   // gamma; null: 1
    const float* shift;   // beta; null: 0
    float* running_mean;
    float* running_variance;
    float* normalized;    // n, kept for the backward pass; may be z
    float* inverse;       // 1 / sqrt(v + eps), R x channels, kept for the backward pass
    float* output;        // a
    long long stride;
    long long parameter_stride;
    long long statistics_stride;
    int pixels;
    int samples;
    int chunk;
    float slope;
    float epsilon;
    float momentum;
};

extern "C" __global__ void __launch_bounds__(256) channel_norm_forward(const ChannelNormForwardArgs a) {
    const int channel = blockIdx.x, replica = blockIdx.z;
    const Values values = values_of_block(a.stride, a.pixels, a.samples, a.chunk);
    const float count = (float)a.samples * (float)a.pixels;
    const float mean = total_of_chunks(a.sums, replica) / count, squares = total_of_chunks(a.squares, replica);
    const float inverse = 1.f / sqrtf(squares / count + a.epsilon);
    const long long parameter = replica * a.parameter_stride + channel;
    const float scale = a.scale ? a.scale[parameter] : 1.f, shift = a.shift ? a.shift[parameter] : 0.f;
    for (int i = threadIdx.x; i < values.count; i += 256) {
        const long long place = values.place(i);
        const float n = (a.product[place] - mean) * inverse;
        a.normalized[place] = n;
        a.output[place] = leaky_relu(fmaf(n, scale, shift), a.slope);
    }
    if (blockIdx.y != 0 || threadIdx.x != 0) return;
    const long long statistic = replica * a.statistics_stride + channel;
    a.inverse[(long long)replica * gridDim.x + channel] = inverse;
    a.running_mean[statistic] += a.momentum * (mean - a.running_mean[statistic]);
    a.running_variance[statistic] += a.momentum * (squares / (count - 1.f) - a.running_variance[statistic]);
}

struct ChannelGradientSumsArgs {
    float* gradient;         // da, becomes dy
    const float* output;     // a
    const float* normalized; // null: no batch normalisation, products are left out
    float* sums;             // partial sums of dy
    float* products;         // partial sums of dy n
    long long stride;
    int pixels;
    int samples;
    int chunk;
    float slope;
};

extern "C" __global__ void __launch_bounds__(256) channel_gradient_sums(const ChannelGradientSumsArgs a) {
    const Values values = values_of_block(a.stride, a.pixels, a.samples, a.chunk);
    float sum = 0.f, product = 0.f;
    for (int i = threadIdx.x; i < values.count; i += 256) {
        const long long place = values.place(i);
        const float dy = leaky_relu_gradient(a.gradient[place], a.output[place], a.slope);
        a.gradient[place] = dy;
        sum += dy;
        if (a.normalized) product = fmaf(dy, a.normalized[place], product);
    }
    leave_partial(a.sums, blockIdx.z, sum);
    if (a.normalized) leave_partial(a.products, blockIdx.z, product);
}

struct ChannelNormBackwardArgs {
    float* gradient;         // dy, becomes dz
    const float* normalized;
    const float* inverse;
    const float* sums;       // partial sums of dy
    const float* products;   // partial sums of dy n
    const float* scale;      // gamma; null: 1
    float* scale_gradient;   // null where there is no gamma
    float* shift_gradient;   // null where there is no beta
    long long stride;
    long long parameter_stride;
    int pixels;
    int samples;
    int chunk;
};

extern "C" __global__ void __launch_bounds__(256) channel_norm_backward(const ChannelNormBackwardArgs a) {
    const int channel = blockIdx.x, replica = blockIdx.z;
    const Values values = values_of_block(a.stride, a.pixels, a.samples, a.chunk);
    const float count = (float)a.samples * (float)a.pixels;
    const float sum = total_of_chunks(a.sums, replica), product = total_of_chunks(a.products, replica);
    const long long parameter = replica * a.parameter_stride + channel;
    const float factor = (a.scale ? a.scale[parameter] : 1.f) * a.inverse[(long long)replica * gridDim.x + channel];
    const float mean = sum / count, slope = product / count;
    for (int i = threadIdx.x; i < values.count; i += 256) {
        const long long place = values.place(i);
        a.gradient[place] = factor * fmaf(-a.normalized[place], slope, a.gradient[place] - mean);
    }
    if (blockIdx.y != 0 || threadIdx.x != 0) return;
    if (a.scale_gradient) a.scale_gradient[parameter] = product;
    if (a.shift_gradient) a.shift_gradient[parameter] = sum;
}
