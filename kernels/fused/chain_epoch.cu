// An epoch of training in one launch, for a chain of dense layers: every step of a network from the batch to Adam, without a kernel
// between. A block is a network; how it computes is in chain_stages.cuh.
//
// What a warp issues in a step, as NVRTC 11.8 compiles it for sm_90, of 36 features in batches of 128; shared memory hands out
// 128 bytes a cycle:
//
//   svdd 32-16-8       2275 FFMA for 1244 cycles
//   svdd-soft 32-16-8  2287 FFMA for 1267 cycles
//   ae 32-16-8         5396 FFMA for 2740 cycles
//
// Launch: grid R, block kThreads, dynamic shared memory kSharedBytes.
#include "fused/shape.cuh"

#include "fused/chain_stages.cuh"

extern "C" __global__ void __launch_bounds__(kThreads, 1) chain_epoch(const ChainEpochArgs a) {
    DYN_SHARED(float, shared);
    train(a, shared);
}
