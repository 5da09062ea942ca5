// Rung 3: a step in one kernel.
//
// Against rung 2 (chain_layer.cu): activations, their gradients and the normalised values of a step stay in the block's shared memory
// and registers, and a step is one launch where it was two a layer. What still goes through device memory, once a step, is what a step
// leaves for the next: parameters, Adam's moments, running statistics, the radius. The batch is waited for, since nothing runs beside
// its load. Rung 4 (fused/chain_epoch.cu) takes all of that away: it is the same code for as many steps as an epoch has.
//
// A step is an epoch of one batch: the same device functions, and the same bits.
// Launch: grid R, block kThreads, dynamic shared memory kSharedBytes; a launch per step, each with its number.
#include "fused/shape.cuh"

#include "fused/chain_stages.cuh"

struct ChainStepArgs {
    ChainEpochArgs epoch;
    int step; // its number in the epoch
};

extern "C" __global__ void __launch_bounds__(kThreads, 1) chain_step(const ChainStepArgs s) {
    DYN_SHARED(float, shared);
    ChainEpochArgs a = s.epoch;
    const long long replica = blockIdx.x, first = replica * a.rows + (long long)s.step * a.batch;
    a.rows = a.batch = samples_of(a, s.step);
    a.order += first - replica * a.rows;
    a.batches = 1;
    train(a, shared);
}
