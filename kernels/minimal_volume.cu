// OneFlow's loss of a batch: the Bernstein estimator of the (1 - alpha) quantile of its scores (Maziarka et al., 2021).
//
// With r(1) >= r(2) >= ... the scores and weights w:
//   L = sum over k = 1 ... B of c_k w(k) r(k),   c_k = C(B, k) alpha^k (1 - alpha)^(B - k),   dL/dr(k) = c_k w(k)
// A score that is not finite makes losses that are NaN, and no gradient.
//
// One block sorts the batch of its replica. c_k is computed in logarithms, since C(B, k) leaves float64 from B = 1,030 on.
// Launch: grid R, block 256.
#include "rank.cuh"

struct MinimalVolumeArgs {
    const float* scores;      // r, R x batch_stride
    const float* weights;     // R x batch_stride
    float* losses;            // R x batch_stride: B times each sample's part of L
    float* score_gradient;    // R x batch_stride
    unsigned long long* keys; // scratch, R x keys_stride; not used up to SHARED_KEYS samples
    long long keys_stride;
    double alpha;
    int batch_stride;
    int samples;
};

extern "C" __global__ void __launch_bounds__(256) minimal_volume_loss(const MinimalVolumeArgs a) {
    __shared__ unsigned long long shared_keys[SHARED_KEYS];
    const int samples = a.samples;
    const long long first_sample = (long long)blockIdx.x * a.batch_stride;
    float* losses = a.losses + first_sample;
    float* score_gradient = a.score_gradient + first_sample;
    RankedBatch ranked;
    if (!rank_batch(a.scores + first_sample, samples, shared_keys, a.keys + blockIdx.x * a.keys_stride, ranked)) {
        refuse_batch(losses, score_gradient, samples);
        return;
    }

    const double log_inside = log(1 - a.alpha), log_outside = log(a.alpha), log_all = lgamma((double)samples + 1);
    for (int r = threadIdx.x; r < samples; r += RANK_THREADS) {
        const unsigned s = ranked.sample(r);
        const double k = samples - r, others = r;
        const double coefficient =
            exp(log_all - lgamma(k + 1) - lgamma(others + 1) + k * log_outside + others * log_inside);
        const double pull = coefficient * (double)a.weights[first_sample + s];
        losses[s] = (float)(pull * (double)ranked.score(r) * samples);
        score_gradient[s] = (float)pull;
    }
}
