// Rung 5: a network on several multiprocessors.
//
// Against rung 4 (fused/chain_epoch.cu): a cluster of kBlocks blocks trains a network, each through its share of a batch's samples. What a
// block did for all samples, products and activations, it does for a part of them, on a multiprocessor of its own. What is summed over
// samples is summed over the blocks too, and each block reads the others' sums from their shared memory:
//
//   means, squares              of each normalised layer, forward: the sums of warps, joined in the order of blocks and warps
//   sums of dn and dn n         of each normalised layer, backward
//   gradients of weights        of each layer: each thread leaves what it owns, and adds up what its like in all blocks have left
//   gradients of biases         the sums of warps
//   distances                   for a soft boundary's radius, which needs all of a batch
//
// All blocks sum in the same order, 0 to kBlocks - 1, so each comes to the same bits, and takes them through Adam by itself: parameters and
// moments need no exchange, and block 0 saves them. What the sums wait for is a barrier of the cluster: one per normalised layer and
// direction, in the place of the block's own, and one at the end of a step. Partial sums take turns between two places, so that none is
// written while another block may still read the last.
//
// What it cannot take away: Adam, which every block does for all weights, and barriers, which now reach over several multiprocessors.
//
// kBlocks, kExchange and kGradientPlaces are in shape.cuh, behind the shape of a chain whose batches are a block's share: rank r has the
// samples r kRows to (r + 1) kRows - 1.
// Launch: grid R x kBlocks, block kThreads, dynamic shared memory kSharedBytes and what lies behind.
#include "fused/shape.cuh"

#include "lab/cluster.cuh"

struct Cluster {
    static constexpr int kBlocks = chain::kBlocks;
    static constexpr int kPartials = 2 * chain::kWarps * chain::kMostWidth;
    static constexpr int kLoss = chain::kExchange + 2 * kPartials;

    static __device__ __forceinline__ int rank() { return CLUSTER_RANK(); }
    static __device__ __forceinline__ int samples(int rank, int batch) {
        const int left = batch - rank * chain::kRows;
        return left < 0 ? 0 : left < chain::kRows ? left : chain::kRows;
    }
    static __device__ __forceinline__ int first() { return rank() * chain::kRows; }
    static __device__ __forceinline__ void meet() { CLUSTER_BARRIER(); }
    static __device__ __forceinline__ float of(int rank, const float* place) { return CLUSTER_LOAD(place, rank); }

    template <int I> static __device__ constexpr int partial(bool is_forward) {
        int before = is_forward ? 1 : 0;
        for (int i = 0; i < I; i++) before += chain::kChain[i].mean >= 0 ? 1 : 0;
        return chain::kExchange + before % 2 * kPartials;
    }

    template <int I, int PASSES, int OWN> static __device__ __forceinline__ void put(float* shared, const float (&gradient)[PASSES][OWN]) {
#pragma unroll
        for (int pass = 0; pass < PASSES; pass++)
#pragma unroll
            for (int i = 0; i < OWN; i++) shared[chain::kGradientPlaces[I] + (pass * OWN + i) * chain::kThreads + threadIdx.x] = gradient[pass][i];
    }
    template <int I, int PASSES, int OWN> static __device__ __forceinline__ void sum_up(const float* shared, float (&gradient)[PASSES][OWN]) {
#pragma unroll
        for (int pass = 0; pass < PASSES; pass++)
#pragma unroll
            for (int i = 0; i < OWN; i++) {
                const float* place = shared + chain::kGradientPlaces[I] + (pass * OWN + i) * chain::kThreads + threadIdx.x;
                gradient[pass][i] = of(0, place);
#pragma unroll
                for (int block = 1; block < kBlocks; block++) gradient[pass][i] += of(block, place);
            }
    }

    static __device__ __forceinline__ double sum(float* shared, double value) {
        double* place = reinterpret_cast<double*>(shared + kLoss);
        if (threadIdx.x == 0) *place = value;
        meet();
        double sum = 0;
        if (rank() == 0)
            for (int block = 0; block < kBlocks; block++) sum += CLUSTER_LOAD(place, block);
        meet(); // nobody ends while its memory is read
        return sum;
    }
};

#define TEAM Cluster
#include "fused/chain_stages.cuh"

extern "C" __global__ void __cluster_dims__(kBlocks, 1, 1) __launch_bounds__(kThreads, 1) chain_cluster(const ChainEpochArgs a) {
    DYN_SHARED(float, shared);
    train(a, shared);
}
