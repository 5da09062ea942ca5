// What happens around the steps of an epoch: training is told its round and first epoch; every epoch draws the order of its
// samples and ends with its loss per sample.
//
//   order of an epoch = a replica's own rows, sorted stably by their draws (sort.cu)
//   loss of an epoch  = sum of its batches' losses / rows; training has failed in the first epoch where it is not finite
#include "cursor.cuh"
#include "philox.cuh"

struct OutcomeRecord {
    double loss;      // mean weighted loss per sample of the last epoch, or of the one that failed
    int failed_epoch; // the first whose loss was not finite; -1 for none
};

struct BeginTrainingArgs {
    CursorRecord* cursor;
    double* epoch_loss;      // R
    OutcomeRecord* outcomes; // R
    int replicas;
    int round;
    int epoch;
};

// Launch: grid 1, block 256.
extern "C" __global__ void __launch_bounds__(256) begin_training(const BeginTrainingArgs a) {
    if (threadIdx.x == 0) *a.cursor = {0, a.epoch, a.round, 0};
    for (int r = threadIdx.x; r < a.replicas; r += 256) {
        a.epoch_loss[r] = 0;
        a.outcomes[r] = {0, -1};
    }
}

struct DrawOrderArgs {
    const CursorRecord* cursor;
    const unsigned long long* seeds; // R: seed of the run
    const int* members;              // R: number of the network within its run
    unsigned* draws;                 // R x rows
    int rows;
    int purpose;
};

// A thread draws four numbers. Launch: grid (ceil(rows / 1024), R), block 256.
extern "C" __global__ void __launch_bounds__(256) draw_order(const DrawOrderArgs a) {
    const int block = blockIdx.x * 256 + threadIdx.x, replica = blockIdx.y;
    const long long first = 4ll * block;
    if (first >= a.rows) return;
    const PhiloxBlock x = philox(a.seeds[replica], (unsigned)block, (unsigned)a.purpose, (unsigned)a.members[replica],
                                 (unsigned)a.cursor->round * 65536u + (unsigned)a.cursor->epoch);
#pragma unroll
    for (int lane = 0; lane < 4; lane++)
        if (first + lane < a.rows) a.draws[(long long)replica * a.rows + first + lane] = x.lane[lane];
}

struct FinishEpochArgs {
    CursorRecord* cursor;
    double* epoch_loss;      // R; 0 afterwards
    OutcomeRecord* outcomes; // R
    int replicas;
    int rows;
};

// Launch: grid 1, block 256.
extern "C" __global__ void __launch_bounds__(256) finish_epoch(const FinishEpochArgs a) {
    const int epoch = a.cursor->epoch;
    for (int r = threadIdx.x; r < a.replicas; r += 256) {
        const double loss = a.epoch_loss[r] / a.rows;
        a.epoch_loss[r] = 0;
        if (a.outcomes[r].failed_epoch >= 0) continue;
        a.outcomes[r].loss = loss;
        if (!isfinite(loss)) a.outcomes[r].failed_epoch = epoch;
    }
    __syncthreads();
    if (threadIdx.x == 0) {
        a.cursor->epoch = epoch + 1;
        a.cursor->start = 0;
    }
}
