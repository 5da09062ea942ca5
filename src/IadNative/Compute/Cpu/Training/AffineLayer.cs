using IadNative.Compute.Cpu.Kernels;
using IadNative.Compute.Operations;

namespace IadNative.Compute.Cpu.Training;

/// <summary>
/// The last layer of a MADE block and the affine map behind it, which are computed as one: block by block of features, so that m,
/// a and their gradients stay in the first cache from where they are made to where they are used up. What sums over features, the
/// log-determinant and the gradient of the hidden layer, is summed within chunks of blocks, then over the chunks, whose number
/// depends on the number of features alone.
/// </summary>
internal sealed unsafe class AffineLayer
{
    /// <summary>Features of a block.</summary>
    public const int BlockFeatures = 16;

    private const int ChunkFeatures = 4 * BlockFeatures, MostChunks = 32;

    private readonly FloatBuffer[] _blocks;

    /// <summary>Memory for batches of a stride and teams of a size.</summary>
    public AffineLayer(DenseLayer layer, int stride, int team)
    {
        Dense = layer;
        Features = layer.Outputs / 2;
        ChunkSize = Math.Max(ChunkFeatures, Padding.RoundUp((Features + MostChunks - 1) / MostChunks, BlockFeatures));
        Chunks = (Features + ChunkSize - 1) / ChunkSize;
        OutputRanges = MaskRanges.OfOutputs(layer.Weight, Features);
        Scales = new FloatBuffer(checked(Features * stride));
        _blocks = [.. Enumerable.Range(0, team).Select(_ => new FloatBuffer(2 * BlockFeatures * stride))];
    }

    /// <summary>The layer that makes m and a.</summary>
    public DenseLayer Dense { get; }

    /// <summary>d.</summary>
    public int Features { get; }

    /// <summary>Features of a chunk, a multiple of those of a block.</summary>
    public int ChunkSize { get; }

    /// <summary>Number of chunks.</summary>
    public int Chunks { get; }

    /// <summary>Per four features, which hidden units m and a see: they have the same mask. Empty without a mask.</summary>
    public InnerRange[] OutputRanges { get; }

    /// <summary>exp(−a), d × stride, from the forward pass to the backward pass.</summary>
    public FloatBuffer Scales { get; }

    /// <summary>Room for m and a, or their gradients, of one block: 2 · <see cref="BlockFeatures"/> × stride.</summary>
    public float* Block(int member) => _blocks[member].Pointer;

    /// <summary>The features of a chunk.</summary>
    public (int First, int End) Chunk(int chunk) => (chunk * ChunkSize, Math.Min(Features, (chunk + 1) * ChunkSize));

    /// <summary>The ranges of the features from one on.</summary>
    public ReadOnlySpan<InnerRange> OutputRangesFrom(int feature) =>
        OutputRanges.Length == 0 ? default : OutputRanges.AsSpan(feature / MaskRanges.TileRows);
}
