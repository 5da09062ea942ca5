// Hardware faults of kernel code end the launch instead of the process: the handler changes the interrupted context, so
// that it continues in the scheduler. Signals that do not concern a running kernel go to whoever handled them before,
// such as the .NET runtime, which must have been there first. Handlers run on an alternate stack, because a fiber's may
// be what ran out.
//
// The watchdog is a timer of the launching thread's own CPU time. It ends a kernel only where that runs its own code;
// in the emulator's code, which may be in the middle of a change, it asks for an interruption at the next memory
// access.
#include "signals.h"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include "fault.h"
#include "fiber.h"
#include "scheduler.h"

namespace emu {

namespace {

const int kFaultSignals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE};
struct sigaction earlier[65];
bool installed;
pid_t launching_thread; // 0 while no kernel runs
timer_t timer;
bool has_timer;
volatile sig_atomic_t expired;

pid_t this_thread() { return static_cast<pid_t>(syscall(SYS_gettid)); }

int timer_signal() { return SIGRTMIN + 10; }

void* instruction(void* context) {
    return reinterpret_cast<void*>(static_cast<ucontext_t*>(context)->uc_mcontext.gregs[REG_RIP]);
}

void pass_on(int signal, siginfo_t* info, void* context) {
    const struct sigaction& before = earlier[signal];
    if (before.sa_flags & SA_SIGINFO)
        before.sa_sigaction(signal, info, context);
    else if (before.sa_handler != SIG_DFL && before.sa_handler != SIG_IGN)
        before.sa_handler(signal);
    else if (signal != timer_signal())
        ::signal(signal, SIG_DFL); // the instruction faults again and ends the process
}

void handle_fault(int signal, siginfo_t* info, void* context) {
    if (!current_thread || this_thread() != launching_thread) {
        pass_on(signal, info, context);
        return;
    }
    const std::string place = code_place(static_cast<u8*>(instruction(context)) + 1);
    const std::string at = ", at " + place;
    if (signal == SIGFPE) {
        end_launch_after_signal(context, kLaunchFailed, "DIVISION", "an integer was divided by zero" + at);
    } else if (signal == SIGILL) {
        end_launch_after_signal(context, kIllegalAddress, "ARRAY INDEX", "an access is outside its variable" + at);
    } else if (on_guard_page(*current_thread, info->si_addr)) {
        end_launch_after_signal(context, kLaunchFailed, "STACK OVERFLOW",
                                "a thread needs more than 64 KB of stack" + at);
    } else if (info->si_code == SI_KERNEL) { // the CPU gives no address for these
        end_launch_after_signal(context, kMisaligned, "MISALIGNED", "an address is misaligned, or none at all" + at);
    } else {
        end_launch_after_signal(context, kIllegalAddress, "ILLEGAL ADDRESS",
                                "access of " + describe_address(info->si_addr) + at);
    }
}

void handle_timer(int signal, siginfo_t* info, void* context) {
    if (this_thread() != launching_thread) {
        pass_on(signal, info, context);
        return;
    }
    expired = 1;
    interrupt_soon();
    const void* code = instruction(context);
    if (current_thread && code >= current_module->code_low && code < current_module->code_high)
        end_launch_after_signal(context, kTimeout, "TIMEOUT",
                                "the kernel ran for more than " + std::to_string(schedule.limit_ms) + " ms, at " +
                                    code_place(static_cast<const u8*>(code) + 1));
}

void install(int signal, void (*handler)(int, siginfo_t*, void*)) {
    struct sigaction action = {};
    action.sa_sigaction = handler;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
    sigaction(signal, &action, &earlier[signal]);
}

void install_handlers() {
    if (installed) return;
    installed = true;
    for (int signal : kFaultSignals) install(signal, handle_fault);
    install(timer_signal(), handle_timer);
}

void give_alternate_stack() {
    stack_t stack;
    sigaltstack(nullptr, &stack);
    if (!(stack.ss_flags & SS_DISABLE)) return;
    static thread_local u8 memory[64 << 10];
    stack = {memory, 0, sizeof memory};
    sigaltstack(&stack, nullptr);
}

void start_timer(u32 limit_ms) {
    sigevent event = {};
    event.sigev_notify = SIGEV_THREAD_ID;
    event.sigev_signo = timer_signal();
    event._sigev_un._tid = launching_thread;
    has_timer = limit_ms != 0 && timer_create(CLOCK_THREAD_CPUTIME_ID, &event, &timer) == 0;
    if (!has_timer) return;
    constexpr long again_ns = 10'000'000;
    const itimerspec times = {{0, again_ns}, {limit_ms / 1000, limit_ms % 1000 * 1'000'000}};
    timer_settime(timer, 0, &times, nullptr);
}

} // namespace

void begin_signals(u32 limit_ms) {
    install_handlers();
    give_alternate_stack();
    launching_thread = this_thread();
    expired = 0;
    start_timer(limit_ms);
}

void end_signals() {
    if (has_timer) timer_delete(timer);
    has_timer = false;
    launching_thread = 0;
}

bool time_is_up() { return expired != 0; }

} // namespace emu
