// A block's shared memory. Dynamic shared memory is an allocation per resident block. Static shared memory are
// variables of the kernel file's library, at one place for all blocks: what a block has there is put aside when another
// block runs.
#pragma once

#include "machine.h"

namespace emu {

// Before and after a launch.
void begin_shared_memory();
void end_shared_memory();

void give_dynamic_shared(Block& block);
void take_dynamic_shared(Block& block);
bool is_shared(const u8* address);
// -1 where it is elsewhere.
long offset_in_static_shared(const void* address);

// Puts a block's static shared memory into place; a block that has never run finds it poisoned.
void enter_static_shared(Block& block);
// Forgets that of a block that has finished.
void leave_static_shared(const Block& block);

} // namespace emu
