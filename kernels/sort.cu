// Sorts pairs of a 32-bit key and a 32-bit payload by key, ascending and stably, in independent segments of n pairs each: a
// radix sort from the lowest 8 bits of the keys to the highest, four passes.
//
//   Up to kSmallThreads * kSmallItems pairs, one block sorts a segment in one launch: sort_small.
//   More are sorted by count_digits, which counts all four digits of all keys, and four launches of sort_pass, each of which
//   moves every pair to its place by one digit (Adinets and Merrill, "Onesweep", 2022). The place of the j-th pair with digit d
//   in a tile is
//
//       keys with a lower digit  +  keys with digit d in the tiles before  +  j
//
//   The first term is known from the counts. For the second, a tile publishes its own count of each digit at once and looks back
//   at the tiles before it, adding up what it finds until one knows its sum (Merrill and Garland, "Single-pass Parallel Prefix
//   Scan with Decoupled Look-back", 2016). Tiles are numbered in the order in which blocks begin, so a block only ever waits
//   for blocks that run, however few the device can hold.
//
// Scores are sorted by the key whose unsigned order is theirs: all bits of a negative number flipped, the sign bit of others set.
// Before that, -0 becomes +0. NaN has no place in this order, so a segment that has one is flagged before its first pass; its
// pairs are still permuted, nobody can say how.
//
// n is at most 2^30 - 1; segments times n may be more than 2^32.
#include "sort_table.cuh"
#include "sort_tile.cuh"

struct SortArgs {
    const float* scores;      // segments x stride: what is sorted; null: keys are
    const unsigned* keys;     // segments x stride
    const unsigned* payload;  // segments x stride; null: a pair's index in its segment
    unsigned* sorted_keys;    // segments x count
    unsigned* sorted_payload; // segments x count
    int* has_nan;             // segments: whether a score is NaN
    unsigned* counts;         // segments x 4 x 256: keys with each digit of each pass; all 0 before count_digits
    unsigned* states;         // segments x tiles x 256, all 0 before a pass
    int* tickets;             // segments: tiles begun, 0 before a pass
    long long stride;
    int count; // n
    int tiles; // ceil(n / (kTileThreads * kTileItems))
    int shift; // of the pass: 0, 8, 16, 24
};

static __device__ unsigned key_of(float score) {
    const unsigned bits = __float_as_uint(score), number = bits == 0x80000000u ? 0u : bits;
    return number ^ ((unsigned)((int)number >> 31) | 0x80000000u);
}

// The key of a pair, and whether it comes from NaN.
static __device__ __forceinline__ unsigned load_key(const SortArgs& a, int segment, int i, bool& is_nan) {
    const long long place = segment * a.stride + i;
    if (!a.scores) return a.keys[place];
    const float score = a.scores[place];
    is_nan |= isnan(score);
    return key_of(score);
}

static __device__ __forceinline__ unsigned load_payload(const SortArgs& a, int segment, int i) {
    return a.payload ? a.payload[segment * a.stride + i] : (unsigned)i;
}

// Pads a tile: behind all pairs, and with the largest key, so that it stays there.
constexpr unsigned kPadding = 0xffffffffu;

// Brings the values of a tile into the order of their ranks. What was in shared memory may still be in use when it is called,
// and is again when it returns.
static __device__ __forceinline__ void exchange(unsigned* shared, unsigned (&values)[kSmallItems],
                                                const unsigned (&ranks)[kSmallItems], int rounds) {
    const int first = first_in_tile(rounds);
    __syncthreads();
#pragma unroll
    for (int r = 0; r < kSmallItems; r++)
        if (r < rounds) shared[ranks[r]] = values[r];
    __syncthreads();
#pragma unroll
    for (int r = 0; r < kSmallItems; r++)
        if (r < rounds) values[r] = shared[first + r * 32];
}

// Launch: grid (1, segments), block a multiple of 32 from kLeastSmallThreads to kSmallThreads, n at most kSmallItems times that.
extern "C" __global__ void __launch_bounds__(kSmallThreads) sort_small(const SortArgs a) {
    static_assert(kDigits / 32 <= kSmallItems, "the counters must fit");
    __shared__ unsigned shared[kSmallThreads * kSmallItems]; // in turn: the warps' counters, keys, payloads
    const int segment = blockIdx.y, digit = threadIdx.x, threads = blockDim.x, warps = threads / 32;
    const int rounds = (a.count + threads - 1) / threads, first = first_in_tile(rounds);
    unsigned keys[kSmallItems], payload[kSmallItems], ranks[kSmallItems];
    bool is_nan = false;
#pragma unroll
    for (int r = 0; r < kSmallItems; r++) {
        const int i = first + r * 32;
        const bool valid = r < rounds && i < a.count;
        keys[r] = valid ? load_key(a, segment, i, is_nan) : kPadding;
        payload[r] = valid ? load_payload(a, segment, i) : 0u;
    }
    const int has_nan = __syncthreads_or(is_nan);
    if (threadIdx.x == 0) a.has_nan[segment] = has_nan;

    for (int shift = 0; shift < 32; shift += 8) {
        count_digits_of_warp(shared, keys, rounds, shift);
        __syncthreads();
        const unsigned before = (unsigned)sum_before_digit(digit < kDigits ? count_in_tile(shared, warps, digit) : 0u);
        if (digit < kDigits) turn_counts_to_places(shared, warps, digit, before);
        __syncthreads();
        rank_in_tile(shared, keys, rounds, shift, ranks);
        exchange(shared, keys, ranks, rounds);
        exchange(shared, payload, ranks, rounds);
        __syncthreads(); // the next pass counts where the payloads were
    }

#pragma unroll
    for (int r = 0; r < kSmallItems; r++) {
        const int i = first + r * 32;
        if (r >= rounds || i >= a.count) break;
        a.sorted_keys[(long long)segment * a.count + i] = keys[r];
        a.sorted_payload[(long long)segment * a.count + i] = payload[r];
    }
}

// Launch: grid (blocks, segments) with any number of blocks, block kCountThreads.
extern "C" __global__ void __launch_bounds__(kCountThreads) count_digits(const SortArgs a) {
    __shared__ unsigned counts[4 * kDigits];
    const int segment = blockIdx.y;
    for (int i = threadIdx.x; i < 4 * kDigits; i += kCountThreads) counts[i] = 0;
    __syncthreads();
    bool is_nan = false;
    for (long long i = (long long)blockIdx.x * kCountThreads + threadIdx.x; i < a.count;
         i += (long long)gridDim.x * kCountThreads) {
        const unsigned key = load_key(a, segment, (int)i, is_nan);
#pragma unroll
        for (int pass = 0; pass < 4; pass++) atomicAdd(&counts[pass * kDigits + digit_of(key, 8 * pass)], 1u);
    }
    if (is_nan) atomicExch(&a.has_nan[segment], 1);
    __syncthreads();
    for (int i = threadIdx.x; i < 4 * kDigits; i += kCountThreads)
        if (counts[i]) atomicAdd(&a.counts[(long long)segment * 4 * kDigits + i], counts[i]);
}

// What a tile tells the tiles after it of a digit, in one word, so that no fence is needed: nothing yet, its own count, or the
// count of itself and all tiles before it.
constexpr unsigned kOwnCount = 1u << 30, kSum = 2u << 30, kCountBits = (1u << 30) - 1u;

// Of the tiles before this one, the keys with a digit. states: those of this digit, one of each tile, 256 apart.
static __device__ unsigned look_back(const unsigned* states, int tile) {
    unsigned sum = 0;
    for (int t = tile - 1; t >= 0;) {
        const unsigned state = *(const volatile unsigned*)&states[(long long)t * kDigits];
        if (state & (kOwnCount | kSum)) {
            sum += state & kCountBits;
            if (state & kSum) break;
            t--;
        } else {
            SPIN_PAUSE();
        }
    }
    return sum;
}

// Launch: grid (tiles, segments), block kTileThreads. A multiprocessor shall hold two blocks: left alone, ptxas 11.8 takes 168
// registers and a stack for compute capability 7.x, which lets it hold one; 80 without a stack do.
extern "C" __global__ void __launch_bounds__(kTileThreads, 2) sort_pass(const SortArgs a) {
    constexpr int kWarps = kTileThreads / 32, kTile = kTileThreads * kTileItems;
    static_assert(kTileThreads >= kDigits, "a thread for each digit");
    static_assert(kWarps * kDigits <= kTile, "the counters must fit");
    __shared__ unsigned shared[kTile];    // in turn: the warps' counters, keys, payloads
    __shared__ unsigned offsets[kDigits]; // from a rank in the tile to a place in the segment
    __shared__ int ticket;
    const int segment = blockIdx.y, digit = threadIdx.x;
    if (threadIdx.x == 0) ticket = atomicAdd(&a.tickets[segment], 1);
    __syncthreads();
    const int tile = ticket, start = tile * kTile, pairs = min(a.count - start, kTile), first = first_in_tile(kTileItems);
    const long long segment_start = (long long)segment * a.count;

    unsigned keys[kTileItems], ranks[kTileItems];
    bool is_nan = false;
#pragma unroll
    for (int r = 0; r < kTileItems; r++) {
        const int i = first + r * 32;
        keys[r] = i < pairs ? load_key(a, segment, start + i, is_nan) : kPadding;
    }
    count_digits_of_warp(shared, keys, kTileItems, a.shift);
    __syncthreads();

    unsigned* states = a.states + (long long)segment * a.tiles * kDigits + digit;
    volatile unsigned* state = states + (long long)tile * kDigits;
    unsigned in_tile = 0; // padding included, which is in the last tile alone, to which none looks back
    unsigned long long both = 0;
    if (digit < kDigits) {
        in_tile = count_in_tile(shared, kWarps, digit);
        *state = (tile == 0 ? kSum : kOwnCount) | in_tile;
        both = (unsigned long long)a.counts[(segment * 4ll + a.shift / 8) * kDigits + digit] << 32 | in_tile;
    }
    both = sum_before_digit(both); // of the segment in the high word, of the tile in the low
    if (digit < kDigits) {
        turn_counts_to_places(shared, kWarps, digit, (unsigned)both);
        offsets[digit] = (unsigned)(both >> 32) - (unsigned)both;
    }
    __syncthreads();
    rank_in_tile(shared, keys, kTileItems, a.shift, ranks);
    __syncthreads();

#pragma unroll
    for (int r = 0; r < kTileItems; r++) shared[ranks[r]] = keys[r];
    if (digit < kDigits) {
        const unsigned before = look_back(states, tile);
        if (tile > 0) *state = kSum | (before + in_tile);
        offsets[digit] += before;
    }
    __syncthreads();
    unsigned places[kTileItems];
#pragma unroll
    for (int k = 0; k < kTileItems; k++) {
        const int i = threadIdx.x + k * kTileThreads;
        if (i >= pairs) break;
        const unsigned key = shared[i];
        places[k] = offsets[digit_of(key, a.shift)] + i;
        a.sorted_keys[segment_start + places[k]] = key;
    }
    __syncthreads();
#pragma unroll
    for (int r = 0; r < kTileItems; r++) {
        const int i = first + r * 32;
        if (i < pairs) shared[ranks[r]] = load_payload(a, segment, start + i);
    }
    __syncthreads();
#pragma unroll
    for (int k = 0; k < kTileItems; k++) {
        const int i = threadIdx.x + k * kTileThreads;
        if (i >= pairs) break;
        a.sorted_payload[segment_start + places[k]] = shared[i];
    }
}
