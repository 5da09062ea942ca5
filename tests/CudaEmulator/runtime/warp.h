// Warp collectives: shuffles, votes and __syncwarp.
#pragma once

#include "machine.h"

namespace emu {

// Completes the collectives that waited only for lanes that have now finished.
void release_collectives_if_complete(Warp& warp);

} // namespace emu
