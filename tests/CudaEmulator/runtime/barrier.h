// Block barriers.
#pragma once

#include "machine.h"

namespace emu {

// Lets the block's threads go on when all that are left have arrived.
void release_barrier_if_complete(Block& block);

} // namespace emu
