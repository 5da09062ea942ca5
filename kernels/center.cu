// The center of Deep SVDD: the mean of a network's outputs over its own rows, kept away from zero.
//
//   sum[j] += sum_s output[s][j]        chunk after chunk, in float64 and a fixed order
//   c[j] = sum[j] / n, or +-0.1 where |c[j]| < 0.1 (zero becomes +0.1)
#include "cursor.cuh"
#include "reduce.cuh"

struct OutputSumArgs {
    const float* output; // R x stride, each samples x width
    double* sums;        // R x width
    CursorRecord* cursor; // moved on to the next chunk
    long long stride;
    int width;
    int samples;
};

// Launch: grid (ceil(width / 32), R), block 256: 32 outputs by 8 groups of rows.
extern "C" __global__ void __launch_bounds__(256) add_outputs(const OutputSumArgs a) {
    const int j = blockIdx.x * 32 + threadIdx.x % 32, group = threadIdx.x / 32, replica = blockIdx.y;
    double sum = 0;
    if (j < a.width)
        for (int s = group; s < a.samples; s += 8) sum += (double)a.output[replica * a.stride + (long long)s * a.width + j];
    sum = sum_of_groups(sum);
    if (j < a.width && group == 0) a.sums[(long long)replica * a.width + j] += sum;
    if (blockIdx.x == 0 && replica == 0 && threadIdx.x == 0) pass_chunk(a.cursor, a.samples);
}

struct CenterArgs {
    const double* sums; // count
    float* center;      // count
    int count;          // R x width
    int rows;
    float least_magnitude;
};

// Launch: grid ceil(count / 256), block 256.
extern "C" __global__ void __launch_bounds__(256) place_center(const CenterArgs a) {
    const int i = blockIdx.x * 256 + threadIdx.x;
    if (i >= a.count) return;
    const float c = (float)(a.sums[i] / a.rows);
    a.center[i] = fabsf(c) < a.least_magnitude ? (c < 0.f ? -a.least_magnitude : a.least_magnitude) : c;
}
