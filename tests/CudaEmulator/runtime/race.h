// The check of one memory access, and of the end of a block that others of its cluster may access.
#pragma once

#include "machine.h"

namespace emu {

struct AccessKind {
    bool write, atomic;
};

// The access is about to happen; place is the return address of the instrumentation's call.
void check_access(u8* address, u32 bytes, AccessKind kind, const void* place);

// All blocks of a cluster have ended: what others did in the shared memory of this one has to be ordered before its
// end.
void check_end(const Block& block);

} // namespace emu
