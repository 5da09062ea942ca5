// What the choice of a round needs beyond ranks, and what follows from the choice, which the host makes: how well Otsu's
// threshold cuts the scores of a round; and copying the networks of a round that is kept to where the kept ones lie.
//
// Otsu's threshold is the cut between two neighbouring distinct scores with the smallest sum of squared deviations from the
// means of the two classes; the ratio is that sum over the squared deviations from the mean of all. With n, m and M the count,
// mean and squared deviations of some values, one more value x, and n2, m2, M2 of some others (Chan, Golub, LeVeque, 1979),
// they become
//
//   m' = m + (x - m) / (n + 1),     M' = M + (x - m) (x - m')
//   m' = m + d n2 / (n + n2),       M' = M + M2 + d^2 n n2 / (n + n2),       d = m2 - m
//
// Every thread takes a stretch of the sorted scores and joins the stretches before and behind it in their order: within a warp in
// five steps, then those of the other warps, so that a warp has 18 joins to make, with a division each, where one after the other
// would be 255. All terms of M are positive, so nothing cancels; scores are measured from the middle one. Neighbouring threads
// read places a stretch apart, three times over, since every cut needs the sum of all before it: simple, and slow for many
// samples of few runs.
#include "common.cuh"
#include "round_record.cuh"

struct OtsuArgs {
    const unsigned* keys; // runs x n: sorted scores as sort.cu maps them
    double* low;          // runs x n, workspace: squared deviations of the k + 1 lowest scores
    RoundRecord* records; // runs
    int samples;          // n
};

struct Deviations {
    double count, mean, squares;
};

static __device__ __forceinline__ void add(Deviations& d, double value) {
    const double before = value - d.mean;
    d.count += 1;
    d.mean += before / d.count;
    d.squares += before * (value - d.mean);
}

static __device__ __forceinline__ Deviations join(const Deviations& a, const Deviations& b) {
    if (b.count == 0) return a;
    const double count = a.count + b.count, distance = b.mean - a.mean;
    return {count, a.mean + distance * (b.count / count),
            a.squares + b.squares + distance * distance * (a.count * (b.count / count))};
}

// What the lane so many places below or above has.
static __device__ __forceinline__ Deviations from_below(const Deviations& d, int distance) {
    return {__shfl_up_sync(0xffffffffu, d.count, distance), __shfl_up_sync(0xffffffffu, d.mean, distance),
            __shfl_up_sync(0xffffffffu, d.squares, distance)};
}

static __device__ __forceinline__ Deviations from_above(const Deviations& d, int distance) {
    return {__shfl_down_sync(0xffffffffu, d.count, distance), __shfl_down_sync(0xffffffffu, d.mean, distance),
            __shfl_down_sync(0xffffffffu, d.squares, distance)};
}

static __device__ __forceinline__ float score_of(unsigned key) {
    return __uint_as_float(key & 0x80000000u ? key ^ 0x80000000u : ~key);
}

static __device__ double otsu_ratio(const unsigned* keys, double* low, int n) {
    __shared__ Deviations of_warp[8];
    __shared__ double smallest[8];
    const int thread = threadIdx.x, lane = lane_id(), warp = warp_id();
    if (keys[0] == keys[n - 1]) return 1; // for all threads alike
    const double middle = (double)score_of(keys[n / 2]);
    const int length = (n + 255) / 256;
    const int first = min(thread * length, n), end = min(first + length, n);

    Deviations own = {0, 0, 0};
    for (int k = first; k < end; k++) add(own, (double)score_of(keys[k]) - middle);
    Deviations below = own, above = own; // with this thread's, for now
    for (int distance = 1; distance < 32; distance *= 2) {
        const Deviations lower = from_below(below, distance), higher = from_above(above, distance);
        if (lane >= distance) below = join(lower, below);
        if (lane + distance < 32) above = join(above, higher);
    }
    if (lane == 31) of_warp[warp] = below;
    __syncthreads();
    below = from_below(below, 1);
    above = from_above(above, 1);
    if (lane == 0) below = {0, 0, 0};
    if (lane == 31) above = {0, 0, 0};
    Deviations before = {0, 0, 0};
    for (int w = 0; w < warp; w++) before = join(before, of_warp[w]);
    below = join(before, below);
    for (int w = warp + 1; w < 8; w++) above = join(above, of_warp[w]);

    for (int k = first; k < end; k++) {
        add(below, (double)score_of(keys[k]) - middle);
        low[k] = below.squares;
    }
    __syncthreads();
    double best = __longlong_as_double(0x7ff0000000000000ll); // infinity
    for (int k = end - 1; k >= first && k > 0; k--) {
        add(above, (double)score_of(keys[k]) - middle);
        if (keys[k - 1] != keys[k]) best = fmin(best, low[k - 1] + above.squares);
    }
    for (int distance = 16; distance > 0; distance /= 2) best = fmin(best, __shfl_xor_sync(0xffffffffu, best, distance));
    if (lane == 0) smallest[warp] = best;
    __syncthreads();
    for (int w = 0; w < 8; w++) best = fmin(best, smallest[w]);
    return fmin(1.0, best / low[n - 1]);
}

// Launch: grid (1, runs), block 256.
extern "C" __global__ void __launch_bounds__(256) otsu_ratios(const OtsuArgs a) {
    const int run = blockIdx.y, n = a.samples;
    RoundRecord* record = a.records + run;
    if (!record->is_finite) return; // for all threads alike
    const double ratio = otsu_ratio(a.keys + (long long)run * n, a.low + (long long)run * n, n);
    if (threadIdx.x == 0) record->otsu_ratio = ratio;
}

struct KeepArgs {
    const int* is_kept;     // runs: 1 for a run that keeps this round
    const unsigned* values; // runs x words
    unsigned* kept;         // runs x words
    long long words;        // 32-bit words of a run
};

// Launch: grid (any number of blocks, runs), block 256.
extern "C" __global__ void __launch_bounds__(256) keep_rounds(const KeepArgs a) {
    const int run = blockIdx.y;
    if (!a.is_kept[run]) return;
    const unsigned* values = a.values + run * a.words;
    unsigned* kept = a.kept + run * a.words;
    const long long threads = (long long)gridDim.x * 256;
    for (long long i = (long long)blockIdx.x * 256 + threadIdx.x; i < a.words; i += threads) kept[i] = values[i];
}
