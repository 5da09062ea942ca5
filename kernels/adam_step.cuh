// A step of Adam (Kingma and Ba, 2015).
//
//   g += decay p;  m = b1 m + (1 - b1) g;  v = b2 v + (1 - b2) g^2
//   p -= rate / (1 - b1^t) m / (sqrt(v) / sqrt(1 - b2^t) + eps)
//
// What is too small to matter is zero, as on the CPU, which is slow on subnormal numbers: moments, and gradients that are squared.
//
// What depends on the number t of the step alone is computed in float64 and rounded once: rate / (1 - b1^t) and 1 / sqrt(1 - b2^t).
// Launched kernel by kernel, a thread per replica counts the step and leaves both for all that follow, in the step's first kernel,
// which waits for nothing else.
#pragma once
#include "common.cuh"

struct AdamRule {
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

// Within two units in the last place, without a branch; for numbers that are 0 or no less than a moment is.
static __device__ __forceinline__ float square_root(float x) { return x == 0.f ? x : x * rsqrtf(x); }

// What becomes of a parameter; rate and root are the corrections of the step.
static __device__ __forceinline__ float adam(const AdamRule& a, float rate, float root, float parameter, float gradient, float& first,
                                             float& second) {
    const float g = fmaf(a.decay, parameter, gradient);
    first = drop_below(fmaf(a.beta1, first, (1.f - a.beta1) * g), a.least_first);
    const float squared = drop_below(g, a.least_squared);
    second = drop_below(fmaf(a.beta2, second, (1.f - a.beta2) * squared * squared), a.least_second);
    return parameter - __fdividef(rate * first, fmaf(square_root(second), root, a.epsilon));
}

// base^exponent by repeated squaring.
static __device__ double power(double base, long long exponent) {
    double result = 1;
    for (; exponent > 0; exponent >>= 1, base *= base)
        if (exponent & 1) result *= base;
    return result;
}

// The two corrections of a step.
static __device__ void correct(float* corrections, long long step, double rate, float beta1, float beta2) {
    corrections[0] = (float)(rate / (1 - power((double)beta1, step)));
    corrections[1] = (float)(1 / sqrt(1 - power((double)beta2, step)));
}
