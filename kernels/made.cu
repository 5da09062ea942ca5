// Masked autoregressive flow: the affine map of a MADE block and the batch normalisation between blocks. The block's masked
// layers are ordinary linear layers, whose masked weights are zero and stay zero.
#include "reduce.cuh"

// The affine map of a MADE block, u = (x - m) exp(-a), with log-determinant -sum_j a:
//
//   forward    after[s] = before[s] - sum_j a[s][j]
//   backward   dm = -du exp(-a),  da = -du u + w / B,  dx = du exp(-a)
//
// where w / B comes from the log-determinant in the loss. affine holds m and then a, samples x 2 width per replica.
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

// Batch normalisation as a block of a flow, per feature over the B samples of the batch, with the unbiased variance v:
//
//   n = (x - mu) / sqrt(v + eps),  y = e^gamma n + b,  log-determinant sum_j (gamma - log(v + eps) / 2)
//
// Backward, with g = e^gamma dy and W = sum w / B, which the log-determinant carries into the loss:
//
//   dgamma = sum g n - W,  db = sum dy,  dx = (g - mean(g) + n (W - sum g n) / (B - 1)) / sqrt(v + eps)
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

// Launch: grid (ceil(width / 32), R), block 256: 32 features by 8 groups of rows.
extern "C" __global__ void __launch_bounds__(256) flow_norm_forward(const FlowNormForwardArgs a) {
    const int feature = blockIdx.x * 32 + threadIdx.x % 32, group = threadIdx.x / 32, replica = blockIdx.y;
    const bool valid = feature < a.width;
    const long long first = replica * a.stride + feature;
    float sum = 0.f;
    if (valid)
        for (int s = group; s < a.samples; s += 8) sum += a.input[first + (long long)s * a.width];
    const float mean = sum_of_groups(sum) / (float)a.samples;
    float squares = 0.f;
    if (valid) {
        for (int s = group; s < a.samples; s += 8) {
            const float deviation = a.input[first + (long long)s * a.width] - mean;
            squares = fmaf(deviation, deviation, squares);
        }
    }
    squares = sum_of_groups(squares);
    if (!valid) return;

    const float variance = squares / (float)(a.samples - 1), inverse = 1.f / sqrtf(variance + a.epsilon);
    const long long parameter = replica * a.parameter_stride + feature;
    const float log_scale = a.log_scale[parameter], scale = expf(log_scale), shift = a.shift[parameter];
    for (int s = group; s < a.samples; s += 8) {
        const long long i = first + (long long)s * a.width;
        const float n = (a.input[i] - mean) * inverse;
        a.normalized[i] = n;
        a.output[i] = fmaf(n, scale, shift);
    }
    if (group == 0) {
        const long long statistic = replica * a.statistics_stride + feature, place = (long long)replica * a.width + feature;
        a.inverse[place] = inverse;
        a.log_determinants[place] = log_scale + logf(inverse);
        a.running_mean[statistic] += a.momentum * (mean - a.running_mean[statistic]);
        a.running_variance[statistic] += a.momentum * (variance - a.running_variance[statistic]);
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

// Launch: grid (ceil(width / 32), R), block 256: 32 features by 8 groups of rows.
extern "C" __global__ void __launch_bounds__(256) flow_norm_backward(const FlowNormBackwardArgs a) {
    const int feature = blockIdx.x * 32 + threadIdx.x % 32, group = threadIdx.x / 32, replica = blockIdx.y;
    const bool valid = feature < a.width;
    const long long first = replica * a.stride + feature;
    float sum = 0.f, product = 0.f, weight = 0.f;
    for (int s = group; s < a.samples; s += 8) {
        weight += a.weights[(long long)replica * a.batch_stride + s];
        if (!valid) continue;
        const long long i = first + (long long)s * a.width;
        sum += a.output_gradient[i];
        product = fmaf(a.output_gradient[i], a.normalized[i], product);
    }
    weight = sum_of_groups(weight) / (float)a.samples;
    sum = sum_of_groups(sum);
    product = sum_of_groups(product);
    if (!valid) return;

    const long long parameter = replica * a.parameter_stride + feature;
    const float scale = expf(a.log_scale[parameter]), inverse = a.inverse[(long long)replica * a.width + feature];
    const float log_scale_gradient = fmaf(scale, product, -weight);
    const float mean = sum / (float)a.samples, factor = scale * inverse;
    const float slope = -log_scale_gradient * inverse / (float)(a.samples - 1);
    for (int s = group; s < a.samples; s += 8) {
        const long long i = first + (long long)s * a.width;
        a.input_gradient[i] = fmaf(a.normalized[i], slope, (a.output_gradient[i] - mean) * factor);
    }
    if (group == 0) {
        a.log_scale_gradient[parameter] = log_scale_gradient;
        a.shift_gradient[parameter] = sum;
    }
}

struct MaskArgs {
    float* gradient;   // R x stride
    const float* mask; // length, shared by all replicas
    long long stride;
    int length;
};

// gradient *= mask. Launch: grid (ceil(length / 256), R), block 256.
extern "C" __global__ void __launch_bounds__(256) mask_gradient(const MaskArgs a) {
    const int i = blockIdx.x * 256 + threadIdx.x;
    if (i < a.length) a.gradient[blockIdx.y * a.stride + i] *= a.mask[i];
}
