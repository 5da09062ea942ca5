// Adam (Kingma and Ba, 2015) over the parameter blocks of all replicas in one launch.
//
//   g += decay p;  m = b1 m + (1 - b1) g;  v = b2 v + (1 - b2) g^2
//   p -= rate / (1 - b1^t) m / (sqrt(v) / sqrt(1 - b2^t) + eps)
//
// What is too small to matter is zero, as on the CPU, which is slow on subnormal numbers: moments, and gradients that are squared.
//
// Parameters and gradients are R x stride floats, moments R x moment_stride. A step of a part of the parameters begins at its first
// one, and its moments may be a set of their own. What depends on t alone, gather_batch has left (adam_step.cuh).
#include "common.cuh"
#include "cursor.cuh"

struct AdamArgs {
    float* parameters;
    const float* gradient;
    float* first;
    float* second;
    const float* corrections; // R x 2: rate / (1 - b1^t) and 1 / sqrt(1 - b2^t)
    CursorRecord* cursor;     // moved on to the next batch; null for none
    long long stride;
    long long moment_stride;
    int length;
    int samples; // of this batch
    float factor; // of the step size
    float beta1;
    float beta2;
    float epsilon;
    float decay;
    float least_first;
    float least_second;
    float least_squared;
};

// NaN stays NaN.
static __device__ __forceinline__ float drop_below(float value, float least) { return fabsf(value) < least ? 0.f : value; }

// Moves the cursor on as well, whose start no later kernel of the step reads. Launch: grid (ceil(length / 256), R), block 256.
extern "C" __global__ void __launch_bounds__(256) adam_step(const AdamArgs a) {
    const int i = blockIdx.x * 256 + threadIdx.x, replica = blockIdx.y;
    if (i == 0 && replica == 0 && a.cursor) a.cursor->start += a.samples;
    if (i >= a.length) return;
    const long long place = replica * a.stride + i, moment = replica * a.moment_stride + i;
    const float p = a.parameters[place];
    const float g = fmaf(a.decay, p, a.gradient[place]);
    const float m = drop_below(fmaf(a.beta1, a.first[moment], (1.f - a.beta1) * g), a.least_first);
    const float squared = drop_below(g, a.least_squared);
    const float v = drop_below(fmaf(a.beta2, a.second[moment], (1.f - a.beta2) * squared * squared), a.least_second);
    a.first[moment] = m;
    a.second[moment] = v;
    a.parameters[place] = p - a.factor * a.corrections[2 * replica] * m / fmaf(sqrtf(v), a.corrections[2 * replica + 1], a.epsilon);
}
