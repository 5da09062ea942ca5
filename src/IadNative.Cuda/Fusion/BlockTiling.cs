namespace IadNative.Cuda.Fusion;

/// <summary>
/// How the work of a block is cut up among its threads (kernels/fused/block.cuh): by least work, where a multiprocessor hands 32 numbers
/// from shared memory to registers, or from lane to lane, in the time of 128 multiply-adds.
/// </summary>
/// <param name="Threads">Threads of the block.</param>
/// <param name="Rows">Samples that there is room for.</param>
internal readonly record struct BlockTiling(int Threads, int Rows)
{
    /// <summary>Threads of a warp.</summary>
    public const int Lanes = 32;

    private const int Banks = 32, Vector = 4, MostSplit = 8, MostRows = 16, MostSums = 80;

    /// <summary>The next multiple.</summary>
    public static int Up(int count, int multiple) => (count + multiple - 1) / multiple * multiple;

    /// <summary>The tile of so many outputs with the least work in the products that lead to it.</summary>
    /// <param name="outputs">Outputs.</param>
    /// <param name="inner">What each of these products sums over.</param>
    public OutputTile TileOf(int outputs, params ReadOnlySpan<int> inner)
    {
        OutputTile best = default;
        double least = double.MaxValue;
        for (int groups = 1; groups <= Lanes; groups *= 2)
        {
            int rows = 1;
            while (rows * (Threads / groups) < Rows) rows *= 2;
            if (rows > MostRows) continue;
            var tile = new OutputTile(groups, Up(outputs, groups) / groups, rows);
            double work = 0;
            foreach (int terms in inner) work += ProductOf(tile, terms).Work;
            if (work >= least) continue;
            (best, least) = (tile, work);
        }

        return best;
    }

    /// <summary>How neighbours share a product out.</summary>
    /// <param name="tile">What each has of it in the end.</param>
    /// <param name="inner">What it sums over.</param>
    public static SharedProduct ProductOf(OutputTile tile, int inner)
    {
        SharedProduct best = new(1, 0, double.MaxValue);
        for (int split = 1; split <= Math.Min(MostSplit, tile.Groups); split *= 2)
        {
            int taken = tile.Columns * split, sums = taken * tile.Rows;
            if (split > 1 && (sums > MostSums || taken % Vector != 0)) continue;
            double work = (Up(inner, split) / split * (tile.Rows + taken + (sums / 8.0))) + (tile.Columns * tile.Rows * (split - 1));
            if (work >= best.Work) continue;
            best = new SharedProduct(split, StrideOf(tile, split), work);
        }

        return best;
    }

    /// <summary>The gradient of a weight.</summary>
    public GradientTile GradientOf(int outputs, int inputs)
    {
        GradientTile best = default;
        double least = double.MaxValue;
        foreach (int rows in (int[])[4, 8])
        {
            for (int columns = 1; columns <= 9; columns++)
            {
                int tiles = Up(outputs, rows) / rows * (Up(inputs, columns) / columns), split = 1;
                while (split < Lanes && tiles * split * 2 <= Threads) split *= 2;
                int passes = Up(tiles * split, Threads) / Threads, owned = ((rows * columns) + split - 1) / split;

                // As of products, and Adam for what is owned.
                double quadruples = Math.Ceiling(Rows / 4.0 / split), sums = rows * columns;
                double products = quadruples * ((4 * (rows + columns)) + (sums / 2));
                double work = passes * (products + sums + (14.0 * owned));
                if (work >= least) continue;
                (best, least) = (new GradientTile(rows, columns, split, passes * owned, work), work);
            }
        }

        return best;
    }

    // A row of the weight, so that the lanes that are served together read different banks.
    private static int StrideOf(OutputTile tile, int split)
    {
        int taken = tile.Columns * split, vector = taken % 4 == 0 ? 4 : taken % 2 == 0 ? 2 : 1, width = Up(tile.Width, 4);
        return Enumerable.Range(0, 8).Select(pad => width + (4 * pad)).MinBy(stride =>
            Enumerable.Range(0, Lanes / vector).Select(lane => (lane % split * stride) + (lane % tile.Groups / split * vector)).Distinct()
                .CountBy(place => place % Banks / vector).Max(bank => bank.Value));
    }
}

/// <summary>Of a layer's outputs, a thread has so many columns of so many rows; groups of threads, neighbours, have all columns.</summary>
internal readonly record struct OutputTile(int Groups, int Columns, int Rows)
{
    /// <summary>Columns of all groups, as many as the outputs or more.</summary>
    public int Width => Groups * Columns;
}

/// <summary>How many neighbours share a product out, the numbers of a row of its weight, and what it costs.</summary>
internal readonly record struct SharedProduct(int Split, int Stride, double Work);

/// <summary>
/// A tile of a weight's gradient: so many outputs by so many inputs, its samples split among so many threads; how many sums a thread owns in
/// the end, and what it costs.
/// </summary>
internal readonly record struct GradientTile(int Rows, int Columns, int Split, int Owned, double Work);
