// The sum of what the blocks of each cluster have read, told to all of them through shared memory.
#include "lab/cluster.cuh"

constexpr int kBlocks = 4;

struct ClusterReduceArgs {
    const float* in;
    float* out;
    int count; // of a block
};

extern "C" __global__ void __cluster_dims__(kBlocks, 1, 1) cluster_reduce(const ClusterReduceArgs a) {
    DYN_SHARED(float, own);
    float sum = 0.f;
    for (int i = threadIdx.x; i < a.count; i += blockDim.x) sum += a.in[blockIdx.x * a.count + i];
    own[threadIdx.x] = sum;
    CLUSTER_BARRIER();
    float all = 0.f;
    for (int block = 0; block < kBlocks; block++)
        for (int i = 0; i < (int)blockDim.x; i++) all += CLUSTER_LOAD(own + i, block);
    CLUSTER_BARRIER(); // nobody ends while its memory is read
    if (threadIdx.x == 0) a.out[blockIdx.x] = all;
}
