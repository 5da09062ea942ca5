// RSRAE's two losses beside its reconstruction error (Lai et al., 2020), for W = A^T, m x D.
//
// How far codes y lie from the subspace: z = y W^T and p = z W are matrix products before, r = y - p,
//   L = (f/B) sum w ||r||,   U = f w r / (B ||r||), 0 where r is 0,   dy = U - (U W^T) W,   dW = -((U W^T)^T y + z^T U)
// of which a warp per sample makes U as the start of dy, and -U, from which matrix products make the rest.
//
// How far rows of W are from being orthonormal: G = W W^T - I,   L = f ||G||^2 / m^2,   dW = (4 f / m^2) G W.
// Both losses are added to the epoch's; their gradients take the place of those that are there, or are added to them.
#include "common.cuh"

struct SubspaceArgs {
    const float* codes;     // y, R x codes_stride
    const float* projected; // p, R x stride
    const float* weights;   // R x batch_stride
    float* losses;          // f w ||r||, R x batch_stride
    float* codes_gradient;  // U, or plus U, R x stride
    float* negative;        // -U, R x stride
    long long codes_stride;
    long long stride;
    int batch_stride;
    int width;
    int samples;
    float factor; // f
    int accumulate;
};

// Launch: grid (ceil(samples / 8), R), block 256: a warp per sample.
extern "C" __global__ void __launch_bounds__(256) subspace_residual(const SubspaceArgs a) {
    const int sample = blockIdx.x * 8 + threadIdx.x / 32, replica = blockIdx.y;
    if (sample >= a.samples) return;
    const float* codes = a.codes + replica * a.codes_stride + (long long)sample * a.width;
    const long long first = replica * a.stride + (long long)sample * a.width;
    float squares = 0.f;
    for (int j = lane_id(); j < a.width; j += 32) {
        const float difference = codes[j] - a.projected[first + j];
        squares = fmaf(difference, difference, squares);
    }
    const float norm = sqrtf(warp_sum(squares));
    const long long place = (long long)replica * a.batch_stride + sample;
    const float weight = a.factor * a.weights[place];
    const float slope = norm > 0.f ? weight / (float)a.samples / norm : 0.f;
    if (lane_id() == 0) a.losses[place] = weight * norm;
    for (int j = lane_id(); j < a.width; j += 32) {
        const float pull = slope * (codes[j] - a.projected[first + j]);
        a.codes_gradient[first + j] = pull + (a.accumulate ? a.codes_gradient[first + j] : 0.f);
        a.negative[first + j] = -pull;
    }
}

struct OrthogonalityArgs {
    const float* weight; // W, R x stride
    float* gradient;     // dW, or plus dW, R x stride
    float* products;     // G: scratch, R x m x m
    double* epoch_loss;  // R
    long long stride;
    int dimensions; // m
    int width;      // D
    int samples;
    float factor; // f
    int accumulate;
};

// Launch: grid R, block 256.
extern "C" __global__ void __launch_bounds__(256) orthogonality(const OrthogonalityArgs a) {
    const int replica = blockIdx.x, entries = a.dimensions * a.dimensions;
    const float* weight = a.weight + replica * a.stride;
    float* products = a.products + (long long)replica * entries;
    double loss = 0;
    for (int i = threadIdx.x; i < entries; i += 256) {
        const float* row = weight + (long long)(i / a.dimensions) * a.width;
        const float* other = weight + (long long)(i % a.dimensions) * a.width;
        double product = i / a.dimensions == i % a.dimensions ? -1 : 0;
        for (int k = 0; k < a.width; k++) product += (double)row[k] * (double)other[k];
        products[i] = (float)product;
        loss += product * product;
    }
    loss = block_sum(loss);
    __syncthreads();
    const double share = (double)a.factor / entries;
    for (int i = threadIdx.x; i < a.dimensions * a.width; i += 256) {
        const float* row = products + (long long)(i / a.width) * a.dimensions;
        double sum = 0;
        for (int b = 0; b < a.dimensions; b++) sum += (double)row[b] * (double)weight[(long long)b * a.width + i % a.width];
        float* place = a.gradient + replica * a.stride + i;
        *place = (float)(4 * share * sum) + (a.accumulate ? *place : 0.f);
    }
    if (threadIdx.x == 0) a.epoch_loss[replica] += a.samples * share * loss;
}
