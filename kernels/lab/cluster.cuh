// A cluster: blocks that run at the same time on neighbouring multiprocessors, and read one another's shared memory (compute
// capability 9.0). A kernel says of how many blocks by __cluster_dims__; blocks of a cluster follow one another in the grid.
//
// Devices before that have no clusters, and the host does not launch these kernels there; what a block by itself would need stands here so
// that they compile.
#pragma once
#include "common.cuh"

#ifndef CLUSTER_RANK
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 900

// The number of this block in its cluster.
static __device__ __forceinline__ int cluster_rank() {
    unsigned rank;
    asm("mov.u32 %0, %%cluster_ctarank;" : "=r"(rank));
    return (int)rank;
}

// All threads of the cluster wait for one another, and see what was written before to device memory and to the shared memory of any of
// its blocks: arriving releases and waiting acquires, which CUDA 11.8 lets nobody say.
static __device__ __forceinline__ void cluster_barrier() {
    asm volatile("barrier.cluster.arrive.aligned;\n\tbarrier.cluster.wait.aligned;" ::: "memory");
}

// Where in the cluster a place of this block's shared memory lies in another block's. Nobody may read there before that block has begun,
// or after it has ended: a barrier of the cluster stands between.
static __device__ __forceinline__ unsigned cluster_place(const void* place, int rank) {
    unsigned there;
    asm("{\n\t.reg .u64 shared;\n\t.reg .u32 own;\n\tcvta.to.shared.u64 shared, %1;\n\tcvt.u32.u64 own, shared;\n\t"
        "mapa.shared::cluster.u32 %0, own, %2;\n\t}"
        : "=r"(there)
        : "l"(place), "r"(rank));
    return there;
}

static __device__ __forceinline__ float cluster_load(const float* place, int rank) {
    float value;
    asm volatile("ld.shared::cluster.f32 %0, [%1];" : "=f"(value) : "r"(cluster_place(place, rank)));
    return value;
}

static __device__ __forceinline__ double cluster_load(const double* place, int rank) {
    double value;
    asm volatile("ld.shared::cluster.f64 %0, [%1];" : "=d"(value) : "r"(cluster_place(place, rank)));
    return value;
}

#define CLUSTER_RANK() cluster_rank()
#define CLUSTER_BARRIER() cluster_barrier()
#define CLUSTER_LOAD(place, rank) cluster_load(place, rank)
#else
#define CLUSTER_RANK() 0
#define CLUSTER_BARRIER() __syncthreads()
#define CLUSTER_LOAD(place, rank) ((void)(rank), *(place))
#endif
#endif
