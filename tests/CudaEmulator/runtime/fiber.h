// Fibers: stacks with a guard page below, and the switch between them.
#pragma once

#include "machine.h"

namespace emu {

// Gives a thread a stack on which resuming it calls entry, which must not return.
void start_fiber(Thread& thread, void (*entry)());
void release_stack(Thread& thread);

bool on_stack(const Thread& thread, const void* address);
bool on_guard_page(const Thread& thread, const void* address);

// From the scheduler to a fiber, until that gives its turn back.
void resume(Thread& thread);
// From the current fiber to the scheduler.
void give_turn_back();
// Continues in the scheduler when the signal handler returns; the current fiber never runs again.
void abandon_after_signal(void* context);

} // namespace emu
