// Who runs next.
#pragma once

#include "machine.h"

namespace emu {

// Runs a kernel to its end, or to its first fatal fault. Faults are in fault.h.
void launch(const Module& module, const Kernel& kernel, const Shape& shape, const Schedule& schedule,
            const void* argument);

// The current thread gives its turn back and waits in this state until someone calls wake.
void wait_as(State state);
void wake(Thread& thread);
// The current thread gives its turn back and goes on later: after others of its block, or after other blocks.
void yield_to_threads();
void yield_to_blocks();
// The current thread can only go on when another one changes something.
void yield_spinning();
// Lets a seeded schedule interrupt the current thread at a memory access.
void interrupt_now_and_then();
// The same, at the very next memory access.
void interrupt_soon();
// Lets a seeded schedule interrupt the current thread at an atomic operation.
void pass_turn_at_atomic();

// Where the emulator's own library lies.
const u8* emulator_low();
const u8* emulator_high();

} // namespace emu
