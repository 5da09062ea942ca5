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
// Sums run over s within each of 8 groups of rows, then over groups: a fixed order. Two passes for the variance.
// Launch, both: grid (ceil(width / 32), R), block 256: 32 features by 8 groups of rows.
#include "activation.cuh"
#include "reduce.cuh"

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

extern "C" __global__ void __launch_bounds__(256) batchnorm_forward(const BatchNormForwardArgs a) {
    const int feature = blockIdx.x * 32 + threadIdx.x % 32, group = threadIdx.x / 32, replica = blockIdx.y;
    const bool valid = feature < a.width;
    const long long first = replica * a.stride + feature;
    const long long parameter = replica * a.parameter_stride + feature;
    const float bias = valid && a.bias ? a.bias[parameter] : 0.f;

    float sum = 0.f;
    if (valid)
        for (int s = group; s < a.samples; s += 8) sum += a.product[first + (long long)s * a.width] + bias;
    const float mean = sum_of_groups(sum) / (float)a.samples;

    float squares = 0.f;
    if (valid) {
        for (int s = group; s < a.samples; s += 8) {
            const float deviation = a.product[first + (long long)s * a.width] + bias - mean;
            squares = fmaf(deviation, deviation, squares);
        }
    }
    squares = sum_of_groups(squares);
    if (!valid) return;

    const float inverse = 1.f / sqrtf(squares / (float)a.samples + a.epsilon);
    const float scale = a.scale ? a.scale[parameter] : 1.f, shift = a.shift ? a.shift[parameter] : 0.f;
    for (int s = group; s < a.samples; s += 8) {
        const long long i = first + (long long)s * a.width;
        const float n = (a.product[i] + bias - mean) * inverse;
        a.normalized[i] = n;
        a.output[i] = leaky_relu(fmaf(n, scale, shift), a.slope);
    }
    if (group == 0) {
        const long long statistic = replica * a.statistics_stride + feature;
        a.inverse[(long long)replica * a.width + feature] = inverse;
        a.running_mean[statistic] += a.momentum * (mean - a.running_mean[statistic]);
        a.running_variance[statistic] += a.momentum * (squares / (float)(a.samples - 1) - a.running_variance[statistic]);
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

extern "C" __global__ void __launch_bounds__(256) batchnorm_backward(const BatchNormBackwardArgs a) {
    const int feature = blockIdx.x * 32 + threadIdx.x % 32, group = threadIdx.x / 32, replica = blockIdx.y;
    const bool valid = feature < a.width;
    const long long first = replica * a.stride + feature;
    const long long parameter = replica * a.parameter_stride + feature;

    float sum = 0.f, product = 0.f;
    if (valid) {
        for (int s = group; s < a.samples; s += 8) {
            const long long i = first + (long long)s * a.width;
            const float dy = leaky_relu_gradient(a.gradient[i], a.output[i], a.slope);
            a.gradient[i] = dy;
            sum += dy;
            product = fmaf(dy, a.normalized[i], product);
        }
    }
    const float shift_gradient = sum_of_groups(sum), scale_gradient = sum_of_groups(product);

    float bias_sum = 0.f;
    if (valid) {
        const float factor = (a.scale ? a.scale[parameter] : 1.f) * a.inverse[(long long)replica * a.width + feature];
        const float mean = shift_gradient / (float)a.samples, slope = scale_gradient / (float)a.samples;
        for (int s = group; s < a.samples; s += 8) {
            const long long i = first + (long long)s * a.width;
            const float dz = factor * fmaf(-a.normalized[i], slope, a.gradient[i] - mean);
            a.gradient[i] = dz;
            bias_sum += dz;
        }
    }
    bias_sum = sum_of_groups(bias_sum);
    if (!valid || group != 0) return;
    if (a.scale_gradient) a.scale_gradient[parameter] = scale_gradient;
    if (a.shift_gradient) a.shift_gradient[parameter] = shift_gradient;
    if (a.bias_gradient) a.bias_gradient[parameter] = bias_sum;
}
