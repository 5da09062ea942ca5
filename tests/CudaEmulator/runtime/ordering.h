// Which access came before which, by CUDA's rules rather than by the schedule that happened to run:
//
//   - A thread's own accesses are in order, and launches follow each other.
//   - __syncthreads orders all threads of a block.
//   - A barrier of a cluster orders all threads of its blocks. Shared memory goes with its block: what others of the
//   cluster do there has to come before its end.
//   - __syncwarp orders the lanes it names. Shuffles and votes order nothing.
//   - Between blocks, order travels through atomics (or volatile accesses) of one address, and only where the writer
//   executed
//     __threadfence before its atomic and the reader after its own. __threadfence_block carries nothing to another
//     block.
//
// Inside a block, data handed over by a flag alone, without a barrier, counts as unordered.
#pragma once

#include "machine.h"
#include "shadow.h"

namespace emu {

void begin_ordering(u32 blocks);
void begin_block(Block& block);
void order_by_barrier(Block& block);
void order_by_cluster(Block& first, u32 blocks);
void order_by_warp(Warp& warp, u32 lanes);
void order_by_fence();
void order_by_atomic(const void* address, bool writes);

// The current thread's access of some bytes of a word, now.
Access stamp(u8 bytes, bool atomic);
bool happened_before(const Access& earlier);
bool happened_before_end(const Access& earlier, const Block& ended);

} // namespace emu
