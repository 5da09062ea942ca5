// Rung 3 of a flow: a step in one kernel.
//
// Against rung 1, which launches each operation of a step: activations, gradients of activations and all that is computed twice stay in
// the block's shared memory and registers. Parameters, moments and statistics go through device memory on rung 4 (fused/flow_epoch.cu)
// too, since they do not fit; what that saves is the launch, and the order of the rows and the corrections of Adam for many steps at once.
//
// A step is an epoch of one batch: the same device functions, and the same bits.
// Launch: grid R, block kThreads, dynamic shared memory kSharedBytes; a launch per step, each with its number.
#include "fused/shape.cuh"

#include "fused/flow_stages.cuh"

struct FlowStepArgs {
    FlowEpochArgs flow;
    int step; // its number in the epoch
};

extern "C" __global__ void __launch_bounds__(kThreads, 1) flow_step(const FlowStepArgs s) {
    DYN_SHARED(float, shared);
    FlowEpochArgs flow = s.flow;
    ChainEpochArgs& a = flow.epoch;
    const long long replica = blockIdx.x, first = replica * a.rows + (long long)s.step * a.batch;
    a.rows = a.batch = samples_of(a, s.step);
    a.order += first - replica * a.rows;
    a.batches = 1;
    train(flow, shared);
}
