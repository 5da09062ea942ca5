using IadNative.Compute;
using IadNative.Compute.Cpu;
using IadNative.Compute.Cpu.Scoring;
using IadNative.Compute.Cpu.Stacked;
using IadNative.Data.Preparation;

namespace IadNative.Detectors;

/// <summary>Bytes that a detector takes at most to score and to explain, known before any of them is allocated.</summary>
/// <param name="Shared">The networks, made ready for scoring.</param>
/// <param name="PerThread">The buffers of each thread that scores.</param>
internal readonly record struct ScoringMemory(long Shared, long PerThread)
{
    /// <summary>
    /// What a model may take where nobody says: what the default network for images needs for those of 1000 × 1000 pixels. Models of the
    /// published sets take a few megabytes.
    /// </summary>
    public const long Default = 2L << 30;

    /// <summary>Networks whose numbers fill the file take a multiple of it, which is no surprise: what they may take where nobody says.</summary>
    public const int DefaultPerByte = 8;

    // What a thread's buffers take beside their numbers.
    private const int LeaseBytes = 8 * 1024;

    // Scores of a family in whole vectors, and those of all families; numbers of a term in a committee's sum, and whether it is a square.
    private const int MostPadding = 32, TermNumbers = 5;

    /// <summary>What one thread takes.</summary>
    public long Total => Shared + PerThread;

    /// <summary>What a detector takes.</summary>
    /// <param name="options">Its options, filled in.</param>
    /// <param name="plans">The plan of each family.</param>
    /// <param name="rounds">Rounds that are kept.</param>
    /// <param name="preparation">Prepares rows.</param>
    /// <exception cref="ArgumentException">A buffer would have more numbers than any can.</exception>
    public static ScoringMemory Of(FitOptions options, IReadOnlyList<Plan> plans, int rounds, RowPreparation preparation)
    {
        IReadOnlyList<DetectorFamily> families = options.AllFamilies;
        bool isCommittee = options.UsedScale == MemberScale.Quartiles;
        long shared = 0, perThread = LeaseBytes, scores = 0;
        for (int i = 0; i < plans.Count; i++)
        {
            int members = families[i].Count * rounds;
            bool isStacked = isCommittee && StackedScorer.Suits(plans[i], members);
            shared += ScoringSize.OfNetworks(plans[i], members, isStacked);
            perThread += ScoringSize.OfBuffers(plans[i], isStacked);
            scores += members + MostPadding;
        }

        // Rows of a block: prepared; normalised; of several networks errors, and their sums in float64; those of encoded features.
        const int wide = sizeof(double) / sizeof(float);
        int blocks = 1 + (options.Normalization is null ? 0 : 1);
        bool isEncoded = preparation.Width > preparation.Columns.Count;
        bool choose = families.Any(family => family.Columns is not null || family.ColumnsPerMember is not null);
        if (isEncoded || isCommittee || choose || families.Sum(family => family.Count) * rounds > 1)
            blocks += 1 + wide + (isEncoded ? 1 : 0);
        perThread += (blocks * ScoringSize.Block((long)CpuScorer.BlockRows * preparation.Width)) + ScoringSize.Block(wide * (long)preparation.Width)
            + ScoringSize.Block((CpuScorer.BlockRows + CpuScorer.ExplainedRows) * scores);
        return new ScoringMemory(shared + ScoringSize.Block(TermNumbers * scores), perThread);
    }

    /// <summary>The limit where nobody says.</summary>
    /// <param name="tensorBytes">Bytes of the tensors in the file.</param>
    public static long DefaultFor(long tensorBytes) => Math.Max(Default, DefaultPerByte * tensorBytes);

    /// <summary>Threads that may score at once within some bytes, at least one.</summary>
    public int ThreadsWithin(long bytes) => (int)Math.Clamp((bytes - Shared) / PerThread, 1, int.MaxValue);

    /// <summary>A number of bytes as people say it, such as <c>2.5 GiB</c>.</summary>
    public static string InWords(long bytes) => bytes >= 1 << 30
        ? FormattableString.Invariant($"{bytes / (double)(1 << 30):0.##} GiB")
        : FormattableString.Invariant($"{bytes / (double)(1 << 20):0.##} MiB");
}
