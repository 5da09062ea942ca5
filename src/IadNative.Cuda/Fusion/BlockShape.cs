using System.Globalization;
using IadNative.Compute;
using IadNative.Compute.Operations;

namespace IadNative.Cuda.Fusion;

/// <summary>
/// What a kernel that trains a network within one block is compiled for: layers, tiles and places. Written as the header that it includes.
/// </summary>
/// <param name="Threads">Threads of the block.</param>
/// <param name="SharedBytes">Its dynamic shared memory, in bytes.</param>
/// <param name="Header">The text of the header.</param>
/// <param name="CyclesPerStep">
/// Cycles of a step, about: products as they are shared out, and what stands around those of each layer. Of chains fitted to what an H200
/// takes (bench/results/h200-2026-11.md); flows have not been timed.
/// </param>
internal sealed record BlockShape(int Threads, int SharedBytes, string Header, double CyclesPerStep)
{
    /// <summary>Most outputs of a layer.</summary>
    public const int MostOutputs = 64;

    /// <summary>Most samples of a batch, and one that joins it.</summary>
    public const int MostSamples = 257;

    /// <summary>Shared memory that a kernel has beside its dynamic one, in bytes, at most.</summary>
    public const int StaticBytes = 512;

    /// <summary>Threads of every block.</summary>
    public const int AllThreads = 256;

    /// <summary>The header that all shapes have in common.</summary>
    /// <param name="loss">The kernel's name of the loss.</param>
    /// <param name="layers">A line for each layer (<see cref="LayerLine"/>).</param>
    /// <param name="hasColumns">Whether each replica sees columns of its own.</param>
    /// <param name="layout">Constants and places.</param>
    public static string HeaderOf(string loss, IReadOnlyList<string> layers, bool hasColumns, BlockLayout layout) =>
        $$"""
        // The shape of a network that one block trains: layers, and the places of everything in shared memory, in floats.
        #include "fused/chain.cuh"

        namespace chain {

        constexpr ChainLoss kLoss = {{loss}};
        constexpr bool kHasColumns = {{(hasColumns ? "true" : "false")}};
        constexpr int kLayers = {{layers.Count}};
        constexpr ChainLayer kChain[kLayers] = {
            {{string.Join(",\n    ", layers)}},
        };
        {{layout.Constants}}
        } // namespace chain

        """;

    /// <summary>A layer as ChainLayer of kernels/fused/chain.cuh has it.</summary>
    public static string LayerLine(
        DenseLayer layer, int before, OutputTile tile, SharedProduct forward, SharedProduct backward, GradientTile gradient,
        ReadOnlySpan<int> parameters, ReadOnlySpan<int> statistics, ReadOnlySpan<int> places) => string.Create(
        CultureInfo.InvariantCulture,
        $"{{{layer.Inputs}, {layer.Outputs}, {layer.Slope:0.0########}f, {before}, {tile.Groups}, {tile.Columns}, {tile.Rows}, "
        + $"{forward.Split}, {forward.Stride}, {backward.Split}, {backward.Stride}, {gradient.Rows}, {gradient.Columns}, {gradient.Split}, "
        + $"{Joined(parameters)}, {Joined(statistics)}, {Joined(places)}}}");

    /// <summary>Where a tensor lies in a replica's block; -1 for none.</summary>
    public static int PlaceOf(DeviceLayout layout, TensorSlot? slot) => slot is null ? -1 : layout.PlaceOf(slot.Offset);

    private static string Joined(ReadOnlySpan<int> numbers) => string.Join(", ", numbers.ToArray());
}
