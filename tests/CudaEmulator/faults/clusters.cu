// Blocks of a cluster that read one another's shared memory when they may not.
#include "fault_args.cuh"
#include "lab/cluster.cuh"

constexpr int kPair = 2;

enum Barrier { NONE, BLOCK, CLUSTER };

static __device__ void wait(Barrier kind) {
    if (kind == BLOCK) __syncthreads();
    if (kind == CLUSTER) CLUSTER_BARRIER();
}

static __device__ void exchange(const FaultArgs& a, float* own, Barrier before, Barrier between) {
    const int other = CLUSTER_RANK() ^ 1;
    float sum = 0;
    for (int k = 0; k < 4; k++) {
        own[threadIdx.x] = a.in[k * 256 + threadIdx.x];
        wait(before);
        sum += CLUSTER_LOAD(own + 255 - threadIdx.x, other);
        wait(between);
    }
    CLUSTER_BARRIER();
    if (blockIdx.x == 0) a.out[threadIdx.x] = sum;
}

extern "C" __global__ void __cluster_dims__(kPair, 1, 1) barrier_of_the_block_alone(const FaultArgs a) {
    DYN_SHARED(float, own);
    exchange(a, own, BLOCK, CLUSTER);
}
extern "C" __global__ void __cluster_dims__(kPair, 1, 1) written_while_others_read(const FaultArgs a) {
    DYN_SHARED(float, own);
    exchange(a, own, CLUSTER, BLOCK);
}
extern "C" __global__ void __cluster_dims__(kPair, 1, 1) correct_exchange(const FaultArgs a) {
    DYN_SHARED(float, own);
    exchange(a, own, CLUSTER, CLUSTER);
}

// One of them has ended.
extern "C" __global__ void __cluster_dims__(kPair, 1, 1) read_of_a_finished_block(const FaultArgs a) {
    DYN_SHARED(float, own);
    own[threadIdx.x] = a.in[threadIdx.x];
    CLUSTER_BARRIER();
    if (CLUSTER_RANK() == 1) return;
    CLUSTER_BARRIER(); // of block 0 alone, once block 1 has ended
    a.out[threadIdx.x] = CLUSTER_LOAD(own + threadIdx.x, 1);
}

// On some schedules it ends before; fast notices on those alone.
extern "C" __global__ void __cluster_dims__(kPair, 1, 1) end_of_a_block_that_is_read(const FaultArgs a) {
    DYN_SHARED(float, own);
    own[threadIdx.x] = a.in[threadIdx.x];
    CLUSTER_BARRIER();
    if (CLUSTER_RANK() == 0) a.out[threadIdx.x] = CLUSTER_LOAD(own + threadIdx.x, 1);
}

extern "C" __global__ void __cluster_dims__(kPair, 1, 1) read_beyond_the_cluster(const FaultArgs a) {
    DYN_SHARED(float, own);
    own[threadIdx.x] = a.in[threadIdx.x];
    CLUSTER_BARRIER();
    a.out[threadIdx.x] = CLUSTER_LOAD(own + threadIdx.x, kPair);
}

extern "C" __global__ void __cluster_dims__(kPair, 1, 1) different_barriers_of_a_cluster(const FaultArgs a) {
    if (CLUSTER_RANK() == 0)
        CLUSTER_BARRIER();
    else
        CLUSTER_BARRIER();
    if (blockIdx.x == 0) a.out[threadIdx.x] = a.in[threadIdx.x];
}
