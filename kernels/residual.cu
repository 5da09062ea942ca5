// A branch beside its input: y = x + n; backward, the branch gets a copy of dy that it may use up.
//
// x, n, y and their gradients are R x stride floats, of which each replica has count.
#include "common.cuh"

struct ResidualArgs {
    const float* input;  // null: the branch alone
    const float* branch;
    float* output;
    long long input_stride; // 0: one input for all replicas
    long long branch_stride;
    long long output_stride;
    int count;
};

// Launch: grid (ceil(count / 256), R), block 256.
extern "C" __global__ void __launch_bounds__(256) residual(const ResidualArgs a) {
    const int i = blockIdx.x * blockDim.x + threadIdx.x, replica = blockIdx.y;
    if (i >= a.count) return;
    const float branch = a.branch[replica * a.branch_stride + i];
    a.output[replica * a.output_stride + i] = a.input ? a.input[replica * a.input_stride + i] + branch : branch;
}
