// Adam (Kingma and Ba, 2015) over the parameter blocks of all replicas in one launch; the rule itself is in adam_step.cuh.
//
// Parameters and gradients are R x stride floats, moments R x moment_stride. A step of a part of the parameters begins at its first
// one, and its moments may be a set of their own. What depends on the number of the step alone, gather_batch has left.
#include "adam_step.cuh"
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
    AdamRule rule;
};

// Moves the cursor on as well, whose start no later kernel of the step reads. Launch: grid (ceil(length / 256), R), block 256.
extern "C" __global__ void __launch_bounds__(256) adam_step(const AdamArgs a) {
    const int i = blockIdx.x * 256 + threadIdx.x, replica = blockIdx.y;
    if (i == 0 && replica == 0 && a.cursor) a.cursor->start += a.samples;
    if (i >= a.length) return;
    const long long place = replica * a.stride + i, moment = replica * a.moment_stride + i;
    float m = a.first[moment], v = a.second[moment];
    a.parameters[place] = adam(a.rule, a.factor * a.corrections[2 * replica], a.corrections[2 * replica + 1], a.parameters[place],
                               a.gradient[place], m, v);
    a.first[moment] = m;
    a.second[moment] = v;
}
