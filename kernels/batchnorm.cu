// Bias, batch normalisation, scale and shift, and leaky ReLU of a dense layer, in one pass over the product z = x W^T.
//
// Forward, per feature, over the B samples of the batch:
//   z' = z + b,  mu = mean(z'),  v = mean((z' - mu)^2),  n = (z' - mu) / sqrt(v + eps)
//   y = gamma n + beta,  a = leaky(y)
//   running_mean += momentum (mu - running_mean),  running_variance += momentum (v B / (B - 1) - running_variance)
//
// Backward, with dy = da * leaky'(a):  the gradient through mu and v, where sum n = 0 and sum n^2 / B = v / (v + eps):
//   dgamma = sum dy n,  dbeta = sum dy,  dz = gamma / sqrt(v + eps) (dy - dbeta / B - n dgamma / B),  db = sum dz
//
// Sums run over s within each of 8 groups of rows, then over groups: a fixed order. Two passes for the variance. Batches of up to 200
// samples are read once and stay in registers (columns.cuh); the bits are the same.
// Launch, both: grid (ceil(width / 32), R), block 256: 32 features by 8 groups of rows.
#include "activation.cuh"
#include "columns.cuh"

struct BatchNormForwardArgs {
    const float* product;   // z
    const float* bias;      // null: 0
    const float* scale;     // gamma; null: 1
    const float* shift;     // beta; null: 0
    float* running_mean;
    float* running_variance;
    float* normalized;      // n, kept for the backward pass
    float* inverse;         // 1 / sqrt(v + eps), kept for the backward pass
    float* output;          // a
    long long stride;       // of product, normalized and output
    long long parameter_stride;
    long long statistics_stride;
    int width;
    int samples;
    float slope;
    float epsilon;
    float momentum;
};

template <bool kIsKept> static __device__ __forceinline__ void forward(const BatchNormForwardArgs& a) {
    const int feature = blockIdx.x * 32 + threadIdx.x % 32, group = threadIdx.x / 32, replica = blockIdx.y;
    const bool valid = feature < a.width;
    const int samples = valid ? a.samples : 0;
    const long long first = replica * a.stride + feature;
    const long long parameter = replica * a.parameter_stride + feature;
    const float bias = valid && a.bias ? a.bias[parameter] : 0.f;
    float kept[kIsKept ? kKeptRows : 1];
    const auto biased = [&](int s) { return a.product[first + (long long)s * a.width] + bias; };

    float sum = 0.f;
    for_rows<kIsKept>(samples, group, [&](int k, int s) {
        kept[k] = biased(s);
        sum += kept[k];
    });
    const float mean = sum_of_groups(sum) / (float)a.samples;

    float squares = 0.f;
    for_rows<kIsKept>(samples, group, [&](int k, int s) {
        const float deviation = (kIsKept ? kept[k] : biased(s)) - mean;
        squares = fmaf(deviation, deviation, squares);
    });
    squares = sum_of_groups(squares);
    if (!valid) return;

    const float inverse = 1.f / sqrtf(squares / (float)a.samples + a.epsilon);
    const float scale = a.scale ? a.scale[parameter] : 1.f, shift = a.shift ? a.shift[parameter] : 0.f;
    for_rows<kIsKept>(samples, group, [&](int k, int s) {
        const long long i = first + (long long)s * a.width;
        const float n = ((kIsKept ? kept[k] : biased(s)) - mean) * inverse;
        a.normalized[i] = n;
        a.output[i] = leaky_relu(fmaf(n, scale, shift), a.slope);
    });
    if (group == 0) {
        const long long statistic = replica * a.statistics_stride + feature;
        a.inverse[(long long)replica * a.width + feature] = inverse;
        a.running_mean[statistic] += a.momentum * (mean - a.running_mean[statistic]);
        a.running_variance[statistic] += a.momentum * (squares / (float)(a.samples - 1) - a.running_variance[statistic]);
    }
}

extern "C" __global__ void __launch_bounds__(256) batchnorm_forward(const BatchNormForwardArgs a) {
    if (fits_registers(a.samples)) {
        forward<true>(a);
    } else {
        forward<false>(a);
    }
}

struct BatchNormBackwardArgs {
    float* gradient;        // da, becomes dz
    const float* output;    // a
    const float* normalized;
    const float* inverse;
    const float* scale;     // gamma; null: 1
    float* scale_gradient;  // null where there is no gamma
    float* shift_gradient;  // null where there is no beta
    float* bias_gradient;   // null where there is no bias
    long long stride;
    long long parameter_stride; // of scale and of all gradients
    int width;
    int samples;
    float slope;
};

template <bool kIsKept> static __device__ __forceinline__ void backward(const BatchNormBackwardArgs& a) {
    const int feature = blockIdx.x * 32 + threadIdx.x % 32, group = threadIdx.x / 32, replica = blockIdx.y;
    const bool valid = feature < a.width;
    const int samples = valid ? a.samples : 0;
    const long long first = replica * a.stride + feature;
    const long long parameter = replica * a.parameter_stride + feature;
    float kept_dy[kIsKept ? kKeptRows : 1], kept_n[kIsKept ? kKeptRows : 1];

    float sum = 0.f, product = 0.f;
    for_rows<kIsKept>(samples, group, [&](int k, int s) {
        const long long i = first + (long long)s * a.width;
        const float dy = leaky_relu_gradient(a.gradient[i], a.output[i], a.slope), n = a.normalized[i];
        if (kIsKept) {
            kept_dy[k] = dy;
            kept_n[k] = n;
        } else {
            a.gradient[i] = dy;
        }
        sum += dy;
        product = fmaf(dy, n, product);
    });
    const float shift_gradient = sum_of_groups(sum), scale_gradient = sum_of_groups(product);

    float bias_sum = 0.f;
    if (valid) {
        const float factor = (a.scale ? a.scale[parameter] : 1.f) * a.inverse[(long long)replica * a.width + feature];
        const float mean = shift_gradient / (float)a.samples, slope = scale_gradient / (float)a.samples;
        for_rows<kIsKept>(samples, group, [&](int k, int s) {
            const long long i = first + (long long)s * a.width;
            const float dy = kIsKept ? kept_dy[k] : a.gradient[i], n = kIsKept ? kept_n[k] : a.normalized[i];
            const float dz = factor * fmaf(-n, slope, dy - mean);
            a.gradient[i] = dz;
            bias_sum += dz;
        });
    }
    bias_sum = sum_of_groups(bias_sum);
    if (!valid || group != 0) return;
    if (a.scale_gradient) a.scale_gradient[parameter] = scale_gradient;
    if (a.shift_gradient) a.shift_gradient[parameter] = shift_gradient;
    if (a.bias_gradient) a.bias_gradient[parameter] = bias_sum;
}

extern "C" __global__ void __launch_bounds__(256) batchnorm_backward(const BatchNormBackwardArgs a) {
    if (fits_registers(a.samples)) {
        backward<true>(a);
    } else {
        backward<false>(a);
    }
}
