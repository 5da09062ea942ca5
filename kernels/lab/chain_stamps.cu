// Rung 4 with a clock: what each phase of a step takes.
//
// The text is that of fused/chain_epoch.cu; where the stages say MARK, thread 0 of block 0 takes down the clock of its multiprocessor, or,
// in a launch of its own so that it costs the clock nothing, the phase's name. The cycles between two marks are those of thread 0's
// warp, with what it waits for at a barrier; the stamps themselves cost some, and keep the compiler from moving work across them.
// Launch: grid R, block kThreads, dynamic shared memory kSharedBytes.
struct Stamps {
    long long* clocks; // most; null to take down names
    char* names;       // most x 32, closed by zeros
    int most;
    int count;
};

static __device__ __forceinline__ Stamps& stamps() {
    __shared__ Stamps of_block;
    return of_block;
}

static __device__ __forceinline__ void stamp(const char* phase) {
    if (threadIdx.x != 0 || blockIdx.x != 0) return;
    Stamps& to = stamps();
    if (to.count == to.most) return;
    if (to.clocks)
        to.clocks[to.count] = clock64();
    else
        for (int i = 0; i < 31 && phase[i]; i++) to.names[32 * to.count + i] = phase[i];
    to.count++;
}

#define MARK(phase) stamp(phase)

#include "fused/shape.cuh"

#include "fused/chain_stages.cuh"

struct ChainStampArgs {
    ChainEpochArgs epoch;
    long long* clocks;
    char* names;
    int most;
};

extern "C" __global__ void __launch_bounds__(kThreads, 1) chain_stamps(const ChainStampArgs s) {
    DYN_SHARED(float, shared);
    if (threadIdx.x == 0) stamps() = Stamps{s.clocks, s.names, s.most, 0};
    train(s.epoch, shared);
}
