// Batch normalisation as a block of a flow, per feature over the B samples of the batch, with the unbiased variance v:
//
//   n = (x - mu) / sqrt(v + eps),  y = e^gamma n + b,  log-determinant sum_j (gamma - log(v + eps) / 2)
//   running_mean += momentum (mu - running_mean),  running_variance += momentum (v - running_variance)
//
// Backward, with g = e^gamma dy and W = sum w / B, which the log-determinant carries into the loss:
//
//   dgamma = sum g n - W,  db = sum dy,  dx = (g - mean(g) + n (W - sum g n) / (B - 1)) / sqrt(v + eps)
//
// Batches of up to 200 samples are read once and stay in registers (columns.cuh); the bits are the same.
//
// x, n, y, dy and dx are R x stride floats, each replica samples x width; weights and log-determinants of samples are
// R x batch_stride.
#include "columns.cuh"

struct FlowNormForwardArgs {
    const float* input;
    const float* log_scale; // gamma
    const float* shift;     // b
    float* running_mean;
    float* running_variance;
    float* normalized; // n, kept for the backward pass
    float* inverse;    // 1 / sqrt(v + eps), kept for the backward pass
    float* output;
    float* log_determinants; // R x width: what each feature adds
    long long stride;        // of input, normalized and output
    long long parameter_stride;
    long long statistics_stride;
    int width;
    int samples;
    float epsilon;
    float momentum;
};

template <bool kIsKept> static __device__ __forceinline__ void forward(const FlowNormForwardArgs& a) {
    const int feature = blockIdx.x * 32 + threadIdx.x % 32, group = threadIdx.x / 32, replica = blockIdx.y;
    const bool valid = feature < a.width;
    const int samples = valid ? a.samples : 0;
    const long long first = replica * a.stride + feature;
    float kept[kIsKept ? kKeptRows : 1];

    float sum = 0.f;
    for_rows<kIsKept>(samples, group, [&](int k, int s) {
        kept[k] = a.input[first + (long long)s * a.width];
        sum += kept[k];
    });
    const float mean = sum_of_groups(sum) / (float)a.samples;
    float squares = 0.f;
    for_rows<kIsKept>(samples, group, [&](int k, int s) {
        const float deviation = (kIsKept ? kept[k] : a.input[first + (long long)s * a.width]) - mean;
        squares = fmaf(deviation, deviation, squares);
    });
    squares = sum_of_groups(squares);
    if (!valid) return;

    const float variance = squares / (float)(a.samples - 1), inverse = 1.f / sqrtf(variance + a.epsilon);
    const long long parameter = replica * a.parameter_stride + feature;
    const float log_scale = a.log_scale[parameter], scale = expf(log_scale), shift = a.shift[parameter];
    for_rows<kIsKept>(samples, group, [&](int k, int s) {
        const long long i = first + (long long)s * a.width;
        const float n = ((kIsKept ? kept[k] : a.input[i]) - mean) * inverse;
        a.normalized[i] = n;
        a.output[i] = fmaf(n, scale, shift);
    });
    if (group == 0) {
        const long long statistic = replica * a.statistics_stride + feature, place = (long long)replica * a.width + feature;
        a.inverse[place] = inverse;
        a.log_determinants[place] = log_scale + logf(inverse);
        a.running_mean[statistic] += a.momentum * (mean - a.running_mean[statistic]);
        a.running_variance[statistic] += a.momentum * (variance - a.running_variance[statistic]);
    }
}

// Launch: grid (ceil(width / 32), R), block 256: 32 features by 8 groups of rows.
extern "C" __global__ void __launch_bounds__(256) flow_norm_forward(const FlowNormForwardArgs a) {
    if (fits_registers(a.samples)) {
        forward<true>(a);
    } else {
        forward<false>(a);
    }
}

struct FlowNormScoringArgs {
    const float* input;
    const float* log_scale;
    const float* shift;
    const float* running_mean;
    const float* running_variance;
    float* output;
    float* log_determinants; // R x width: what each feature adds
    long long stride;
    long long parameter_stride;
    long long statistics_stride;
    int width;
    int samples;
    float epsilon;
};

// The same with the running statistics. Launch: grid (ceil(width / 32), R), block 256: 32 features by 8 groups of rows.
extern "C" __global__ void __launch_bounds__(256) flow_norm_scoring(const FlowNormScoringArgs a) {
    const int feature = blockIdx.x * 32 + threadIdx.x % 32, group = threadIdx.x / 32, replica = blockIdx.y;
    if (feature >= a.width) return;
    const long long parameter = replica * a.parameter_stride + feature;
    const long long statistic = replica * a.statistics_stride + feature;
    const float inverse = 1.f / sqrtf(a.running_variance[statistic] + a.epsilon);
    const float scale = expf(a.log_scale[parameter]) * inverse;
    const float shift = fmaf(-scale, a.running_mean[statistic], a.shift[parameter]);
    for (int s = group; s < a.samples; s += 8) {
        const long long i = replica * a.stride + (long long)s * a.width + feature;
        a.output[i] = fmaf(a.input[i], scale, shift);
    }
    if (group == 0) a.log_determinants[(long long)replica * a.width + feature] = a.log_scale[parameter] + logf(inverse);
}

struct LogDeterminantArgs {
    const float* log_determinants; // R x width
    const float* before;           // R x batch_stride
    float* after;
    int batch_stride;
    int width;
    int samples;
};

// after[s] = before[s] + sum_j log_determinants[j]: the same for all samples. Launch: grid R, block 256.
extern "C" __global__ void __launch_bounds__(256) add_log_determinant(const LogDeterminantArgs a) {
    __shared__ float total;
    const int replica = blockIdx.x;
    float sum = 0.f;
    for (int j = threadIdx.x; j < a.width; j += 256) sum += a.log_determinants[(long long)replica * a.width + j];
    sum = block_sum(sum);
    if (threadIdx.x == 0) total = sum;
    __syncthreads();
    const long long first = (long long)replica * a.batch_stride;
    for (int s = threadIdx.x; s < a.samples; s += 256) a.after[first + s] = a.before[first + s] + total;
}

struct FlowNormBackwardArgs {
    const float* output_gradient; // dy
    const float* normalized;
    const float* inverse;
    const float* log_scale;
    const float* weights; // R x batch_stride
    float* input_gradient;
    float* log_scale_gradient;
    float* shift_gradient;
    long long stride; // of output_gradient, normalized and input_gradient
    long long parameter_stride;
    int batch_stride;
    int width;
    int samples;
};

template <bool kIsKept> static __device__ __forceinline__ void backward(const FlowNormBackwardArgs& a) {
    const int feature = blockIdx.x * 32 + threadIdx.x % 32, group = threadIdx.x / 32, replica = blockIdx.y;
    const bool valid = feature < a.width;
    const int samples = valid ? a.samples : 0;
    const long long first = replica * a.stride + feature;
    float kept_dy[kIsKept ? kKeptRows : 1], kept_n[kIsKept ? kKeptRows : 1];

    float sum = 0.f, product = 0.f, weight = 0.f;
    for (int s = group; s < a.samples; s += 8) weight += a.weights[(long long)replica * a.batch_stride + s];
    for_rows<kIsKept>(samples, group, [&](int k, int s) {
        const long long i = first + (long long)s * a.width;
        kept_dy[k] = a.output_gradient[i];
        kept_n[k] = a.normalized[i];
        sum += kept_dy[k];
        product = fmaf(kept_dy[k], kept_n[k], product);
    });
    weight = sum_of_groups(weight) / (float)a.samples;
    sum = sum_of_groups(sum);
    product = sum_of_groups(product);
    if (!valid) return;

    const long long parameter = replica * a.parameter_stride + feature;
    const float scale = expf(a.log_scale[parameter]), inverse = a.inverse[(long long)replica * a.width + feature];
    const float log_scale_gradient = fmaf(scale, product, -weight);
    const float mean = sum / (float)a.samples, factor = scale * inverse;
    const float slope = -log_scale_gradient * inverse / (float)(a.samples - 1);
    for_rows<kIsKept>(samples, group, [&](int k, int s) {
        const long long i = first + (long long)s * a.width;
        const float dy = kIsKept ? kept_dy[k] : a.output_gradient[i], n = kIsKept ? kept_n[k] : a.normalized[i];
        a.input_gradient[i] = fmaf(n, slope, (dy - mean) * factor);
    });
    if (group == 0) {
        a.log_scale_gradient[parameter] = log_scale_gradient;
        a.shift_gradient[parameter] = sum;
    }
}

// Launch: grid (ceil(width / 32), R), block 256: 32 features by 8 groups of rows.
extern "C" __global__ void __launch_bounds__(256) flow_norm_backward(const FlowNormBackwardArgs a) {
    if (fits_registers(a.samples)) {
        backward<true>(a);
    } else {
        backward<false>(a);
    }
}
