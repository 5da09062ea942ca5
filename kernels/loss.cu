// Anomaly score, weighted loss and its gradient in one pass over the network's output, for every base model.
//
// With t = c, the replica's center, or the sample's own target x:
//   f = ||o - t||^2, or its root                                    the anomaly score (Eq. 1, 4, 10)
//   one-class, reconstruction   l = f                               dl/df = 1
//   soft boundary (Eq. 2)       l = nu R^2 + max(0, f - R^2)        dl/df = [f > R^2]
//   batch loss (1/B) sum w l    d/do = 2 (w / B) dl/df (o - t), with a root (w / B) dl/df (o - t) / f, 0 where f is 0
//
// For a flow, o = u and t = 0, and with the log-determinant of the whole flow (Eq. 6-7)
//   f = l = ||u||^2 / 2 + (d / 2) log 2 pi - log-determinant,   d/du = (w / B) u
//
// For a regression with one output, where the weights are targets t and all samples count the same,
//   f = o,   l = |f - t|,   d/do = sign(f - t) / B
//
// output, target, gradient are R x stride floats, each replica samples x width; scores R x scores_stride;
// weights, losses and log-determinants R x batch_stride.
#include "common.cuh"
#include "cursor.cuh"

enum LossKind {
    ONE_CLASS = 0,
    SOFT_BOUNDARY = 1,
    RECONSTRUCTION = 2,
    NEGATIVE_LOG_LIKELIHOOD = 3,
    OUTPUT = 4,   // a score alone
    ABSOLUTE = 5, // the output with its loss
};

struct LossArgs {
    const float* output;
    const float* target;           // for a reconstruction
    const float* center;           // for Deep SVDD: R x width
    const float* radius;           // for a soft boundary: R
    const float* log_determinants; // for a flow: R x batch_stride
    const float* weights;
    float* scores; // f
    float* losses; // w l
    float* gradient;
    CursorRecord* cursor; // of a pass over rows, whose chunk begins that far into the scores; null in training
    long long stride;
    long long target_stride; // 0: one target for all replicas
    long long scores_stride;
    int batch_stride;
    int width;
    int samples;
    int kind;
    int is_root;
    float nu;
};

// The squared distance of one sample, summed by a warp: the same in training and in scoring.
static __device__ float squared_distance(const float* output, const float* point, int width) {
    float sum = 0.f;
    for (int j = lane_id(); j < width; j += 32) {
        const float difference = output[j] - (point ? point[j] : 0.f);
        sum = fmaf(difference, difference, sum);
    }
    return warp_sum(sum);
}

// What a sample's output is measured from, t; null for the origin.
static __device__ const float* point_of(const LossArgs& a, int replica, int sample) {
    if (a.kind == NEGATIVE_LOG_LIKELIHOOD) return nullptr;
    return a.kind == RECONSTRUCTION ? a.target + replica * a.target_stride + (long long)sample * a.width
                                    : a.center + (long long)replica * a.width;
}

// The anomaly score of a sample from its squared distance.
static __device__ float score_of(const LossArgs& a, float distance, long long place) {
    const float half_log_two_pi = 0.918938533f;
    return a.kind == NEGATIVE_LOG_LIKELIHOOD
               ? fmaf(0.5f, distance, (float)a.width * half_log_two_pi) - a.log_determinants[place]
           : a.is_root ? sqrtf(distance)
                       : distance;
}

// Launch: grid (ceil(samples / 8), R), block 256: a warp per sample.
extern "C" __global__ void __launch_bounds__(256) weighted_loss(const LossArgs a) {
    const int sample = blockIdx.x * 8 + threadIdx.x / 32, replica = blockIdx.y;
    if (sample >= a.samples) return;
    const long long first = replica * a.stride + (long long)sample * a.width;
    const long long place = (long long)replica * a.batch_stride + sample;
    if (a.kind == ABSOLUTE) {
        const float score = a.output[first], difference = score - a.weights[place];
        if (lane_id() > 0) return;
        a.scores[replica * a.scores_stride + sample] = score;
        a.losses[place] = fabsf(difference);
        a.gradient[first] = (difference > 0.f ? 1.f : difference < 0.f ? -1.f : 0.f) / (float)a.samples;
        return;
    }

    const float* point = point_of(a, replica, sample);
    const float score = score_of(a, squared_distance(a.output + first, point, a.width), place);

    float loss = score, pull = a.kind == NEGATIVE_LOG_LIKELIHOOD ? 1.f : 2.f; // dl/do = pull (o - t)
    if (a.is_root) pull = score > 0.f ? 1.f / score : 0.f;
    if (a.kind == SOFT_BOUNDARY) {
        const float radius = a.radius[replica] * a.radius[replica];
        const float outside = score - radius;
        pull = outside > 0.f ? 2.f : 0.f;
        loss = a.nu * radius + (outside > 0.f ? outside : outside * 0.f); // a NaN score makes a NaN loss
    }
    const float weight = a.weights[place];
    if (lane_id() == 0) {
        a.scores[replica * a.scores_stride + sample] = score;
        a.losses[place] = weight * loss;
    }
    const float factor = pull * weight / (float)a.samples;
    for (int j = lane_id(); j < a.width; j += 32)
        a.gradient[first + j] = factor * (a.output[first + j] - (point ? point[j] : 0.f));
}

// The score alone, in a pass over rows the last kernel of a chunk. Launch: grid (ceil(samples / 8), R), block 256: a warp per sample.
extern "C" __global__ void __launch_bounds__(256) score_output(const LossArgs a) {
    const int sample = blockIdx.x * 8 + threadIdx.x / 32, replica = blockIdx.y;
    if (sample >= a.samples) return;
    const float* output = a.output + replica * a.stride + (long long)sample * a.width;
    float* score = a.scores + replica * a.scores_stride + (a.cursor ? a.cursor->chunk : 0) + sample;
    if (a.cursor && sample == 0 && replica == 0 && lane_id() == 0) pass_chunk(a.cursor, a.samples);
    if (a.kind == OUTPUT) {
        if (lane_id() == 0) *score = output[0];
        return;
    }

    const float distance = squared_distance(output, point_of(a, replica, sample), a.width);
    const long long place = (long long)replica * a.batch_stride + sample;
    if (lane_id() == 0) *score = score_of(a, distance, place);
}

struct ScoreGradientArgs {
    const float* output;
    const float* target; // null for a center
    const float* center; // R x width
    const float* score_gradient; // dL/df, R x batch_stride
    const float* root;           // f where it is the root, R x batch_stride; null where it is the square
    float* gradient;
    long long stride;
    long long target_stride; // 0: one target for all replicas
    int batch_stride;
    int width;
    int samples;
};

// The gradient of a squared distance by the output, where a loss of the whole batch stands between: d/do = 2 dL/df (o - t),
// with a root dL/df (o - t) / f, 0 where f is 0.
// Launch: grid (ceil(samples / 8), R), block 256: a warp per sample.
extern "C" __global__ void __launch_bounds__(256) squared_distance_backward(const ScoreGradientArgs a) {
    const int sample = blockIdx.x * 8 + threadIdx.x / 32, replica = blockIdx.y;
    if (sample >= a.samples) return;
    const long long first = replica * a.stride + (long long)sample * a.width;
    const float* point = a.target ? a.target + replica * a.target_stride + (long long)sample * a.width
                                  : a.center + (long long)replica * a.width;
    const long long place = (long long)replica * a.batch_stride + sample;
    const float pull = !a.root ? 2.f : a.root[place] > 0.f ? 1.f / a.root[place] : 0.f;
    const float factor = pull * a.score_gradient[place];
    for (int j = lane_id(); j < a.width; j += 32) a.gradient[first + j] = factor * (a.output[first + j] - point[j]);
}

struct LossSumArgs {
    const float* losses; // R x batch_stride
    double* epoch_loss;  // R
    int batch_stride;
    int samples;
};

// Adds a batch's losses to the epoch's, in a fixed order. Launch: grid R, block 256.
extern "C" __global__ void __launch_bounds__(256) add_batch_loss(const LossSumArgs a) {
    const int replica = blockIdx.x;
    double sum = 0;
    for (int s = threadIdx.x; s < a.samples; s += 256) sum += (double)a.losses[(long long)replica * a.batch_stride + s];
    sum = block_sum(sum);
    if (threadIdx.x == 0) a.epoch_loss[replica] += sum;
}
