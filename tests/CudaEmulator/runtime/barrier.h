// Barriers of blocks and of clusters.
#pragma once

#include "machine.h"

namespace emu {

// Lets the block's threads go on when all that are left have arrived.
void release_barrier_if_complete(Block& block);
// The same of the cluster that a block is of.
void release_cluster_if_complete(Block& block);

} // namespace emu
