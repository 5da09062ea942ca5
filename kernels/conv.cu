// 5x5 convolution that keeps the size of an image: stride 1, two zeros of padding on every side.
//
//   forward          out[s][o][y][x]  = leaky(b[o] + sum_{i,ky,kx} w[o][i][ky][kx] in[s][i][y + ky - 2][x + kx - 2])
//   input gradient   din[s][i][y][x]  = sum_{o,ky,kx} w[o][i][ky][kx] dout[s][o][y - ky + 2][x - kx + 2]
//   weight gradient  dw[o][i][ky][kx] = sum_{s,y,x} dout[s][o][y][x] in[s][i][y + ky - 2][x + kx - 2]
//                                     = sum_{s,y,x} in[s][i][y][x] dout[s][o][y - ky + 2][x - kx + 2]
//
// The input gradient is the forward sum with its channels exchanged and its kernels turned by 180 degrees. Images are
// samples x channels x height x width per replica, weights out_channels x in_channels x 25. Where doubled is 1, in is
// stored at half the height and width, and in[y][x] is pixel [y / 2][x / 2] of that: nearest-neighbour upsampling.
//
// A block takes a tile: so many quads of four pixels in a row, so many rows, so many samples, which the host chooses so
// that little of it lies outside of the images (ConvTile.cs). A tile lies in shared memory with its border, a channel
// at a time in the first three kernels. A load of 16 bytes from there serves many multiplications:
//
//   convolve                4 pixels x 8 outputs a thread; in the loop over ky 160 FFMA for 12 loads
//   convolve_4              4 pixels x 4 outputs, where 8 would be more than are wanted; 80 FFMA for 7 loads
//   convolve_1              8 pixels x 1 output; in the loop over channels 200 FFMA for 23 loads, 4 of them to fill a tile
//   conv_weight_gradient    5 taps x 8 channels a thread; in the loop over quads 160 FFMA for 10 loads
//   conv_weight_gradient_4  5 taps x 4 channels; 80 FFMA for 6 loads
//
// bench/results/convolution-sass-2026-11.md has what the compiler makes of them.
#include "activation.cuh"
#include "common.cuh"

// Threads of a block at most, and blocks that a multiprocessor has registers for: below compute capability 7.5 the
// compiler takes more of them.
static const int kThreads = 256;
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ < 750
static const int kBlocks = 2;
#else
static const int kBlocks = 3;
#endif

static const int kSide = 5, kTaps = kSide * kSide, kBorder = kSide / 2, kQuad = 4;

// Division by a number that only the launch knows: n / d = n ceil(2^20 / d) / 2^20 where n < 4096 and n d <= 2^20, since
// what is rounded up then makes less than 1 / d of a difference.
struct Divisor {
    int divisor;
    unsigned factor;

    __device__ __forceinline__ explicit Divisor(int d) : divisor(d), factor((0xfffffu + d) / d) {}

    __device__ __forceinline__ int quotient(int n) const { return (unsigned)n * factor >> 20; }
};

// Four numbers in one load.
static __device__ __forceinline__ void load_quad(float* to, const float* from) {
    const float4 quad = *reinterpret_cast<const float4*>(from);
    to[0] = quad.x, to[1] = quad.y, to[2] = quad.z, to[3] = quad.w;
}

static __device__ __forceinline__ bool is_aligned(const float* address) { return ((size_t)address & 15) == 0; }

struct ConvolveArgs {
    const float* input;
    const float* weight;
    const float* bias; // null: 0
    float* output;
    long long input_stride; // 0: one input for all replicas
    long long weight_stride;
    long long bias_stride;
    long long output_stride;
    int in_channels;
    int out_channels;
    int height;
    int width;
    int samples;
    int doubled;
    int turned; // 1 for the input gradient: input is dout, in_channels are the layer's outputs
    int tile_quads;
    int tile_rows; // a multiple of the rows of a thread
    int tile_samples;
    float slope;
};

// Most pixels of a tile with its border; of those, how many a thread fetches at a time.
static const int kHalo = 2560, kLoads = 4;

// Adds one input channel to 4 pixels of kOutputs outputs. halo is the first of the 5 x 8 pixels that they see, weights
// are taps x kOutputs.
template <int kOutputs>
static __device__ __forceinline__ void add_channel(float (&sums)[1][kOutputs][kQuad], const float* halo, int halo_width,
                                                   const float* weights) {
#pragma unroll 1
    for (int ky = 0; ky < kSide; ky++) {
        float in[2 * kQuad];
        load_quad(in, halo);
        load_quad(in + kQuad, halo + kQuad);
#pragma unroll
        for (int kx = 0; kx < kSide; kx++) {
#pragma unroll
            for (int o = 0; o < kOutputs; o += 4) {
                float weight[4];
                load_quad(weight, weights + kx * kOutputs + o);
#pragma unroll
                for (int n = 0; n < 4; n++)
#pragma unroll
                    for (int p = 0; p < kQuad; p++) sums[0][o + n][p] = fmaf(weight[n], in[kx + p], sums[0][o + n][p]);
            }
        }
        halo += halo_width;
        weights += kSide * kOutputs;
    }
}

// The same for one output of several rows, whose pixels see the same rows of the input.
template <int kRows>
static __device__ __forceinline__ void add_channel(float (&sums)[kRows][1][kQuad], const float* halo, int halo_width,
                                                   const float* weights) {
    float weight[kTaps + 3];
#pragma unroll
    for (int tap = 0; tap < kTaps; tap += 4) load_quad(weight + tap, weights + tap);
#pragma unroll
    for (int row = 0; row < kRows + kSide - 1; row++) {
        float in[2 * kQuad];
        load_quad(in, halo + row * halo_width);
        load_quad(in + kQuad, halo + row * halo_width + kQuad);
#pragma unroll
        for (int r = 0; r < kRows; r++) {
            const int ky = row - r;
            if (ky < 0 || ky >= kSide) continue;
#pragma unroll
            for (int kx = 0; kx < kSide; kx++)
#pragma unroll
                for (int p = 0; p < kQuad; p++)
                    sums[r][0][p] = fmaf(weight[ky * kSide + kx], in[kx + p], sums[r][0][p]);
        }
    }
}

// kRows x 4 pixels of kOutputs outputs a thread.
template <int kOutputs, int kRows> static __device__ __forceinline__ void convolve_tile(const ConvolveArgs& a) {
    __shared__ __align__(16) float halo[kHalo];
    __shared__ int places[kHalo];
    constexpr int kWeights = (kTaps * kOutputs + 3) / 4 * 4;
    __shared__ __align__(16) float weights[kWeights]; // taps x outputs
    const int tile_width = a.tile_quads * kQuad, halo_width = tile_width + kQuad, halo_rows = a.tile_rows + 2 * kBorder;
    const int tiles_x = (a.width + tile_width - 1) / tile_width;
    const int tiles = tiles_x * ((a.height + a.tile_rows - 1) / a.tile_rows);
    const int tile = blockIdx.x % tiles, first_output = blockIdx.x / tiles * kOutputs;
    const int top = tile / tiles_x * a.tile_rows, left = tile % tiles_x * tile_width;
    const int first_sample = blockIdx.y * a.tile_samples, replica = blockIdx.z, threads = blockDim.x;
    const int pixels = a.height * a.width, input_pixels = pixels >> 2 * a.doubled;
    const float* weight = a.weight + replica * a.weight_stride;
    const float* input = a.input + replica * a.input_stride + (long long)first_sample * a.in_channels * input_pixels;

    // Where the pixels of the tile lie in every channel; below 0 outside of the images. A thread finds those it loads.
    const int halo_size = halo_width * halo_rows * a.tile_samples;
    const Divisor by_width(halo_width), by_rows(halo_rows);
    for (int t = threadIdx.x; t < halo_size; t += threads) {
        const int line = by_width.quotient(t), s = by_rows.quotient(line);
        const int y = top + line - s * halo_rows - kBorder, x = left + t - line * halo_width - kBorder;
        const bool inside = first_sample + s < a.samples && y >= 0 && y < a.height && x >= 0 && x < a.width;
        const int plane = s * a.in_channels * input_pixels;
        places[t] = inside ? plane + (y >> a.doubled) * (a.width >> a.doubled) + (x >> a.doubled) : -1;
    }

    // The pixels that it computes.
    const int line = Divisor(a.tile_quads).quotient(threadIdx.x), quad = threadIdx.x - line * a.tile_quads;
    const int lines = a.tile_rows / kRows, s = Divisor(lines).quotient(line), row = (line - s * lines) * kRows;
    const int sample = first_sample + s, y = top + row, x = left + quad * kQuad;
    const bool computes = s < a.tile_samples && sample < a.samples && y < a.height && x < a.width;
    const int seen = (s * halo_rows + row) * halo_width + quad * kQuad;

    float sums[kRows][kOutputs][kQuad];
#pragma unroll
    for (int o = 0; o < kOutputs; o++) {
        const bool has_bias = a.bias && first_output + o < a.out_channels;
        const float bias = has_bias ? a.bias[replica * a.bias_stride + first_output + o] : 0.f;
#pragma unroll
        for (int r = 0; r < kRows; r++)
#pragma unroll
            for (int p = 0; p < kQuad; p++) sums[r][o][p] = bias;
    }
    for (int i = 0; i < a.in_channels; i++) {
        __syncthreads(); // the channel before has been read
        const float* channel = input + (long long)i * input_pixels;
#pragma unroll 1
        for (int first = threadIdx.x; first < halo_size; first += kLoads * threads) {
            float values[kLoads];
#pragma unroll
            for (int n = 0; n < kLoads; n++) {
                const int t = first + n * threads, place = t < halo_size ? places[t] : -1;
                values[n] = place >= 0 ? channel[place] : 0.f;
            }
#pragma unroll
            for (int n = 0; n < kLoads; n++)
                if (first + n * threads < halo_size) halo[first + n * threads] = values[n];
        }
#pragma unroll 1
        for (int t = threadIdx.x; t < kWeights; t += threads) {
            const int tap = t / kOutputs, o = first_output + t % kOutputs;
            const long long place = a.turned ? ((long long)i * a.out_channels + o) * kTaps + kTaps - 1 - tap
                                             : ((long long)o * a.in_channels + i) * kTaps + tap;
            weights[t] = tap < kTaps && o < a.out_channels ? weight[place] : 0.f;
        }
        __syncthreads();
        if (computes) add_channel(sums, halo + seen, halo_width, weights);
    }
    if (!computes) return;

    float* output =
        a.output + replica * a.output_stride + (long long)sample * a.out_channels * pixels + y * a.width + x;
    const bool whole = a.width % kQuad == 0 && is_aligned(output);
#pragma unroll
    for (int r = 0; r < kRows; r++) {
        if (y + r >= a.height) break;
#pragma unroll
        for (int o = 0; o < kOutputs; o++) {
            if (first_output + o >= a.out_channels) break;
            float* to = output + (long long)(first_output + o) * pixels + r * a.width;
            float* sum = sums[r][o];
#pragma unroll
            for (int p = 0; p < kQuad; p++) sum[p] = leaky_relu(sum[p], a.slope);
            if (whole) {
                *reinterpret_cast<float4*>(to) = make_float4(sum[0], sum[1], sum[2], sum[3]);
            } else {
#pragma unroll
                for (int p = 0; p < kQuad; p++)
                    if (x + p < a.width) to[p] = sum[p];
            }
        }
    }
}

// Launch of all three: grid (tiles of an image x ceil(out_channels / outputs), ceil(samples / tile_samples), R), block
// of a thread per quad and row, or for convolve_1 pair of rows, and of enough to load the tile.
extern "C" __global__ void __launch_bounds__(kThreads, kBlocks) convolve(const ConvolveArgs a) {
    convolve_tile<8, 1>(a);
}

extern "C" __global__ void __launch_bounds__(kThreads, kBlocks) convolve_4(const ConvolveArgs a) {
    convolve_tile<4, 1>(a);
}

extern "C" __global__ void __launch_bounds__(kThreads, kBlocks) convolve_1(const ConvolveArgs a) {
    convolve_tile<1, 2>(a);
}

// A sum over pixels of products of two images, of which one lies still and the other is shifted by the taps: dout and
// in, or in and dout, whichever fills the channels of a thread better.
struct ConvWeightGradientArgs {
    const float* still;
    const float* shifted;
    float* partials; // R x chunks x weights
    long long still_stride;
    long long shifted_stride;
    int still_channels;
    int shifted_channels;
    int still_doubled;
    int shifted_doubled;
    int turned; // 1 where in lies still
    int height;
    int width;
    int samples;
    int chunk; // samples that one block sums
    int tile_quads;
    int tile_rows;
    int tile_samples;
    int halo_width; // of a line of a tile with its border, in numbers: an odd number of 16 bytes
    int halo_lines; // of a channel of it: 5 more than a multiple of 8
};

// Most quads of a tile; most numbers of a channel of it with its border; most shifted channels of a block.
static const int kGradientQuads = 128, kGradientHalo = 912, kShifted = 4;

// Four pixels from (y, x) on of a plane, zeros right of it, or everywhere.
static __device__ __forceinline__ void copy_quad(float* to, const float* plane, bool exists, int width, int doubled,
                                                 int y, int x) {
    const float* from = plane + (y >> doubled) * (width >> doubled);
    if (exists && !doubled && width % kQuad == 0 && is_aligned(from + x)) {
        load_quad(to, from + x);
        return;
    }
#pragma unroll
    for (int p = 0; p < kQuad; p++) to[p] = exists && x + p < width ? from[(x + p) >> doubled] : 0.f;
}

// A thread has kStill channels of the images that lie still, and of one channel of the others the five taps of a row of
// its kernel; it sums over every parts-th quad of the tiles.
template <int kStill> static __device__ __forceinline__ void add_products(const ConvWeightGradientArgs& a) {
    __shared__ __align__(16) float still[kStill * kGradientQuads * kQuad];
    __shared__ __align__(16) float shifted[kShifted * kGradientHalo];
    const int pixels = a.height * a.width, blocks = (a.shifted_channels + kShifted - 1) / kShifted;
    const int first_still = blockIdx.x / blocks * kStill, first_shifted = blockIdx.x % blocks * kShifted;
    const int channels = min(kShifted, a.shifted_channels - first_shifted), chunk = blockIdx.y, replica = blockIdx.z;
    const int first_sample = chunk * a.chunk, end = min(first_sample + a.chunk, a.samples);

    // The threads of a quad, a row of taps each, are neighbours. By the shape of halo they read from different banks.
    const int tap_rows = channels * kSide, parts = kThreads / tap_rows;
    const int part = threadIdx.x / tap_rows, tap_row = threadIdx.x - part * tap_rows;
    const int quads = a.tile_quads * a.tile_rows * a.tile_samples, halo_rows = a.tile_rows + 2 * kBorder;
    const int halo_size = halo_rows * a.tile_samples * a.halo_width, channel_size = a.halo_lines * a.halo_width;
    const int still_pixels = pixels >> 2 * a.still_doubled, shifted_pixels = pixels >> 2 * a.shifted_doubled;
    const float* still_values = a.still + replica * a.still_stride + (long long)first_still * still_pixels;
    const float* shifted_values = a.shifted + replica * a.shifted_stride + (long long)first_shifted * shifted_pixels;
    const Divisor by_quads(a.tile_quads), by_rows(a.tile_rows), by_width(a.halo_width), by_halo_rows(halo_rows);
    const float* seen = shifted + (tap_row / kSide * a.halo_lines + tap_row % kSide) * a.halo_width;

    float sums[kSide][kStill];
#pragma unroll
    for (int kx = 0; kx < kSide; kx++)
#pragma unroll
        for (int c = 0; c < kStill; c++) sums[kx][c] = 0.f;

    for (int first = first_sample; first < end; first += a.tile_samples) {
        for (int top = 0; top < a.height; top += a.tile_rows) {
            for (int left = 0; left < a.width; left += a.tile_quads * kQuad) {
                __syncthreads(); // the tile before has been read
                const int quad = threadIdx.x % kGradientQuads;
                if (quad < quads) {
                    const int line = by_quads.quotient(quad), s = by_rows.quotient(line);
                    const int y = top + line - s * a.tile_rows, x = left + (quad - line * a.tile_quads) * kQuad;
                    const float* plane = still_values + (long long)(first + s) * a.still_channels * still_pixels;
#pragma unroll 1
                    for (int c = threadIdx.x / kGradientQuads; c < kStill; c += kThreads / kGradientQuads) {
                        const bool exists = first_still + c < a.still_channels && first + s < end && y < a.height;
                        float four[kQuad];
                        copy_quad(four, plane + (long long)c * still_pixels, exists, a.width, a.still_doubled, y, x);
                        *reinterpret_cast<float4*>(still + (c * kGradientQuads + quad) * kQuad) =
                            make_float4(four[0], four[1], four[2], four[3]);
                    }
                }
#pragma unroll 1
                for (int t = threadIdx.x; t < halo_size; t += kThreads) {
                    const int line = by_width.quotient(t), s = by_halo_rows.quotient(line);
                    const int y = top + line - s * halo_rows - kBorder, x = left + t - line * a.halo_width - kBorder;
                    const bool inside = first + s < end && y >= 0 && y < a.height && x >= 0 && x < a.width;
                    const int row = (y >> a.shifted_doubled) * (a.width >> a.shifted_doubled);
                    const float* from = shifted_values + (long long)(first + s) * a.shifted_channels * shifted_pixels +
                                        row + (x >> a.shifted_doubled);
#pragma unroll
                    for (int c = 0; c < kShifted; c++)
                        if (c < channels) shifted[c * channel_size + t] = inside ? from[c * shifted_pixels] : 0.f;
                }
                __syncthreads();
                if (part >= parts) continue;
#pragma unroll 1
                for (int quad = part; quad < quads; quad += parts) {
                    const int line = by_quads.quotient(quad), s = by_rows.quotient(line);
                    const float* from =
                        seen + (line + s * 2 * kBorder) * a.halo_width + (quad - line * a.tile_quads) * kQuad;
                    float window[2 * kQuad];
                    load_quad(window, from);
                    load_quad(window + kQuad, from + kQuad);
#pragma unroll
                    for (int c = 0; c < kStill; c++) {
                        float values[kQuad];
                        load_quad(values, still + (c * kGradientQuads + quad) * kQuad);
#pragma unroll
                        for (int p = 0; p < kQuad; p++)
#pragma unroll
                            for (int kx = 0; kx < kSide; kx++)
                                sums[kx][c] = fmaf(values[p], window[kx + p], sums[kx][c]);
                    }
                }
            }
        }
    }

    // The sums of all parts, one tap of a row after the other: first groups of parts, then the groups.
    const int results = tap_rows * kStill, groups = kThreads / results, parts_of_group = (parts + groups - 1) / groups;
    const int group = threadIdx.x / results, result = threadIdx.x - group * results;
    float* of_group = shifted;
#pragma unroll
    for (int kx = 0; kx < kSide; kx++) {
        __syncthreads(); // the last tile, or the tap before, has been read
#pragma unroll
        for (int c = 0; c < kStill; c += 4)
            *reinterpret_cast<float4*>(still + threadIdx.x * kStill + c) =
                make_float4(sums[kx][c], sums[kx][c + 1], sums[kx][c + 2], sums[kx][c + 3]);
        __syncthreads();
        if (group >= groups) continue;
        float sum = 0.f;
        const int last = min((group + 1) * parts_of_group, parts);
        for (int n = group * parts_of_group; n < last; n++) sum += still[n * results + result];
        of_group[kx * kThreads + threadIdx.x] = sum;
    }
    __syncthreads();
    const long long weights = (long long)a.still_channels * a.shifted_channels * kTaps;
    float* partials = a.partials + ((long long)replica * gridDim.y + chunk) * weights;
    for (int t = threadIdx.x; t < kSide * results; t += kThreads) {
        const int kx = t / results, r = t - kx * results, row = r / kStill, tap = row % kSide * kSide + kx;
        const int c = first_still + r % kStill, d = first_shifted + row / kSide;
        if (c >= a.still_channels) continue;
        float sum = of_group[kx * kThreads + r];
        for (int g = 1; g < groups; g++) sum += of_group[kx * kThreads + g * results + r];
        const long long place = a.turned ? ((long long)d * a.still_channels + c) * kTaps + kTaps - 1 - tap
                                         : ((long long)c * a.shifted_channels + d) * kTaps + tap;
        partials[place] = sum;
    }
}

// Launch of both: grid (ceil(channels that lie still / kStill) x ceil(shifted channels / 4), chunks, R), block 256.
extern "C" __global__ void __launch_bounds__(kThreads, kBlocks) conv_weight_gradient(const ConvWeightGradientArgs a) {
    add_products<8>(a);
}

extern "C" __global__ void __launch_bounds__(kThreads, kBlocks) conv_weight_gradient_4(const ConvWeightGradientArgs a) {
    add_products<4>(a);
}

struct AddPartialsArgs {
    const float* partials; // R x chunks x length
    float* sums;           // R x sums_stride
    long long sums_stride;
    int length;
    int chunks;
};

// Adds up what the blocks of each chunk left, chunk after chunk. Launch: grid (ceil(length / 256), R), block 256.
extern "C" __global__ void __launch_bounds__(256) add_partials(const AddPartialsArgs a) {
    const int i = blockIdx.x * 256 + threadIdx.x, replica = blockIdx.y;
    if (i >= a.length) return;
    const float* partial = a.partials + (long long)replica * a.chunks * a.length + i;
    float sum = partial[0];
    for (int c = 1; c < a.chunks; c++) sum += partial[(long long)c * a.length];
    a.sums[replica * a.sums_stride + i] = sum;
}
