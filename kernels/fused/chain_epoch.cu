// An epoch of training in one launch, for a chain of dense layers: every step of a network from the batch to Adam, without a kernel
// between. A block is a network; how it computes is in chain_stages.cuh.
// Launch: grid R, block kThreads, dynamic shared memory kSharedBytes.
#include "fused/shape.cuh"

#include "fused/chain_stages.cuh"

extern "C" __global__ void __launch_bounds__(kThreads, 1) chain_epoch(const ChainEpochArgs a) {
    DYN_SHARED(float, shared);
    train(a, shared);
}
