#include "shared_memory.h"

#include <cstring>

#include "memory.h"
#include "shadow.h"

namespace emu {

namespace {

u8* static_place;
size_t static_bytes;
Block* present;                // whose static shared memory is there
std::vector<u8*> spare_memory; // dynamic shared memory of finished blocks

} // namespace

void begin_shared_memory() {
    static_place = current_module->table->shared_begin;
    static_bytes = current_module->table->shared_end - static_place;
    present = nullptr;
    place_static_shadow(static_place, static_bytes);
}

void end_shared_memory() {
    for (u8* memory : spare_memory) release(reinterpret_cast<u64>(memory));
    spare_memory.clear();
}

void give_dynamic_shared(Block& block) {
    block.dynamic_shared = nullptr;
    if (current_shape.shared_bytes == 0) return;
    if (spare_memory.empty()) spare_memory.push_back(reinterpret_cast<u8*>(allocate(current_shape.shared_bytes)));
    block.dynamic_shared = spare_memory.back();
    spare_memory.pop_back();
    poison(block.dynamic_shared, current_shape.shared_bytes);
}

void take_dynamic_shared(Block& block) {
    if (block.dynamic_shared) spare_memory.push_back(block.dynamic_shared);
    block.dynamic_shared = nullptr;
}

bool is_shared(const u8* address) {
    return static_cast<size_t>(address - static_place) < static_bytes ||
           static_cast<size_t>(address - current_block->dynamic_shared) < current_shape.shared_bytes;
}

long offset_in_static_shared(const void* address) {
    const size_t offset = static_cast<const u8*>(address) - static_place;
    return offset < static_bytes ? static_cast<long>(offset) : -1;
}

void enter_static_shared(Block& block) {
    if (static_bytes == 0 || present == &block) return;
    if (present) {
        present->static_shared.assign(static_place, static_place + static_bytes);
        save_static_shadow(present->static_shadow);
    }
    if (block.static_shared.empty()) {
        poison(static_place, static_bytes);
    } else {
        memcpy(static_place, block.static_shared.data(), static_bytes);
        restore_static_shadow(block.static_shadow);
    }
    present = &block;
}

void leave_static_shared(const Block& block) {
    if (present == &block) present = nullptr;
}

} // namespace emu

EMU_EXPORT const void* emu_cluster_place(const void* place, int rank) {
    using namespace emu;
    const u32 blocks = current_kernel->cluster;
    const size_t offset = static_cast<const u8*>(place) - current_block->dynamic_shared;
    if (static_cast<u32>(rank) >= blocks || offset >= current_shape.shared_bytes)
        fail(kIllegalAddress, "CLUSTER", "%p in block %d of a cluster of %u is not in its dynamic shared memory", place, rank, blocks);
    const Block& other = block_of_cluster(*current_block, rank);
    if (other.live == 0)
        fail(kIllegalAddress, "CLUSTER", "the shared memory of block %u is read, which has finished", other.number);
    return other.dynamic_shared + offset;
}

EMU_EXPORT void* emu_dynamic_shared() { return emu::current_block->dynamic_shared; }
