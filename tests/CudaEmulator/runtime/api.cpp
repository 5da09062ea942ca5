// The interface to the tests: plain C functions that return a status; emu_message says more about the last call.
// Callers take turns: nothing here may be called by two threads at a time.
#include <cstdio>
#include <cstring>

#include "fault.h"
#include "matrix_product.h"
#include "memory.h"
#include "module.h"
#include "scheduler.h"
#include "shadow.h"

namespace emu {

namespace {

constexpr u32 kMostThreads = 1024, kMostBlocksYZ = 65535, kMostShared = 227 << 10, kMostChecked = 1u << 22;
constexpr size_t kMostArgument = 4096;

// Runs a call with no faults noted before it, and returns its status.
template <class Call> int guarded(Call call) {
    clear_faults();
    call();
    return fault_status();
}

bool is_valid(u64 address, size_t bytes, const char* use) {
    if (bytes == 0 || is_allocated(address, bytes)) return true;
    fail(kInvalidValue, "COPY", "%s %zu bytes at %s, which do not lie within one allocation", use, bytes,
         describe_address(reinterpret_cast<void*>(address)).c_str());
    return false;
}

bool is_valid(const Kernel& kernel, const Shape& s, size_t argument_bytes) {
    const u64 blocks = u64{s.grid_x} * s.grid_y * s.grid_z;
    if (argument_bytes != kernel.argument_bytes || argument_bytes > kMostArgument)
        fail(kInvalidValue, "ARGUMENT", "kernel %s takes a structure of %u bytes, at most 4096, but was given %zu",
             kernel.name, kernel.argument_bytes, argument_bytes);
    else if (blocks == 0 || s.grid_x >> 31 || s.grid_y > kMostBlocksYZ || s.grid_z > kMostBlocksYZ ||
             blocks >= kMostChecked)
        fail(kInvalidValue, "LAUNCH", "kernel %s cannot have a grid of %u x %u x %u blocks", kernel.name, s.grid_x,
             s.grid_y, s.grid_z);
    else if (blocks % kernel.cluster != 0)
        fail(kInvalidValue, "LAUNCH", "kernel %s has clusters of %u blocks, which %llu are not a multiple of", kernel.name,
             kernel.cluster, static_cast<unsigned long long>(blocks));
    else if (s.block == 0 || s.block > kMostThreads)
        fail(kInvalidValue, "LAUNCH", "kernel %s cannot have a block of %u threads", kernel.name, s.block);
    else if (s.shared_bytes > kMostShared)
        fail(kInvalidValue, "LAUNCH", "kernel %s asks for %u bytes of dynamic shared memory; the limit is %u",
             kernel.name, s.shared_bytes, kMostShared);
    else
        return true;
    return false;
}

u8* pointer(u64 address) { return reinterpret_cast<u8*>(address); }

} // namespace

} // namespace emu

using namespace emu;

EMU_EXPORT const char* emu_message() { return fault_text().c_str(); }

EMU_EXPORT int emu_allocate(size_t bytes, u64* address) {
    return guarded([&] {
        *address = allocate(bytes);
        if (*address == 0) fail(kOutOfMemory, "MEMORY", "%zu bytes cannot be allocated", bytes);
    });
}

EMU_EXPORT int emu_free(u64 address) {
    return guarded([&] {
        if (!release(address))
            fail(kInvalidValue, "FREE", "0x%llx is not allocated", static_cast<unsigned long long>(address));
    });
}

EMU_EXPORT int emu_copy_to_device(u64 destination, const void* source, size_t bytes) {
    return guarded([&] {
        if (!is_valid(destination, bytes, "writing")) return;
        memcpy(pointer(destination), source, bytes);
        mark(pointer(destination), bytes, Content::kWritten);
    });
}

EMU_EXPORT int emu_copy_to_host(void* destination, u64 source, size_t bytes) {
    return guarded([&] {
        if (is_valid(source, bytes, "reading")) memcpy(destination, pointer(source), bytes);
    });
}

EMU_EXPORT int emu_copy_on_device(u64 destination, u64 source, size_t bytes) {
    return guarded([&] {
        if (!is_valid(source, bytes, "reading") || !is_valid(destination, bytes, "writing")) return;
        if (source < destination + bytes && destination < source + bytes && bytes > 0) {
            fail(kInvalidValue, "COPY", "source and destination of %zu bytes overlap", bytes);
            return;
        }
        memcpy(pointer(destination), pointer(source), bytes);
        copy_marks(pointer(destination), pointer(source), bytes);
    });
}

EMU_EXPORT int emu_clear(u64 address, size_t bytes) {
    return guarded([&] {
        if (!is_valid(address, bytes, "clearing")) return;
        memset(pointer(address), 0, bytes);
        mark(pointer(address), bytes, Content::kWritten);
    });
}

EMU_EXPORT int emu_load(const char* path, Module** module) {
    return guarded([&] { *module = load_module(path); });
}

EMU_EXPORT int emu_find(const Module* module, const char* name, const Kernel** kernel) {
    return guarded([&] {
        *kernel = find_kernel(*module, name);
        if (!*kernel) fail(kNotFound, "KERNEL", "there is no kernel %s in %s", name, module->path.c_str());
    });
}

EMU_EXPORT int emu_launch(const Module* module, const Kernel* kernel, const Shape* shape, const Schedule* schedule,
                          const void* argument, size_t argument_bytes) {
    return guarded([&] {
        if (!is_valid(*kernel, *shape, argument_bytes)) return;
        alignas(64) u8 copy[kMostArgument];
        memcpy(copy, argument, argument_bytes);
        launch(*module, *kernel, *shape, *schedule, copy);
    });
}

EMU_EXPORT int emu_multiply(const MatrixProduct* product) {
    return guarded([&] { multiply(*product); });
}
