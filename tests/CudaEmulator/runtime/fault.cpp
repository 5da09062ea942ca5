#include "fault.h"

#include <cstdarg>
#include <cstdio>
#include <set>
#include <utility>

#include "fiber.h"
#include "memory.h"
#include "shared_memory.h"

namespace emu {

namespace {

constexpr int kMostReports = 10;
std::string text;
int reports;
int first_status;
bool ended;
std::set<std::pair<const void*, const char*>> reported;

void note(Status status, const char* kind, const std::string& what) {
    if (reports++ == 0) first_status = status;
    text += text.empty() ? "" : "\n";
    text += std::string(kind) + ": " + what;
    if (!current_thread) return;
    const uint3 b = current_block->index, t = current_thread->index;
    char place[256];
    snprintf(place, sizeof place, " [kernel %s, block (%u,%u,%u), thread (%u,%u,%u)]", current_kernel->name, b.x, b.y,
             b.z, t.x, t.y, t.z);
    text += place;
}

void end_launch() {
    if (!current_thread) return;
    ended = true;
    give_turn_back();
}

std::string print(const char* format, va_list arguments) {
    char line[2048];
    vsnprintf(line, sizeof line, format, arguments);
    return line;
}

} // namespace

void clear_faults() {
    text.clear();
    reports = 0;
    first_status = kSuccess;
    ended = false;
    reported.clear();
}

int fault_status() { return first_status; }

const std::string& fault_text() { return text; }

bool launch_ended() { return ended; }

void report(Status status, const char* kind, const char* format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const std::string what = print(format, arguments);
    va_end(arguments);
    note(status, kind, what);
    if (reports > kMostReports) end_launch();
}

bool report_once(const void* place, const char* kind) { return reported.insert({place, kind}).second; }

void fail(Status status, const char* kind, const char* format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const std::string what = print(format, arguments);
    va_end(arguments);
    note(status, kind, what);
    end_launch();
}

void end_launch_after_signal(void* context, Status status, const char* kind, const std::string& what) {
    note(status, kind, what);
    ended = true;
    abandon_after_signal(context);
}

std::string code_place(const void* return_address) {
    const u8* call = static_cast<const u8*>(return_address) - 1;
    if (!current_module || call < current_module->low || call >= current_module->high) return "<outside the kernel>";
    char offset[32];
    snprintf(offset, sizeof offset, "+0x%zx>", static_cast<size_t>(call - current_module->low));
    return "<" + current_module->path + offset;
}

std::string describe_address(const void* address) {
    const auto place = reinterpret_cast<u64>(address);
    const Allocation* nearest = nearest_allocation(place);
    char words[160];
    if (const long offset = offset_in_static_shared(address); offset >= 0)
        snprintf(words, sizeof words, "%p, at byte %ld of the static shared memory", address, offset);
    else if (!nearest)
        snprintf(words, sizeof words, "%p, far from any allocation", address);
    else if (place < nearest->address)
        snprintf(words, sizeof words, "%p, %zu bytes before an allocation of %zu bytes", address,
                 static_cast<size_t>(nearest->address - place), nearest->bytes);
    else if (place >= nearest->address + nearest->bytes)
        snprintf(words, sizeof words, "%p, %zu bytes past the end of an allocation of %zu bytes", address,
                 static_cast<size_t>(place - nearest->address - nearest->bytes), nearest->bytes);
    else
        snprintf(words, sizeof words, "%p, at byte %zu of an allocation of %zu bytes", address,
                 static_cast<size_t>(place - nearest->address), nearest->bytes);
    return words;
}

} // namespace emu
