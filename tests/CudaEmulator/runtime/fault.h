// What is found wrong becomes a line of text and a status, CUDA's own where it has one; the process lives on.
#pragma once

#include "machine.h"

namespace emu {

enum Status : int {
    kSuccess = 0,
    kInvalidValue = 1,
    kOutOfMemory = 2,
    kInvalidImage = 200,
    kNotFound = 500,
    kIllegalAddress = 700,
    kTimeout = 702,
    kMisaligned = 716,
    kLaunchFailed = 719,
};

// Forgets what was found before.
void clear_faults();
// The first fault's status since then, and all of them in words.
int fault_status();
const std::string& fault_text();

// Notes a fault and goes on, up to ten times; the next one ends the launch.
__attribute__((format(printf, 3, 4))) void report(Status status, const char* kind, const char* format, ...);
// Whether a fault of this kind at this place of the code is the first since clear_faults.
bool report_once(const void* place, const char* kind);
// Notes a fault and ends the launch if one is running; it returns only outside of one.
__attribute__((format(printf, 3, 4))) void fail(Status status, const char* kind, const char* format, ...);
// Whether a fault has ended the running launch.
bool launch_ended();
// Ends the running launch from a signal handler.
void end_launch_after_signal(void* context, Status status, const char* kind, const std::string& text);

// A place in the code, to be turned into file and line by whoever prints the message: <library+0x123>.
std::string code_place(const void* return_address);
// The allocation that an address lies in or near to, in words.
std::string describe_address(const void* address);

} // namespace emu
