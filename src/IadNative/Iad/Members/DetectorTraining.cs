namespace IadNative.Iad.Members;

/// <summary>Training of the user's own detectors.</summary>
/// <param name="create">Makes a detector for the seed of a run and the number of a member.</param>
/// <param name="loop">How the loop is to run.</param>
internal sealed class DetectorTraining(Func<ulong, int, IWeightedDetector> create, LoopSpec loop) : ITraining
{
    private readonly Dictionary<ulong, IWeightedDetector[]> _detectors = [];

    public LoopSpec Loop => loop;

    // What the progress counts: one training each.
    public long EpochsOfRun => (loop.Rounds + 1L) * loop.Between.Members;

    public int Most(ulong seed, int runs) => runs;

    public IMembers Create(IReadOnlyList<ulong> seeds, ProgressMeter progress)
    {
        foreach (ulong seed in seeds)
        {
            _detectors[seed] = [.. Enumerable.Range(0, loop.Between.Members).Select(member => create(seed, member)
                ?? throw new InvalidOperationException($"No detector was made for seed {seed}, member {member}."))];
        }

        return new DetectorMembers(seeds, [.. seeds.Select(DetectorsOf)], loop.Between.Samples, progress);
    }

    /// <summary>The detectors of a run.</summary>
    public IWeightedDetector[] DetectorsOf(ulong seed) => _detectors[seed];
}
