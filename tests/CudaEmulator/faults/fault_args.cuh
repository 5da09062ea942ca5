// What every kernel with a planted fault is given. Blocks have 256 threads.
#pragma once
#include "common.cuh"

struct FaultArgs {
    float* out;                 // 256, never written
    const float* in;            // 2048
    unsigned* flags;            // 60, zero
    unsigned long long address; // of whatever the test says
};
