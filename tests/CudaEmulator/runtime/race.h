// The check of one memory access.
#pragma once

#include "machine.h"

namespace emu {

struct AccessKind {
    bool write, atomic;
};

// The access is about to happen; place is the return address of the instrumentation's call.
void check_access(u8* address, u32 bytes, AccessKind kind, const void* place);

} // namespace emu
