// An epoch of training in one launch, for a masked autoregressive flow: every step of a network from the batch to Adam, without a kernel
// between. A block is a network; how it computes is in flow_stages.cuh.
//
// What a warp issues in a step, as in chain_epoch.cu:
//
//   maf 32-32          50739 FFMA for 22466 cycles
//
// Launch: grid R, block kThreads, dynamic shared memory kSharedBytes.
#include "fused/shape.cuh"

#include "fused/flow_stages.cuh"

extern "C" __global__ void __launch_bounds__(kThreads, 1) flow_epoch(const FlowEpochArgs a) {
    DYN_SHARED(float, shared);
    train(a, shared);
}
