// Brings the rows of a batch together, standardised.
//
//   output[r][s][j] = (data[row][c] - offset[c]) * scale[c],   row = rows[r][start + s], or start + s without a row list,
//                                                              c = columns[r][j], or j without a list of columns
//   batch_weights[r][s] = importance[r][row]
//
// start is where the cursor stands. data is n x width, shared by all replicas; columns, rows and importance are one
// list of features, rows_stride and importance_stride entries per replica; output is R x output_stride floats.
// In training it is the first kernel of a step, and so also counts it.
// Launch: grid (ceil(samples * features / 256), R), block 256.
#include "adam_step.cuh"
#include "cursor.cuh"

struct GatherArgs {
    const float* data;
    const int* rows;    // null: consecutive rows
    const int* columns; // null: all of a row
    const float* offset;
    const float* scale;
    const float* importance;    // null: no weights are gathered
    CursorRecord* cursor;
    float* output;
    float* batch_weights;
    long long* steps;   // R: steps taken so far, counted up; null outside of training
    float* corrections; // R x 2: rate / (1 - b1^t) and 1 / sqrt(1 - b2^t)
    long long rows_stride;
    long long importance_stride;
    long long output_stride;
    double rate;
    int weights_stride;
    int width;
    int features;
    int samples;
    float beta1;
    float beta2;
};

extern "C" __global__ void __launch_bounds__(256) gather_batch(const GatherArgs a) {
    const long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    const int replica = blockIdx.y;
    if (i >= (long long)a.samples * a.features) return;
    const int s = (int)(i / a.features), j = (int)(i % a.features);
    const int start = a.cursor->start, place = start + s;
    const int row = a.rows ? a.rows[replica * a.rows_stride + place] : place;
    const int c = a.columns ? a.columns[(long long)replica * a.features + j] : j;
    a.output[replica * a.output_stride + i] = (a.data[(long long)row * a.width + c] - a.offset[c]) * a.scale[c];
    if (j == 0 && a.importance)
        a.batch_weights[(long long)replica * a.weights_stride + s] = a.importance[replica * a.importance_stride + row];
    if (i == 0 && replica == 0) a.cursor->chunk = start;
    if (i == 0 && a.steps) correct(a.corrections + 2 * replica, ++a.steps[replica], a.rate, a.beta1, a.beta2);
}
