// Where training is, or a pass over rows. It lies on the device, so that the launches of a step, or of a chunk of rows, are the same
// for all and can be replayed: kernels that depend on it read it. In training Adam moves it to the next batch and the end of an
// epoch to the next epoch. In a pass gather_batch, the first kernel of a chunk, leaves its start in chunk for the last one, which
// reads nothing but that and moves the start on: so no block reads what another one writes.
#pragma once

struct CursorRecord {
    int start; // first sample of the batch in the epoch's order, or first row of the chunk
    int epoch; // within the round
    int round; // of IAD
    int chunk; // the start that the last gather_batch found
};

// By one thread of a chunk's last kernel.
static __device__ __forceinline__ void pass_chunk(CursorRecord* cursor, int samples) { cursor->start = cursor->chunk + samples; }
