// The closed-form fit of a Gaussian to all rows of each replica, with their importance weights w. With W = sum w and
// n_eff = W^2 / sum w^2:
//
//   mu      = (1/W) sum_s w_s x_s
//   C       = (1/W) sum_s w_s (x_s - mu) (x_s - mu)^T
//   lambda  = 0.1 d / n_eff, at least 0.001 and at most 1
//   Sigma   = (1 - lambda) C + rho I,  rho = lambda max(tr C / d, 1e-12)
//   Sigma   = L L^T; the replica keeps L^-1, mu and L^-1 mu, so that its score is |L^-1 x - L^-1 mu|^2
//   loss    = (W/n) tr(Sigma^-1 C),  tr(Sigma^-1 C) = (d - rho |L^-1|^2) / (1 - lambda), or tr C / rho where lambda is 1
//
// Rows come chunk after chunk, twice: first add_weighted_rows sums the means; then center_rows multiplies what is centered by the
// roots of the weights, cuBLAS multiplies a chunk by its transpose, and add_products adds that up in float64. The rest is float64,
// one block per replica but for the inverse, whose columns are independent. Every sum runs in a fixed order. A replica whose
// weights are all zero, or whose numbers are not finite, keeps what it has and gets a loss of NaN.
#include "cursor.cuh"
#include "reduce.cuh"

// What a replica's fit has come to; the host only clears it.
struct FitRecord {
    double weights; // W
    double squares; // sum w^2
    double shrinkage;
    double ridge;
    double trace;
    int is_definite;
};

struct WeightedRowsArgs {
    float* rows;          // R x stride, each samples x width; center_rows makes them (x - mu) sqrt(w)
    const float* weights; // R x weights_stride
    double* means;        // R x width: sums of w x
    FitRecord* records;   // R
    CursorRecord* cursor; // moved on to the next chunk by add_weighted_rows
    long long stride;
    int weights_stride;
    int width;
    int samples;
};

// Launch: grid (ceil(width / 32), R), block 256: 32 features by 8 groups of rows.
extern "C" __global__ void __launch_bounds__(256) add_weighted_rows(const WeightedRowsArgs a) {
    const int j = blockIdx.x * 32 + threadIdx.x % 32, group = threadIdx.x / 32, replica = blockIdx.y;
    const float* rows = a.rows + replica * a.stride;
    const float* weights = a.weights + (long long)replica * a.weights_stride;
    double sum = 0, total = 0, squares = 0;
    for (int s = group; s < a.samples; s += 8) {
        const double weight = (double)weights[s];
        if (j < a.width) sum += weight * (double)rows[(long long)s * a.width + j];
        total += weight;
        squares += weight * weight;
    }
    sum = sum_of_groups(sum);
    total = sum_of_groups(total);
    squares = sum_of_groups(squares);
    if (j < a.width && group == 0) a.means[(long long)replica * a.width + j] += sum;
    if (blockIdx.x == 0 && threadIdx.x == 0) {
        a.records[replica].weights += total;
        a.records[replica].squares += squares;
        if (replica == 0) pass_chunk(a.cursor, a.samples);
    }
}

// Launch: grid (ceil(samples * width / 256), R), block 256.
extern "C" __global__ void __launch_bounds__(256) center_rows(const WeightedRowsArgs a) {
    const long long i = (long long)blockIdx.x * 256 + threadIdx.x;
    const int replica = blockIdx.y;
    if (i >= (long long)a.samples * a.width) return;
    const int s = (int)(i / a.width), j = (int)(i % a.width);
    const float mean = (float)(a.means[(long long)replica * a.width + j] / a.records[replica].weights);
    float* value = a.rows + replica * a.stride + i;
    *value = (*value - mean) * sqrtf(a.weights[(long long)replica * a.weights_stride + s]);
}

struct AddProductsArgs {
    const float* products; // count
    double* sums;          // count
    CursorRecord* cursor;  // moved on to the next chunk
    long long count;       // R x width x width
    int samples;           // of the chunk
};

// Launch: grid (any number of blocks), block 256.
extern "C" __global__ void __launch_bounds__(256) add_products(const AddProductsArgs a) {
    const long long threads = (long long)gridDim.x * 256;
    for (long long i = (long long)blockIdx.x * 256 + threadIdx.x; i < a.count; i += threads) a.sums[i] += (double)a.products[i];
    if (blockIdx.x == 0 && threadIdx.x == 0) pass_chunk(a.cursor, a.samples);
}

struct FactorArgs {
    double* matrices; // R x width x width: sums of products, become L on and below the diagonal
    FitRecord* records;
    int width;
};

// Column after column: a warp takes every 32nd row below the diagonal, and its lanes the products of that row with the pivot's.
// Launch: grid (1, R), block 1,024. A multiprocessor need not hold two blocks: where 2,048 threads have room, as on compute
// capability 7.0, 8.0 and 9.0, registers would be spilled for it.
extern "C" __global__ void __launch_bounds__(1024, 1) factor_covariance(const FactorArgs a) {
    __shared__ double pivot;
    const int d = a.width, replica = blockIdx.y;
    double* matrix = a.matrices + (long long)replica * d * d;
    FitRecord* record = a.records + replica;
    const double weights = record->weights;
    double trace = 0;
    for (int j = threadIdx.x; j < d; j += 1024) trace += matrix[(long long)j * d + j] / weights;
    trace = block_sum(trace);
    if (threadIdx.x == 0) {
        const double shrinkage = fmin(fmax(0.1 * d * record->squares / (weights * weights), 0.001), 1.0);
        record->trace = trace;
        record->shrinkage = shrinkage;
        record->ridge = shrinkage * fmax(trace / d, 1e-12);
    }
    __syncthreads();
    const double ridge = record->ridge, factor = (1 - record->shrinkage) / weights;
    for (int k = 0; k < d; k++) {
        for (int i = k + warp_id(); i < d; i += 32) {
            const double* row = matrix + (long long)i * d;
            const double* other = matrix + (long long)k * d;
            double sum = 0;
            for (int j = lane_id(); j < k; j += 32) sum += row[j] * other[j];
            sum = warp_sum(sum);
            if (lane_id() == 0) {
                const double rest = row[k] * factor + (i == k ? ridge : 0.0) - sum;
                matrix[(long long)i * d + k] = rest;
                if (i == k) pivot = rest;
            }
        }
        __syncthreads();
        if (!(pivot > 0) || !isfinite(pivot)) return; // for all threads alike
        const double root = sqrt(pivot);
        for (int i = k + threadIdx.x; i < d; i += 1024) matrix[(long long)i * d + k] = i == k ? root : matrix[(long long)i * d + k] / root;
        __syncthreads();
    }
    if (threadIdx.x == 0) record->is_definite = 1;
}

struct InvertArgs {
    const double* matrices;   // R x width x width: L
    double* inverses;         // R x width x width: L^-1
    const FitRecord* records; // R
    float* factors;           // R x parameter_stride: L^-1 with zeros above the diagonal
    long long parameter_stride;
    int width;
};

// A thread solves for a column. Launch: grid (ceil(width / 64), R), block 64.
extern "C" __global__ void __launch_bounds__(64) invert_factor(const InvertArgs a) {
    const int c = blockIdx.x * 64 + threadIdx.x, d = a.width, replica = blockIdx.y;
    if (c >= d || !a.records[replica].is_definite) return;
    const double* matrix = a.matrices + (long long)replica * d * d;
    double* inverse = a.inverses + (long long)replica * d * d;
    float* factor = a.factors + replica * a.parameter_stride;
    for (int i = 0; i < d; i++) {
        double value = 0;
        if (i >= c) {
            double sum = i == c ? 1.0 : 0.0;
            for (int k = c; k < i; k++) sum -= matrix[(long long)i * d + k] * inverse[(long long)k * d + c];
            value = sum / matrix[(long long)i * d + i];
        }
        inverse[(long long)i * d + c] = value;
        factor[(long long)i * d + c] = (float)value;
    }
}

struct FinishFitArgs {
    const double* inverses; // R x width x width
    const float* factors;   // R x parameter_stride: the same as float32, which the center goes with
    const double* sums;     // R x width: sums of w x
    const FitRecord* records;
    float* means;       // R x width
    float* centers;     // R x width
    double* epoch_loss; // R: finish_epoch divides it by the rows
    long long parameter_stride;
    int width;
};

// Launch: grid (1, R), block 256.
extern "C" __global__ void __launch_bounds__(256) finish_fit(const FinishFitArgs a) {
    const int d = a.width, replica = blockIdx.y;
    const FitRecord record = a.records[replica];
    if (!record.is_definite) { // for all threads alike
        if (threadIdx.x == 0) a.epoch_loss[replica] = __longlong_as_double(0x7ff8000000000000ll);
        return;
    }
    const double* inverse = a.inverses + (long long)replica * d * d;
    const float* factor = a.factors + replica * a.parameter_stride;
    const double* sums = a.sums + (long long)replica * d;
    double squares = 0;
    for (int i = threadIdx.x; i < d; i += 256) {
        double center = 0;
        for (int j = 0; j <= i; j++) {
            const double value = inverse[(long long)i * d + j];
            squares += value * value;
            center += (double)factor[(long long)i * d + j] * (sums[j] / record.weights);
        }
        a.centers[(long long)replica * d + i] = (float)center;
        a.means[(long long)replica * d + i] = (float)(sums[i] / record.weights);
    }
    squares = block_sum(squares);
    if (threadIdx.x == 0) {
        const double trace =
            record.shrinkage < 1 ? (d - record.ridge * squares) / (1 - record.shrinkage) : record.trace / record.ridge;
        a.epoch_loss[replica] = record.weights * fmax(trace, 0.0); // 0 but for rounding
    }
}
