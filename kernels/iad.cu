// What happens between two rounds of IAD, for all runs at once: n scores per run become ranks, h, importance weights and a
// record. The scores are sorted first (sort.cu): order[k] is the sample with rank k + 1, keys[k] its score's key; two keys are
// equal where the scores are.
//
//   h      = samples with r < ceil(n/2) in one of two rounds and r > ceil(n/2) in the other               (Eq. 15-16)
//   w_i    = 1 / (1 + exp((s_i - s_med) / (width tau))),  width = min(s_med - s_min, s_max - s_med)       (Eq. 12-14)
//            the exponent in float64; a weight below 1e-30 is 0, so that no gradient is subnormal for its sake; without a width
//            1, 0.5, 0 below, at and above s_med; for densities, each negative log-likelihood s stands for
//            q = -exp(min(s_med - s, 500)), which is Eq. 8 up to a positive factor; for logarithms, each squared distance s
//            stands for log max(s, 1e-12)
//   AUC    = (S - a (a + 1)) / (2 a b) with a anomalies, b other samples, and S twice the sum of the anomalies' ranks; tied
//            ranks are averaged, so that S is a whole number
//
// All counts are integers, whose sums do not depend on their order. A run with a score that is not finite keeps its ranks and
// weights; its record says so and nothing else.
#include "common.cuh"
#include "round_record.cuh"

struct RankArgs {
    const float* scores;         // runs x stride
    const unsigned* keys;        // runs x n, sorted
    const unsigned* order;       // runs x n
    const int* has_nan;          // runs
    const unsigned char* labels; // n, shared by all runs: 1 for an anomaly; null: none are known
    int* ranks;                  // runs x n: those of the round before, 0 in the first round; then those of this round
    RoundRecord* records;        // runs
    long long stride;
    int samples; // n
    int form;    // which form of the scores weights follow: 0 the scores, 1 minus the densities, 2 their logarithms
};

// What the weights follow, in place of a score.
static __device__ double weighed(float score, double median, int form) {
    if (form == 1) return -exp(fmin(median - (double)score, 500.0));
    return form == 2 ? log(fmax((double)score, 1e-12)) : (double)score;
}

// The first place with a key that is not less.
static __device__ int first_place(const unsigned* keys, int samples, unsigned key) {
    int low = 0, high = samples;
    while (low < high) {
        const int middle = low + (high - low) / 2;
        if (keys[middle] < key) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

// Launch: grid (any number of blocks, runs), block 256.
extern "C" __global__ void __launch_bounds__(256) rank_scores(const RankArgs a) {
    const int run = blockIdx.y, n = a.samples, middle = (n + 1) / 2;
    const float* scores = a.scores + run * a.stride;
    const unsigned* keys = a.keys + (long long)run * n;
    const unsigned* order = a.order + (long long)run * n;
    int* ranks = a.ranks + (long long)run * n;
    RoundRecord* record = a.records + run;
    const float minimum = scores[order[0]], maximum = scores[order[n - 1]];
    if (a.has_nan[run] || !isfinite(minimum) || !isfinite(maximum)) return;
    if (blockIdx.x == 0 && threadIdx.x == 0) {
        const float low = scores[order[(n - 1) / 2]], high = scores[order[n / 2]];
        const double median = ((double)low + (double)high) / 2;
        const double center = (weighed(low, median, a.form) + weighed(high, median, a.form)) / 2;
        const double width =
            fmin(center - weighed(minimum, median, a.form), weighed(maximum, median, a.form) - center);
        record->minimum = minimum;
        record->median = median;
        record->maximum = maximum;
        record->center = center;
        record->width = width;
        record->is_finite = 1;
        record->is_degenerate = !(width > 0);
    }

    int flips = 0, distinct = 0, anomalies = 0;
    unsigned long long doubled_ranks = 0;
    const long long threads = (long long)gridDim.x * 256;
    for (long long i = (long long)blockIdx.x * 256 + threadIdx.x; i < n; i += threads) {
        const int k = (int)i, rank = k + 1;
        const unsigned key = keys[k], sample = order[k];
        const int before = ranks[sample];
        ranks[sample] = rank;
        flips += before != 0 && ((before < middle && rank > middle) || (before > middle && rank < middle));

        const bool ties_below = k > 0 && keys[k - 1] == key, ties_above = k < n - 1 && keys[k + 1] == key;
        distinct += !ties_below;
        if (a.labels && a.labels[sample]) {
            anomalies++;
            const int first = ties_below ? first_place(keys, n, key) : k;
            const int end = ties_above ? first_place(keys, n, key + 1) : k + 1;
            doubled_ranks += (unsigned long long)first + 1 + end; // ranks first + 1 to end are tied
        }
    }

    flips = warp_sum(flips);
    distinct = warp_sum(distinct);
    anomalies = warp_sum(anomalies);
    doubled_ranks = warp_sum(doubled_ranks);
    if (lane_id() == 0) {
        atomicAdd(&record->flips, flips);
        atomicAdd(&record->distinct, distinct);
        atomicAdd(&record->anomalies, anomalies);
        atomicAdd(&record->doubled_ranks, doubled_ranks);
    }
}

struct WeightArgs {
    const float* scores;        // runs x stride
    const RoundRecord* records; // runs
    float* weights;             // runs x members x n: a run's members all have the same
    long long stride;
    double inverse_tau;
    int members;
    int samples;
    int form;
};

static __device__ float weight_of(double value, const RoundRecord& record, double inverse_tau) {
    if (record.is_degenerate) return value < record.center ? 1.f : value > record.center ? 0.f : 0.5f;
    const double weight = 1 / (1 + exp((value - record.center) / record.width * inverse_tau));
    return weight < 1e-30 ? 0.f : (float)weight;
}

// Launch: grid (any number of blocks, runs), block 256.
extern "C" __global__ void __launch_bounds__(256) weigh_samples(const WeightArgs a) {
    const int run = blockIdx.y, n = a.samples;
    const float* scores = a.scores + run * a.stride;
    const RoundRecord& record = a.records[run];
    if (!record.is_finite) return;
    const long long threads = (long long)gridDim.x * 256;
    for (long long i = (long long)blockIdx.x * 256 + threadIdx.x; i < n; i += threads) {
        const float weight = weight_of(weighed(scores[i], record.median, a.form), record, a.inverse_tau);
        for (int m = 0; m < a.members; m++) a.weights[((long long)run * a.members + m) * n + i] = weight;
    }
}

struct WeightStatisticsArgs {
    const float* weights;  // runs x stride
    const unsigned* order; // runs x n
    const unsigned char* labels;
    RoundRecord* records;
    long long stride;
    int samples;
};

// The median of some weights from the two middle ones, the same one twice for an odd count.
static __device__ __forceinline__ double median_of(double low, double high) { return high - (high - low) * 0.5; }

// Weights fall where scores rise, so the middle weights of all samples, or of those with one label, are the weights of their
// middle scores. For all they stand in the middle of the order. The middle anomaly, and the middle one of the others, has so and
// so many of its kind before it in the order: every warp takes a stretch of the order, 32 places at a time, and counts the
// anomalies of its stretch by votes; then it goes through it again, knowing those of all stretches before. Sums run over
// strides of 1,024 samples, then over the threads in a tree. Launch: grid (1, runs), block 1,024.
extern "C" __global__ void __launch_bounds__(1024) describe_weights(const WeightStatisticsArgs a) {
    constexpr int kWarps = 32;
    __shared__ int anomalies_of_warp[kWarps];
    __shared__ double middle[2][2]; // of the normal samples, of the anomalies: the lower and the higher of the middle weights
    const int run = blockIdx.y, n = a.samples;
    const float* weights = a.weights + run * a.stride;
    const unsigned* order = a.order + (long long)run * n;
    RoundRecord* record = a.records + run;
    if (!record->is_finite) return; // for all threads alike
    double all = 0, normal = 0, anomalous = 0; // the mean of all is not to depend on the labels, in no digit
    for (long long i = threadIdx.x; i < n; i += 1024) {
        all += (double)weights[i];
        (a.labels && a.labels[i] ? anomalous : normal) += (double)weights[i];
    }
    all = block_sum(all);
    normal = block_sum(normal);
    anomalous = block_sum(anomalous);

    const int anomalies = record->anomalies;
    if (a.labels) { // for all threads alike
        if (threadIdx.x < 4) middle[threadIdx.x / 2][threadIdx.x % 2] = 0;
        const long long length = ((long long)n + 1023) / 1024 * 32, first = warp_id() * length;
        const long long end = first + length < n ? first + length : n;
        int own = 0;
        for (long long k = first; k < end; k += 32) {
            const bool is_anomaly = k + lane_id() < n && a.labels[order[k + lane_id()]];
            own += __popc(__ballot_sync(0xffffffffu, is_anomaly));
        }
        if (lane_id() == 0) anomalies_of_warp[warp_id()] = own;
        __syncthreads();
        int before = 0;
        for (int w = 0; w < warp_id(); w++) before += anomalies_of_warp[w];
        for (long long k = first; k < end; k += 32) {
            const bool is_sample = k + lane_id() < n;
            const unsigned sample = is_sample ? order[k + lane_id()] : 0u;
            const bool is_anomaly = is_sample && a.labels[sample];
            const unsigned votes = __ballot_sync(0xffffffffu, is_anomaly);
            const int anomalies_before = before + __popc(votes & ((1u << lane_id()) - 1u));
            const int place = is_anomaly ? anomalies_before : (int)k + lane_id() - anomalies_before; // among its kind
            const int count = is_anomaly ? anomalies : n - anomalies;
            if (is_sample && place == count / 2) middle[is_anomaly][0] = (double)weights[sample];
            if (is_sample && place == (count - 1) / 2) middle[is_anomaly][1] = (double)weights[sample];
            before += __popc(votes);
        }
        __syncthreads();
    }
    if (threadIdx.x == 0) {
        record->weight_mean = all / n;
        record->weight_median = median_of((double)weights[order[n / 2]], (double)weights[order[(n - 1) / 2]]);
        record->normal_weight_mean = normal / (n - anomalies);
        record->anomaly_weight_mean = anomalous / anomalies;
        if (a.labels) {
            record->normal_weight_median = median_of(middle[0][0], middle[0][1]);
            record->anomaly_weight_median = median_of(middle[1][0], middle[1][1]);
        }
    }
}

// The score of a run of several members: each member's score divided by its median, then averaged. A member with a score that
// is not finite has no median, and with a median of zero no quotient; the run's scores are then not finite either.
struct MemberMedianArgs {
    const float* scores;   // replicas x stride
    const unsigned* order; // replicas x n
    const int* has_nan;    // replicas
    double* medians;       // replicas; NaN where a score is not finite
    long long stride;
    int replicas;
    int samples;
};

// Launch: grid ceil(replicas / 256), block 256.
extern "C" __global__ void __launch_bounds__(256) member_medians(const MemberMedianArgs a) {
    const int replica = blockIdx.x * 256 + threadIdx.x, n = a.samples;
    if (replica >= a.replicas) return;
    const float* scores = a.scores + replica * a.stride;
    const unsigned* order = a.order + (long long)replica * n;
    const bool is_finite = !a.has_nan[replica] && isfinite(scores[order[0]]) && isfinite(scores[order[n - 1]]);
    const double median = ((double)scores[order[(n - 1) / 2]] + (double)scores[order[n / 2]]) / 2;
    a.medians[replica] = is_finite ? median : __longlong_as_double(0x7ff8000000000000ll);
}

struct CombineArgs {
    const float* scores;   // runs x members x stride
    const double* medians; // runs x members
    float* combined;       // runs x n
    long long stride;
    int members;
    int samples;
    int subtract; // 1 for likelihoods, whose medians may be negative: s - median in place of s / median
};

// Launch: grid (ceil(n / 256), runs), block 256.
extern "C" __global__ void __launch_bounds__(256) combine_members(const CombineArgs a) {
    const long long i = (long long)blockIdx.x * 256 + threadIdx.x;
    const int run = blockIdx.y;
    if (i >= a.samples) return;
    double sum = 0;
    for (int m = 0; m < a.members; m++) {
        const int replica = run * a.members + m;
        const double score = (double)a.scores[replica * a.stride + i], median = a.medians[replica];
        sum += a.subtract ? score - median : score / median;
    }
    a.combined[(long long)run * a.samples + i] = (float)(sum / a.members);
}
