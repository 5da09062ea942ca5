// The soft boundary's radius: the linearly interpolated quantile of the square roots of a batch's scores.
//
//   position = q (B - 1),  R = d_(k) + (position - k) (d_(k+1) - d_(k)),  k = floor(position),  d = sorted sqrt(f)
//
// Distances are not negative, so their bits order as unsigned integers, and the k-th smallest is found digit by digit: four
// passes, each counting the 256 values of the next 8 bits among those that share the digits found so far; the thread of
// the digit is the one with k or fewer before it and more with its own. Counts are integers, so their atomics do not depend on
// the order. The next larger distance is the same one when it occurs again, and otherwise the smallest that is larger. Scores
// that are not finite leave R as it was.
// Launch: grid R, block 256.
#include "cursor.cuh"
#include "sort_tile.cuh"

struct RadiusArgs {
    const float* scores;        // f, R x batch_stride
    float* radius;              // R
    const CursorRecord* cursor; // null: the radius is set whatever the epoch
    int batch_stride;
    int samples;
    int from_epoch; // first epoch of a round that sets the radius
    double quantile;
};

extern "C" __global__ void __launch_bounds__(256) update_radius(const RadiusArgs a) {
    __shared__ unsigned counts[256];
    __shared__ unsigned prefix, rank, next, finite;
    const float* scores = a.scores + (long long)blockIdx.x * a.batch_stride;
    const unsigned thread = threadIdx.x;
    if (a.cursor && a.cursor->epoch < a.from_epoch) return;
    const double position = a.quantile * (a.samples - 1);
    const unsigned k = (unsigned)position;

    if (thread == 0) {
        prefix = 0;
        rank = k; // among the distances that share the digits found so far
        next = 0xffffffffu;
        finite = 1;
    }
    __syncthreads();
    for (int s = thread; s < a.samples; s += 256)
        if (!(fabsf(scores[s]) <= 3.402823466e38f)) atomicAnd(&finite, 0u);
    __syncthreads();
    if (!finite) return;

    for (int shift = 24; shift >= 0; shift -= 8) {
        counts[thread] = 0;
        __syncthreads();
        for (int s = thread; s < a.samples; s += 256) {
            const unsigned bits = __float_as_uint(sqrtf(scores[s]));
            if (shift == 24 || bits >> (shift + 8) == prefix >> (shift + 8)) atomicAdd(&counts[(bits >> shift) & 255u], 1u);
        }
        __syncthreads();
        const unsigned wanted = rank, before = (unsigned)sum_before_digit(counts[thread]); // which has a barrier
        if (before <= wanted && wanted - before < counts[thread]) {
            prefix |= thread << shift;
            rank = wanted - before;
        }
        __syncthreads();
    }

    const float low = __uint_as_float(prefix);
    if (rank + 1 == counts[prefix & 255u]) { // the last of its kind: look for the next larger one
        for (int s = thread; s < a.samples; s += 256) {
            const unsigned bits = __float_as_uint(sqrtf(scores[s]));
            if (bits > prefix) atomicMin(&next, bits);
        }
    } else if (thread == 0) {
        next = prefix;
    }
    __syncthreads();
    if (thread == 0) {
        const float high = next == 0xffffffffu ? low : __uint_as_float(next);
        a.radius[blockIdx.x] = (float)((double)low + (position - k) * ((double)high - (double)low));
    }
}
