// Each access is checked for bounds, for reading what nobody wrote, and against the earlier accesses of the same words:
// two accesses, one of them a write and not both atomic, that no rule of ordering.h puts in order are a race, whether
// or not this schedule gave the right result.
#include "race.h"

#include "fault.h"
#include "fiber.h"
#include "ordering.h"
#include "scheduler.h"
#include "shadow.h"
#include "shared_memory.h"

namespace emu {

namespace {

const char* name_of(AccessKind kind) { return kind.atomic ? "atomic" : kind.write ? "write" : "read"; }

void report_race(const u8* address, AccessKind kind, const Access& earlier, bool earlier_writes, const void* place) {
    if (!report_once(place, "RACE")) return;
    const u32 other = earlier.thread - 1;
    const AccessKind earlier_kind = {earlier_writes, earlier.atomic};
    report(kLaunchFailed, "RACE", "%s of %s memory (%s) at %s is not ordered after the %s by block %u, thread %u",
           name_of(kind), is_shared(address) ? "shared" : "device", describe_address(address).c_str(),
           code_place(place).c_str(), name_of(earlier_kind), other / 1024, other % 1024);
}

void check_word(const u8* address, Word& word, u8 bytes, AccessKind kind, const void* place) {
    const auto conflicts = [&](const Access& earlier) {
        return (earlier.bytes & bytes) && !(earlier.atomic && kind.atomic) && !happened_before(earlier);
    };
    for (Access* write : {&word.write, &word.atomic}) {
        if (!conflicts(*write)) continue;
        report_race(address, kind, *write, true, place);
        write->thread = 0;
    }
    if (kind.write) {
        for (Access& read : word.reads) {
            if (conflicts(read)) report_race(address, kind, read, false, place);
            if ((read.bytes & ~bytes) == 0) read.thread = 0;
        }
        (kind.atomic ? word.atomic : word.write) = stamp(bytes, kind.atomic);
    } else {
        // A read that came before this one may be forgotten: whatever is ordered after this one is ordered after that.
        Access& slot = happened_before(word.reads[0]) ? word.reads[0] : word.reads[1];
        slot = stamp(bytes, kind.atomic);
    }
}

void check_content(u8* address, u32 bytes, Content* contents, AccessKind kind, const void* place) {
    bool unwritten = false;
    for (u32 i = 0; i < bytes; i++) {
        if (contents[i] == Content::kUnallocated)
            fail(kIllegalAddress, "OUT OF BOUNDS", "%s of %u bytes at %s, at %s", name_of(kind), bytes,
                 describe_address(address).c_str(), code_place(place).c_str());
        unwritten |= contents[i] == Content::kUnwritten;
    }
    if (unwritten && (!kind.write || kind.atomic) && report_once(place, "UNINITIALISED"))
        report(kLaunchFailed, "UNINITIALISED", "%s of %u bytes that nobody has written, %s memory at %s, at %s",
               name_of(kind), bytes, is_shared(address) ? "shared" : "device", describe_address(address).c_str(),
               code_place(place).c_str());
    mark(address, bytes, Content::kWritten);
}

bool in_module(const u8* address) { return address >= current_module->low && address < current_module->high; }

bool in_emulator(const u8* address) { return address >= emulator_low() && address < emulator_high(); }

} // namespace

void check_access(u8* address, u32 bytes, AccessKind kind, const void* place) {
    if (!current_thread) return;
    const Shadow* shadow = shadow_of(address);
    if (!shadow) {
        if (on_stack(*current_thread, address) || in_module(address) || in_emulator(address)) return;
        fail(kIllegalAddress, "WILD ADDRESS", "%s of %u bytes at %p, which is no device memory, at %s", name_of(kind),
             bytes, static_cast<void*>(address), code_place(place).c_str());
        return;
    }
    const size_t offset = address - shadow->memory;
    check_content(address, bytes, shadow->contents + offset, kind, place);
    if (kind.atomic)
        order_by_atomic(address, kind.write);
    else
        current_thread->spun = false;
    for (u32 done = 0; done < bytes;) {
        const u32 first = (offset + done) % 4, count = bytes - done < 4 - first ? bytes - done : 4 - first;
        const u8 mask = ((1u << count) - 1) << first;
        check_word(address + done, shadow->words[(offset + done) / 4], mask, kind, place);
        done += count;
    }
    interrupt_now_and_then();
}

void check_end(const Block& block) {
    const Shadow* shadow = block.dynamic_shared ? shadow_of(block.dynamic_shared) : nullptr;
    if (!shadow) return;
    const size_t first = block.dynamic_shared - shadow->memory;
    for (size_t offset = 0; offset < current_shape.shared_bytes; offset += 4) {
        const Word& word = shadow->words[(first + offset) / 4];
        for (const Access* access : {&word.write, &word.atomic, &word.reads[0], &word.reads[1]}) {
            if (happened_before_end(*access, block)) continue;
            const u32 other = access->thread - 1;
            report(kLaunchFailed, "CLUSTER",
                   "block %u may end before block %u, thread %u, accesses byte %zu of its shared memory", block.number,
                   other / 1024, other % 1024, offset);
            return;
        }
    }
}

} // namespace emu
