// What of a step of Adam depends on its number alone, in float64 and rounded once: rate / (1 - b1^t) and 1 / sqrt(1 - b2^t). A thread
// per replica counts the step and leaves both for all that follow, in the step's first kernel, which waits for nothing else.
#pragma once
#include "common.cuh"

// base^exponent by repeated squaring.
static __device__ double power(double base, long long exponent) {
    double result = 1;
    for (; exponent > 0; exponent >>= 1, base *= base)
        if (exponent & 1) result *= base;
    return result;
}

static __device__ void count_step(long long* steps, float* corrections, int replica, double rate, float beta1, float beta2) {
    const long long step = ++steps[replica];
    corrections[2 * replica] = (float)(rate / (1 - power((double)beta1, step)));
    corrections[2 * replica + 1] = (float)(1 / sqrt(1 - power((double)beta2, step)));
}
