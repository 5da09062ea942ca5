// DRAE's loss of a batch: its errors are split in two where that separates them best (Xia et al., 2015).
//
// With e = u f ascending, weights w, and the first k and the others as classes of weights W1, W2 and weighted means m1, m2:
//   S(k) = W1 W2 / W (m2 - m1)^2,   St = sum w (e - m)^2,   h(k) = 1 - S(k) / St,   k* = the first k with the largest S
//   L = (1/k*) sum over the first k* of w e + lambda h(k*)
//   dL/df = u w ([normal] / k* + lambda 2 / St ((e - m of its class) - h (e - m)))
// The means' own derivatives cancel. Where St <= 1e-30, or no k has weight on both sides, all are normal and lambda h is left
// out. A score that is not finite makes losses that are NaN, and no gradient.
//
// One block sorts the batch of its replica; then each thread has a stretch of the ascending errors: sums of stretches, their
// exclusive prefixes, the best k of each stretch, the best of all. All sums are float64 and in a fixed order.
// Launch: grid R, block 256.
#include "rank.cuh"

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

// Each thread's sum becomes that of the threads before it; returns the sum of all. All threads of the block call it.
static __device__ double exclusive_prefix(double* sums) {
    __shared__ double all;
    __syncthreads();
    if (threadIdx.x == 0) {
        double sum = 0;
        for (int t = 0; t < RANK_THREADS; t++) {
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
    __shared__ double weight_sums[RANK_THREADS], error_sums[RANK_THREADS], best[RANK_THREADS];
    __shared__ double scatter, normal_mean, other_mean;
    __shared__ int best_count[RANK_THREADS];
    __shared__ int normal;
    const int thread = threadIdx.x, samples = a.samples;
    const long long first_sample = (long long)blockIdx.x * a.batch_stride;
    const float* scores = a.scores + first_sample;
    const float* weights = a.weights + first_sample;

    RankedBatch ranked;
    if (!rank_batch(scores, samples, shared_keys, a.keys + blockIdx.x * a.keys_stride, ranked)) {
        refuse_batch(a.losses + first_sample, a.score_gradient + first_sample, samples);
        return;
    }

    const int stretch = (samples + RANK_THREADS - 1) / RANK_THREADS;
    const int first = min(samples, thread * stretch), end = min(samples, first + stretch);
    double weight_sum = 0, error_sum = 0;
    for (int r = first; r < end; r++) {
        const double weight = (double)weights[ranked.sample(r)];
        weight_sum += weight;
        error_sum += weight * a.unit * (double)ranked.score(r);
    }
    weight_sums[thread] = weight_sum;
    error_sums[thread] = error_sum;
    const double all_weight = exclusive_prefix(weight_sums), all_error = exclusive_prefix(error_sums);
    const double mean = all_error / all_weight;

    double squares = 0;
    for (int r = first; r < end; r++) {
        const double difference = a.unit * (double)ranked.score(r) - mean;
        squares += (double)weights[ranked.sample(r)] * difference * difference;
    }
    squares = block_sum(squares);
    if (thread == 0) scatter = squares;
    __syncthreads();

    double low_weight = weight_sums[thread], low_error = error_sums[thread], most = -1, most_low = 0, most_high = 0;
    int count = samples;
    for (int r = first; r < end && r + 1 < samples; r++) {
        const double weight = (double)weights[ranked.sample(r)];
        low_weight += weight;
        low_error += weight * a.unit * (double)ranked.score(r);
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
        for (int t = 0; t < RANK_THREADS; t++) {
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
        const unsigned s = ranked.sample(r);
        const double error = a.unit * (double)ranked.score(r), weight = (double)weights[s];
        const bool is_normal = r < normal;
        double slope = is_normal ? 1.0 / normal : 0;
        if (lambda != 0)
            slope += lambda * (2 / scatter * (error - (is_normal ? normal_mean : other_mean) - within * (error - mean)));
        a.losses[first_sample + s] = (float)((is_normal ? weight * error * samples / normal : 0) + lambda * within);
        a.score_gradient[first_sample + s] = (float)(a.unit * weight * slope);
    }
}
