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
// exclusive prefixes, the best k of each stretch, the best of all. All sums are float64 and in a fixed order: those of the warps
// before, and to them those of the stretches of the same warp, which one lane adds up, one after the other, so that stretches
// without weight change nothing.
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

// What comes before a thread: the sum of the warps before its own, and of the threads before it in its warp.
struct Prefix {
    double warps, lanes, all;
};

// The prefix of each thread's sum. All threads of the block call it.
static __device__ Prefix exclusive_prefix(double own) {
    __shared__ double sums[RANK_THREADS], of_warp[RANK_THREADS / 32];
    double* of_lanes = sums + warp_id() * 32;
    sums[threadIdx.x] = own;
    __syncthreads();
    if (lane_id() == 0) {
        double sum = 0;
        for (int lane = 0; lane < 32; lane++) {
            const double value = of_lanes[lane];
            of_lanes[lane] = sum;
            sum += value;
        }
        of_warp[warp_id()] = sum;
    }
    __syncthreads();
    Prefix prefix = {0, sums[threadIdx.x], 0};
    for (int warp = 0; warp < RANK_THREADS / 32; warp++) {
        if (warp == warp_id()) prefix.warps = prefix.all;
        prefix.all += of_warp[warp];
    }
    return prefix;
}

// The largest of all, and of equal ones that with the smallest count; for thread 0.
struct Best {
    double value;
    int count;
};

static __device__ __forceinline__ void take_better(Best& best, const Best& other) {
    if (other.value > best.value || (other.value == best.value && other.count < best.count)) best = other;
}

static __device__ Best block_best(Best best) {
    __shared__ Best of_warp[RANK_THREADS / 32];
    for (int distance = 16; distance > 0; distance /= 2)
        take_better(best, {__shfl_down_sync(0xffffffffu, best.value, distance), __shfl_down_sync(0xffffffffu, best.count, distance)});
    if (lane_id() == 0) of_warp[warp_id()] = best;
    __syncthreads();
    if (threadIdx.x == 0)
        for (int warp = 1; warp < RANK_THREADS / 32; warp++) take_better(best, of_warp[warp]);
    return best;
}

extern "C" __global__ void __launch_bounds__(256) discriminative_loss(const DiscriminativeArgs a) {
    __shared__ unsigned long long shared_keys[SHARED_KEYS];
    __shared__ double scatter, largest, normal_mean, other_mean;
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
    const Prefix of_weights = exclusive_prefix(weight_sum), of_errors = exclusive_prefix(error_sum);
    const double all_weight = of_weights.all, all_error = of_errors.all;
    const double mean = all_error / all_weight;

    double squares = 0;
    for (int r = first; r < end; r++) {
        const double difference = a.unit * (double)ranked.score(r) - mean;
        squares += (double)weights[ranked.sample(r)] * difference * difference;
    }
    squares = block_sum(squares);
    if (thread == 0) scatter = squares;

    double lane_weight = of_weights.lanes, lane_error = of_errors.lanes, most = -1, most_low = 0, most_high = 0;
    int count = samples;
    for (int r = first; r < end && r + 1 < samples; r++) {
        const double weight = (double)weights[ranked.sample(r)];
        lane_weight += weight;
        lane_error += weight * a.unit * (double)ranked.score(r);
        const double low_weight = of_weights.warps + lane_weight, low_error = of_errors.warps + lane_error;
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
    const Best best = block_best({most, count});
    if (thread == 0) {
        largest = best.value;
        normal = scatter > 1e-30 ? best.count : samples;
    }
    __syncthreads();
    if (count == normal && normal < samples) { // the one thread that found it
        normal_mean = most_low;
        other_mean = most_high;
    }
    __syncthreads();

    const double lambda = normal < samples ? a.lambda : 0, within = normal < samples ? 1 - largest / scatter : 0;
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
