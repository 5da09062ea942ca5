// Leaky ReLU, forward and backward. The sign of the output is that of the input, so the input need not be kept.
#pragma once

// a = x where x > 0, slope * x elsewhere (NaN stays NaN).
__device__ __forceinline__ float leaky_relu(float x, float slope) {
    return x > 0.f ? x : x * slope;
}

// d loss / d x from d loss / d a and a.
__device__ __forceinline__ float leaky_relu_gradient(float gradient, float output, float slope) {
    return output > 0.f ? gradient : gradient * slope;
}
