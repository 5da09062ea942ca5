// DRAE's loss of a batch: its errors are split in two where that separates them best (Xia et al., 2015).
//
// With e = u f ascending, weights w, and the first k and the others as classes of weights W1, W2 and weighted means m1, m2:
//   S(k) = W1 W2 / W (m2 - m1)^2,   St = sum w (e - m)^2,   h(k) = 1 - S(k) / St,   k* = the first k with the largest S
//   L = (1/k*) sum over the first k* of w e + lambda h(k*)
//   dL/df = u w ([normal] / k* + lambda 2 / St ((e - m of its class) - h (e - m)))
// The means' own derivatives cancel. Where St <= 1e-30, or no k has weight on both sides, all are normal and lambda h is left
// out. A score that is not finite makes losses that are NaN, and no gradient.
//
// One block sorts the batch of its replica: keys are the bits of a score, which order like the score, before the sample, so
// that of equal scores the earlier sample comes first. Bitonic, in shared memory up to 2,048 keys, in the scratch beyond.
// Then each thread has a stretch of the ascending errors: sums of stretches, their exclusive prefixes, the best k of each
// stretch, the best of all. All sums are float64 and in a fixed order.
// Launch: grid R, block 256.
#include "common.cuh"

#define THREADS 256
#define SHARED_KEYS 2048

struct DiscriminativeArgs {
    const float* scores;      // f, R x batch_stride
    const float* weights;     // R x batch_stride
    float* losses;            // R x batch_stride: B times each sample's part of L
    float* score_gradient;    // R x batch_stride
    unsigned long long* keys; // scratch, R x keys_stride; not used up to SHARED_KEYS samples
    long long keys_stride;
    double unit;
    double lambda;
    int batch_stride;
    int samples;
};

// Sorts a power of two of keys, in ascending order. All threads of the block call it.
static __device__ void sort_keys(unsigned long long* keys, int size) {
    for (int run = 2; run <= size; run *= 2) {
        for (int gap = run / 2; gap > 0; gap /= 2) {
            for (int i = threadIdx.x; i < size / 2; i += THREADS) {
                const int low = 2 * i - (i & (gap - 1)), high = low + gap;
                const unsigned long long a = keys[low], b = keys[high];
                if ((a > b) == ((low & run) == 0)) {
                    keys[low] = b;
                    keys[high] = a;
                }
            }
            __syncthreads();
        }
    }
}

static __device__ double error_of(unsigned long long key, double unit) {
    return unit * (double)__uint_as_float((unsigned)(key >> 32));
}

// Each thread's sum becomes that of the threads before it; returns the sum of all. All threads of the block call it.
static __device__ double exclusive_prefix(double* sums) {
    __shared__ double all;
    __syncthreads();
    if (threadIdx.x == 0) {
        double sum = 0;
        for (int t = 0; t < THREADS; t++) {
            const double own = sums[t];
            sums[t] = sum;
            sum += own;
        }
        all = sum;
    }
    __syncthreads();
    return all;
}

extern "C" __global__ void __launch_bounds__(256) discriminative_loss(const DiscriminativeArgs a) {
    __shared__ unsigned long long shared_keys[SHARED_KEYS];
    __shared__ double weight_sums[THREADS], error_sums[THREADS], best[THREADS];
    __shared__ double scatter, normal_mean, other_mean;
    __shared__ int best_count[THREADS];
    __shared__ unsigned finite;
    __shared__ int normal;
    const int thread = threadIdx.x, samples = a.samples;
    const long long first_sample = (long long)blockIdx.x * a.batch_stride;
    const float* scores = a.scores + first_sample;
    const float* weights = a.weights + first_sample;

    int size = 1;
    while (size < samples) size *= 2;
    unsigned long long* keys = size <= SHARED_KEYS ? shared_keys : a.keys + blockIdx.x * a.keys_stride;
    if (thread == 0) finite = 1;
    __syncthreads();
    for (int s = thread; s < size; s += THREADS) {
        const float score = s < samples ? fabsf(scores[s]) : 0.f;
        if (!(score <= 3.402823466e38f)) atomicAnd(&finite, 0u);
        keys[s] = s < samples ? (unsigned long long)__float_as_uint(score) << 32 | (unsigned)s : ~0ull;
    }
    __syncthreads();
    if (!finite) {
        for (int s = thread; s < samples; s += THREADS) {
            a.losses[first_sample + s] = __uint_as_float(0x7fffffffu);
            a.score_gradient[first_sample + s] = 0.f;
        }
        return;
    }
    sort_keys(keys, size);

    const int stretch = (samples + THREADS - 1) / THREADS;
    const int first = min(samples, thread * stretch), end = min(samples, first + stretch);
    double weight_sum = 0, error_sum = 0;
    for (int r = first; r < end; r++) {
        const double weight = (double)weights[(unsigned)keys[r]];
        weight_sum += weight;
        error_sum += weight * error_of(keys[r], a.unit);
    }
    weight_sums[thread] = weight_sum;
    error_sums[thread] = error_sum;
    const double all_weight = exclusive_prefix(weight_sums), all_error = exclusive_prefix(error_sums);
    const double mean = all_error / all_weight;

    double squares = 0;
    for (int r = first; r < end; r++) {
        const double difference = error_of(keys[r], a.unit) - mean;
        squares += (double)weights[(unsigned)keys[r]] * difference * difference;
    }
    squares = block_sum(squares);
    if (thread == 0) scatter = squares;
    __syncthreads();

    double low_weight = weight_sums[thread], low_error = error_sums[thread], most = -1, most_low = 0, most_high = 0;
    int count = samples;
    for (int r = first; r < end && r + 1 < samples; r++) {
        const double weight = (double)weights[(unsigned)keys[r]];
        low_weight += weight;
        low_error += weight * error_of(keys[r], a.unit);
        const double high_weight = all_weight - low_weight;
        if (!(low_weight > 0 && high_weight > 0)) continue;
        const double low = low_error / low_weight, high = (all_error - low_error) / high_weight;
        const double between = low_weight * high_weight / all_weight * (high - low) * (high - low);
        if (between > most) {
            most = between;
            count = r + 1;
            most_low = low;
            most_high = high;
        }
    }
    best[thread] = most;
    best_count[thread] = count;
    __syncthreads();
    if (thread == 0) {
        double largest = -1;
        normal = samples;
        for (int t = 0; t < THREADS; t++) {
            if (best[t] > largest) {
                largest = best[t];
                normal = best_count[t];
            }
        }
        if (!(scatter > 1e-30)) normal = samples;
        best[0] = largest;
    }
    __syncthreads();
    if (count == normal && normal < samples) { // the one thread that found it
        normal_mean = most_low;
        other_mean = most_high;
    }
    __syncthreads();

    const double lambda = normal < samples ? a.lambda : 0, within = normal < samples ? 1 - best[0] / scatter : 0;
    for (int r = first; r < end; r++) {
        const unsigned s = (unsigned)keys[r];
        const double error = error_of(keys[r], a.unit), weight = (double)weights[s];
        const bool is_normal = r < normal;
        double slope = is_normal ? 1.0 / normal : 0;
        if (lambda != 0)
            slope += lambda * (2 / scatter * (error - (is_normal ? normal_mean : other_mean) - within * (error - mean)));
        a.losses[first_sample + s] = (float)((is_normal ? weight * error * samples / normal : 0) + lambda * within);
        a.score_gradient[first_sample + s] = (float)(a.unit * weight * slope);
    }
}
