// Faults and time-outs that arrive as signals.
#pragma once

#include "machine.h"

namespace emu {

// Before and after the kernel runs, on the thread that runs it.
void begin_signals(u32 limit_ms);
void end_signals();
// Whether the launch has used up its time.
bool time_is_up();

} // namespace emu
