// Libraries built from kernel files. They stay loaded.
#pragma once

#include "machine.h"

namespace emu {

// Null, and a fault, where it cannot be loaded.
Module* load_module(const char* path);
const Kernel* find_kernel(const Module& module, const char* name);

} // namespace emu
