// How the runtime finds the kernels of a library built from one kernel file.
#pragma once

namespace emu {

struct Kernel {
    const char* name;
    void (*invoke)(const void* argument); // runs one thread of it
    unsigned argument_bytes;
    unsigned cluster; // blocks of a cluster
};

struct KernelTable {
    const Kernel* kernels;
    unsigned count;
    unsigned char* shared_begin; // the statically declared shared memory of the file
    unsigned char* shared_end;
};

} // namespace emu
