// A switch pushes the registers that a call preserves, exchanges stack pointers and pops the other side's: about 5 ns.
// It ends in a jump instead of a return, because the CPU's return predictor cannot know another stack's caller.
#include "fiber.h"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <sys/mman.h>
#include <ucontext.h>

asm(R"(
.text
.type emu_switch, @function
emu_switch:                     # (void** save rdi, void* target rsi)
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, (%rdi)
emu_continue:                   # (void* target rsi)
    movq %rsi, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    popq %rcx
    jmpq *%rcx
.size emu_switch, . - emu_switch
)");
extern "C" __attribute__((visibility("hidden"))) void emu_switch(void** save, void* target);
extern "C" __attribute__((visibility("hidden"))) void emu_continue();

namespace emu {

namespace {

constexpr size_t kStack = 64 << 10, kGuard = 4096;
constexpr int kSavedRegisters = 6;
void* scheduler_stack_pointer;
std::vector<u8*> free_stacks;

u8* take_stack() {
    if (free_stacks.empty()) {
        constexpr size_t batch = 256;
        void* memory = mmap(nullptr, batch * (kGuard + kStack), PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (memory == MAP_FAILED) {
            perror("CUDA emulator: no memory for stacks");
            abort();
        }
        for (size_t i = batch; i-- > 0;) {
            u8* guard = static_cast<u8*>(memory) + i * (kGuard + kStack);
            mprotect(guard, kGuard, PROT_NONE);
            free_stacks.push_back(guard + kGuard);
        }
    }
    u8* stack = free_stacks.back();
    free_stacks.pop_back();
    return stack;
}

} // namespace

void start_fiber(Thread& thread, void (*entry)()) {
    thread.stack_low = take_stack();
    thread.stack_top = thread.stack_low + kStack;
    // Neighbouring threads start at different offsets, so that their locals do not share cache sets.
    void** top = reinterpret_cast<void**>(thread.stack_top - 256 - thread.number % 31 * 128);
    *--top = nullptr; // entry's return address
    *--top = reinterpret_cast<void*>(entry);
    for (int i = 0; i < kSavedRegisters; i++) *--top = nullptr;
    thread.stack_pointer = top;
}

void release_stack(Thread& thread) { free_stacks.push_back(thread.stack_low); }

bool on_stack(const Thread& thread, const void* address) {
    return address >= thread.stack_low && address < thread.stack_top;
}

bool on_guard_page(const Thread& thread, const void* address) {
    return address >= thread.stack_low - kGuard && address < thread.stack_low;
}

void resume(Thread& thread) { emu_switch(&scheduler_stack_pointer, thread.stack_pointer); }

void give_turn_back() { emu_switch(&current_thread->stack_pointer, scheduler_stack_pointer); }

void abandon_after_signal(void* context) {
    auto& registers = static_cast<ucontext_t*>(context)->uc_mcontext.gregs;
    registers[REG_RSI] = reinterpret_cast<greg_t>(scheduler_stack_pointer);
    registers[REG_RIP] = reinterpret_cast<greg_t>(&emu_continue);
}

} // namespace emu
