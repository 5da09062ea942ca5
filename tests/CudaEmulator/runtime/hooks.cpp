// What the compiler's instrumentation calls. Kernels of the build "check" are compiled with -fsanitize=thread,bounds,
// alignment but linked without a sanitizer's runtime: these functions are that runtime.
#include <cstring>

#include "fault.h"
#include "race.h"
#include "shared_memory.h"

EMU_EXPORT void emu_misaligned_vector(const void* address, int alignment, const char* type) {
    using namespace emu;
    if (current_thread)
        fail(kMisaligned, "MISALIGNED", "a %s at %p needs an alignment of %d bytes, at %s", type, address, alignment,
             code_place(__builtin_return_address(0)).c_str());
}

#ifdef EMU_CHECK

namespace emu {

namespace {

constexpr AccessKind kRead = {false, false}, kWrite = {true, false};

void check(void* address, u32 bytes, AccessKind kind, const void* place) {
    check_access(static_cast<u8*>(address), bytes, kind, place);
}

void check_aligned(void* address, u32 bytes, AccessKind kind, const void* place) {
    if (current_thread && reinterpret_cast<u64>(address) % bytes)
        fail(kMisaligned, "MISALIGNED", "access of %u bytes at %p, at %s", bytes, address, code_place(place).c_str());
    check(address, bytes, kind, place);
}

// Volatile accesses of device memory count as atomic; those of shared memory as plain, because a warp's lanes do not
// run in step and need __syncwarp.
void check_volatile(void* address, u32 bytes, bool write, const void* place) {
    const bool atomic = current_thread && !is_shared(static_cast<u8*>(address));
    check(address, bytes, {write, atomic}, place);
}

void check_range(const void* address, size_t bytes, AccessKind kind, const void* place) {
    u8* p = static_cast<u8*>(const_cast<void*>(address));
    for (size_t done = 0; done < bytes;) {
        const u32 word = 4 - reinterpret_cast<u64>(p + done) % 4, step = bytes - done < word ? bytes - done : word;
        check_access(p + done, step, kind, place);
        done += step;
    }
}

struct SourceLocation {
    const char* file;
    u32 line, column;
};

} // namespace

} // namespace emu

#define PLACE __builtin_return_address(0)
#define HOOKS(N)                                                                                                       \
    EMU_EXPORT void __tsan_read##N(void* p) { emu::check_aligned(p, N, emu::kRead, PLACE); }                           \
    EMU_EXPORT void __tsan_write##N(void* p) { emu::check_aligned(p, N, emu::kWrite, PLACE); }                         \
    EMU_EXPORT void __tsan_unaligned_read##N(void* p) { emu::check(p, N, emu::kRead, PLACE); }                         \
    EMU_EXPORT void __tsan_unaligned_write##N(void* p) { emu::check(p, N, emu::kWrite, PLACE); }                       \
    EMU_EXPORT void __tsan_volatile_read##N(void* p) { emu::check_volatile(p, N, false, PLACE); }                      \
    EMU_EXPORT void __tsan_volatile_write##N(void* p) { emu::check_volatile(p, N, true, PLACE); }                      \
    EMU_EXPORT void __tsan_unaligned_volatile_read##N(void* p) { emu::check_volatile(p, N, false, PLACE); }            \
    EMU_EXPORT void __tsan_unaligned_volatile_write##N(void* p) { emu::check_volatile(p, N, true, PLACE); }
HOOKS(1)
HOOKS(2)
HOOKS(4)
HOOKS(8)
HOOKS(16)

EMU_EXPORT void __tsan_init() {}
EMU_EXPORT void* __tsan_memcpy(void* to, const void* from, size_t bytes) {
    emu::check_range(from, bytes, emu::kRead, PLACE);
    emu::check_range(to, bytes, emu::kWrite, PLACE);
    return memcpy(to, from, bytes);
}
EMU_EXPORT void* __tsan_memmove(void* to, const void* from, size_t bytes) {
    emu::check_range(from, bytes, emu::kRead, PLACE);
    emu::check_range(to, bytes, emu::kWrite, PLACE);
    return memmove(to, from, bytes);
}
EMU_EXPORT void* __tsan_memset(void* to, int value, size_t bytes) {
    emu::check_range(to, bytes, emu::kWrite, PLACE);
    return memset(to, value, bytes);
}

struct OutOfBounds {
    emu::SourceLocation location;
};
EMU_EXPORT void __ubsan_handle_out_of_bounds(OutOfBounds* data, u64 index) {
    emu::fail(emu::kIllegalAddress, "ARRAY INDEX", "index %lld is outside the declared array at %s:%u",
              static_cast<long long>(index), data->location.file, data->location.line);
}

struct TypeMismatch {
    emu::SourceLocation location;
    void* type;
    u8 log_alignment, kind;
};
EMU_EXPORT void __ubsan_handle_type_mismatch_v1(TypeMismatch* data, u64 address) {
    emu::fail(emu::kMisaligned, "MISALIGNED", "address 0x%llx needs an alignment of %d bytes at %s:%u",
              static_cast<unsigned long long>(address), 1 << data->log_alignment, data->location.file,
              data->location.line);
}

#endif
