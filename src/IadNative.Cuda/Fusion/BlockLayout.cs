using System.Globalization;
using System.Text;

namespace IadNative.Cuda.Fusion;

/// <summary>
/// Where everything lies in the shared memory of a block, in floats, piece behind piece, each 16 bytes aligned; and the constants that tell
/// the kernel (kernels/fused/block.cuh).
/// </summary>
internal sealed class BlockLayout
{
    private readonly StringBuilder _constants = new();

    /// <summary>Numbers taken so far.</summary>
    public int Floats { get; private set; }

    /// <summary>The constants so far, a line each.</summary>
    public string Constants => _constants.ToString();

    /// <summary>Takes room.</summary>
    /// <returns>Where it begins.</returns>
    public int Take(int floats)
    {
        int place = Floats;
        Floats += BlockTiling.Up(floats, 4);
        return place;
    }

    /// <summary>Takes room, and tells where it begins under a name.</summary>
    public void Take(string name, int floats) => Tell(name, Take(floats));

    /// <summary>Tells what every shape has: the block, and the sizes of what lies in it.</summary>
    public void TellBlock(BlockTiling tiling, int stride, int features, int mostWidth, int biases)
    {
        Tell("kThreads", tiling.Threads);
        Tell("kWarps", tiling.Threads / BlockTiling.Lanes);
        Tell("kRows", tiling.Rows);
        Tell("kStride", stride);
        Tell("kFeatures", features);
        Tell("kMostWidth", mostWidth);
        Tell("kBiases", biases);
    }

    /// <summary>
    /// Takes room for what every shape brings of the next batches, and for the corrections of as many steps as there are threads.
    /// </summary>
    public void TakeBatch(BlockTiling tiling, int features)
    {
        Take("kImportance", 2 * tiling.Rows);
        Take("kRowsOfBatches", 2 * tiling.Rows);
        Take("kColumns", features);
        Take("kOffsets", features);
        Take("kScales", features);
        Take("kCorrections", 2 * tiling.Threads);
    }

    /// <summary>Tells a number under a name.</summary>
    public void Tell(string name, int value) => _constants.Append(CultureInfo.InvariantCulture, $"constexpr int {name} = {value};\n");
}
