// Batch normalisation folded into weights and biases for scoring, with the running mean m and variance v:
//
//   W' = gamma / sqrt(v + eps) W,   b' = gamma / sqrt(v + eps) (b - m) + beta
//
// W and W' are outputs x inputs per replica. Without batch normalisation W' = W and b' = b.
// Launch: grid (outputs, R), block 128: a block per output unit.
#include "common.cuh"

struct FoldArgs {
    const float* weight;
    const float* bias;  // null: 0
    const float* scale; // gamma; null: 1
    const float* shift; // beta; null: 0
    const float* running_mean; // null: no batch normalisation
    const float* running_variance;
    float* folded_weight;
    float* folded_bias;
    long long parameter_stride; // of weight, bias, scale, shift
    long long statistics_stride;
    long long folded_stride;    // of folded_weight and folded_bias
    int inputs;
    float epsilon;
};

extern "C" __global__ void __launch_bounds__(128) fold_layer(const FoldArgs a) {
    const int output = blockIdx.x, replica = blockIdx.y;
    const long long parameter = replica * a.parameter_stride + output, folded = replica * a.folded_stride;
    float scale = 1.f, bias = a.bias ? a.bias[parameter] : 0.f;
    if (a.running_mean) {
        const long long statistic = replica * a.statistics_stride + output;
        scale = (a.scale ? a.scale[parameter] : 1.f) / sqrtf(a.running_variance[statistic] + a.epsilon);
        bias = fmaf(scale, bias - a.running_mean[statistic], a.shift ? a.shift[parameter] : 0.f);
    }
    const float* weight = a.weight + replica * a.parameter_stride + (long long)output * a.inputs;
    float* folded_weight = a.folded_weight + folded + (long long)output * a.inputs;
    for (int i = threadIdx.x; i < a.inputs; i += 128) folded_weight[i] = scale * weight[i];
    if (threadIdx.x == 0) a.folded_bias[folded + output] = bias;
}
