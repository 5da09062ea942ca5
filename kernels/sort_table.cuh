// The launch constants of sort.cu, in one table; src/IadNative.Cuda/SortTable.cs repeats it for the host.
//
// Nothing here has been measured yet. What would have to be, on every architecture, stands beside each value.
#pragma once

// One block sorts what fits into 32 KB of shared memory, in which keys and payloads take turns: 8,192 pairs, with at most 64
// registers per thread. To measure: the time for n = 256 ... 8,192, against 512 threads of 16 pairs and against sort_pass.
constexpr int kSmallThreads = 1024;
constexpr int kSmallItems = 8;

// A block for few pairs has a thread for each of them, and at least one for each of the 256 digits. To measure: the same.
constexpr int kLeastSmallThreads = 256;

// A tile of a pass: 8,064 pairs, in 32 KB as well, so that what is published for its 256 digits is a small part of what it
// moves. CUB settled on these figures for pairs of 32 bits on compute capability 8.0, and on 23 items for 9.0. To measure:
// keys/s for n = 2^20 ... 2^26 with 256, 384 and 512 threads of 12 to 23 items, which trade registers for blocks at a time.
constexpr int kTileThreads = 384;
constexpr int kTileItems = 21;

// Counting digits: at most so many blocks for all segments together, each striding over keys; they fill 128 multiprocessors.
// To measure: the time of count_digits against that of reading the keys, above all where few digits occur, whose counters many
// lanes then want at once.
constexpr int kCountThreads = 256;
constexpr int kCountBlocks = 1024;
