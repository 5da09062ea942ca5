// Philox 4x32-10 (Salmon et al., "Parallel Random Numbers: As Easy as 1, 2, 3", 2011): four 32-bit numbers as a pure function
// of a 64-bit key and a 128-bit counter, the same that the CPU draws. Here
//
//   key = seed of the run,   counter = (index / 4, purpose + 256 layer, member, 65536 round + epoch),   lane = index mod 4
#pragma once
#include "common.cuh"

// What a number is for, a part of its counter.
constexpr unsigned kInitialWeights = 1, kInitialBiases = 2;

struct PhiloxBlock {
    unsigned lane[4];
};

static __device__ PhiloxBlock philox(unsigned long long key, unsigned c0, unsigned c1, unsigned c2, unsigned c3) {
    unsigned k0 = (unsigned)key, k1 = (unsigned)(key >> 32);
    for (int round = 0; round < 10; round++) {
        const unsigned long long p0 = 0xd2511f53ull * c0, p1 = 0xcd9e8d57ull * c2;
        c0 = (unsigned)(p1 >> 32) ^ c1 ^ k0;
        c1 = (unsigned)p1;
        c2 = (unsigned)(p0 >> 32) ^ c3 ^ k1;
        c3 = (unsigned)p0;
        k0 += 0x9e3779b9u;
        k1 += 0xbb67ae85u;
    }
    return {{c0, c1, c2, c3}};
}

// Uniform in [-bound, bound). All steps but the last multiplication are exact.
static __device__ __forceinline__ float uniform(unsigned x, float bound) {
    return (2.f * ((float)(x >> 8) * (1.f / 16777216.f)) - 1.f) * bound;
}
