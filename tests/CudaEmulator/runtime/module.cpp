#include "module.h"

#include <algorithm>
#include <cstring>
#include <dlfcn.h>
#include <link.h>

#include "fault.h"
#include "scheduler.h"

namespace emu {

namespace {

struct Range {
    u8 *low, *high;

    void add(u8* begin, size_t bytes) {
        low = low ? std::min(low, begin) : begin;
        high = std::max(high, begin + bytes);
    }
    bool contains(const void* address) const { return address >= low && address < high; }
};

struct Search { // for the loaded object that contains an address
    const void* address;
    Range all, code;
};

int look_at(dl_phdr_info* object, size_t, void* argument) {
    Search& search = *static_cast<Search*>(argument);
    Range all = {}, code = {};
    for (int i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr)& part = object->dlpi_phdr[i];
        if (part.p_type != PT_LOAD) continue;
        u8* begin = reinterpret_cast<u8*>(object->dlpi_addr + part.p_vaddr);
        all.add(begin, part.p_memsz);
        if (part.p_flags & PF_X) code.add(begin, part.p_memsz);
    }
    if (!all.contains(search.address)) return 0;
    search.all = all;
    search.code = code;
    return 1;
}

Search find_object(const void* address) {
    Search search = {address, {}, {}};
    dl_iterate_phdr(look_at, &search);
    return search;
}

const Range& emulator() {
    static const Range range = find_object(&current_thread).all;
    return range;
}

} // namespace

const u8* emulator_low() { return emulator().low; }
const u8* emulator_high() { return emulator().high; }

Module* load_module(const char* path) {
    void* handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    const void* table = handle ? dlsym(handle, "emu_kernel_table") : nullptr;
    if (!table) {
        fail(kInvalidImage, "MODULE", "%s", dlerror());
        return nullptr;
    }
    const Search object = find_object(table);
    return new Module{object.all.low,
                      object.all.high,
                      object.code.low,
                      object.code.high,
                      static_cast<const KernelTable*>(table),
                      path};
}

const Kernel* find_kernel(const Module& module, const char* name) {
    const Kernel *begin = module.table->kernels, *end = begin + module.table->count;
    const Kernel* found = std::find_if(begin, end, [&](const Kernel& k) { return strcmp(k.name, name) == 0; });
    return found == end ? nullptr : found;
}

} // namespace emu
