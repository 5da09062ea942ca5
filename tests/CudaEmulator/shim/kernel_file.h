// Ends a generated source that first includes a kernel file and then lists its kernels:
//
//   #include "adam.cu"
//   #include "kernel_file.h"
//   EMU_KERNELS(EMU_KERNEL(adam_step), EMU_CLUSTER_KERNEL(chain_cluster, kBlocks), EMU_KERNEL(...))
#pragma once
#include "kernel_table.h"

namespace emu {

template <auto kernel> struct Entry;

template <class Argument, void (*kernel)(Argument)> struct Entry<kernel> {
    static constexpr unsigned bytes = sizeof(Argument);
    static __attribute__((no_sanitize("thread"))) void invoke(const void* argument) {
        kernel(*static_cast<const Argument*>(argument));
    }
};

} // namespace emu

extern "C" {
__attribute__((weak, visibility("hidden"))) extern unsigned char __start_emu_shared[], __stop_emu_shared[];
}

#define EMU_KERNEL(name) EMU_CLUSTER_KERNEL(name, 1)
#define EMU_CLUSTER_KERNEL(name, blocks)                                                                               \
    { #name, emu::Entry < &name> ::invoke, emu::Entry < &name> ::bytes, blocks }
#define EMU_KERNELS(...)                                                                                               \
    static const emu::Kernel emu_kernels[] = {__VA_ARGS__};                                                            \
    extern "C" __attribute__((visibility("default"))) const emu::KernelTable emu_kernel_table = {                      \
        emu_kernels, sizeof emu_kernels / sizeof emu_kernels[0], __start_emu_shared, __stop_emu_shared};
