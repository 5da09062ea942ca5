using IadNative.Data.Preparation;
using IadNative.Detectors;
using IadNative.Models;
using IadNative.Networks;

namespace IadNative;

/// <summary>
/// Detectors by the thousand or million that score and do nothing else, in little memory: of each its folded weights, its preparation of rows,
/// the quantiles of its training scores and its threshold are kept. What those of one kind (models, networks, columns) have alike, buffers above all,
/// is there once, for as long as one of them is. Safe for concurrent use.
/// </summary>
/// <remarks>
/// A Deep SVDD of 32-16-8 that was fitted to 1,000 rows takes 12.0 KB of memory where they have 10 columns and 15.6 KB where they have 36, as an
/// <see cref="AnomalyDetector"/> 44 and 69 KB. The pool has no hold on detectors: those that nobody refers to are collected, and then what they shared.
/// </remarks>
public sealed class ScoringPool
{
    private readonly Lock _gate = new();
    private readonly Dictionary<Layout, WeakReference<ScoringPlan>> _plans = [];
    private readonly Dictionary<Columns, WeakReference<ColumnSet>> _columns = [];
    private int _sweepAt = 64;

    /// <summary>Kinds of detectors and of columns that are kept, or were and are not swept yet.</summary>
    internal int Kinds
    {
        get
        {
            lock (_gate) return _plans.Count + _columns.Count;
        }
    }

    /// <summary>Reads a model file. Nothing in it is trusted and no code in it is run.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">What it may take; null for the defaults.</param>
    /// <exception cref="ModelFormatException">The file is no model, damaged, of a newer format, or takes more memory than it may.</exception>
    /// <exception cref="ArgumentException">The path is null, empty, or none.</exception>
    /// <exception cref="IOException">The file does not exist or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file is a folder or must not be read.</exception>
    public ScoringDetector Load(string path, LoadOptions? options = null)
    {
        using FileStream stream = File.OpenRead(path);
        return Load(stream, path, options);
    }

    /// <summary>Reads a model from a stream. Nothing in it is trusted and no code in it is run.</summary>
    /// <param name="stream">The model file's bytes.</param>
    /// <param name="name">What error messages call it.</param>
    /// <param name="options">What it may take; null for the defaults.</param>
    /// <exception cref="ModelFormatException">The stream is no model, damaged, of a newer format, or takes more memory than it may.</exception>
    public ScoringDetector Load(Stream stream, string name, LoadOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(name);
        return Add(DetectorFile.Read(stream, name, options ?? new LoadOptions()));
    }

    /// <summary>What a detector is for scoring. It shares nothing with the detector itself, which may be let go.</summary>
    /// <param name="detector">The detector; it scores the same to the bit.</param>
    /// <exception cref="ArgumentNullException">There is no detector.</exception>
    public ScoringDetector Add(AnomalyDetector detector)
    {
        ArgumentNullException.ThrowIfNull(detector);
        return Add(detector.Content);
    }

    private ScoringDetector Add(DetectorContent content)
    {
        RowPreparation preparation = content.Preparation;
        ScoringPlan plan;
        ColumnSet columns;
        lock (_gate)
        {
            plan = Shared(
                _plans, new Layout(content), () => new ScoringPlan(content.Members, preparation.Columns.Count, preparation.Width, content.ScoringThreads));
            var key = new Columns(content.Features);
            columns = Shared(_columns, key, () => new ColumnSet(key.All) { Preparation = preparation.ForScoring(null) });
            Sweep();
        }

        return new ScoringDetector(
            new RowScorer(plan, content.Members, preparation.ForScoring(columns.Preparation), content.Normalizer, []), columns, content);
    }

    private static TValue Shared<TKey, TValue>(Dictionary<TKey, WeakReference<TValue>> all, TKey key, Func<TValue> create)
        where TKey : notnull
        where TValue : class
    {
        if (all.TryGetValue(key, out WeakReference<TValue>? known) && known.TryGetTarget(out TValue? value)) return value;
        value = create();
        all[key] = new WeakReference<TValue>(value);
        return value;
    }

    // Forgets what no detector has any more, whenever there is twice as much as after the last time.
    private void Sweep()
    {
        if (_plans.Count + _columns.Count < _sweepAt) return;
        foreach ((Layout layout, WeakReference<ScoringPlan> plan) in _plans.ToArray())
        {
            if (!plan.TryGetTarget(out _)) _plans.Remove(layout);
        }

        foreach ((Columns key, WeakReference<ColumnSet> set) in _columns.ToArray())
        {
            if (!set.TryGetTarget(out _)) _columns.Remove(key);
        }

        _sweepAt = Math.Max(64, 2 * (_plans.Count + _columns.Count));
    }

    /// <summary>What decides how networks lie and are combined: how they were trained does not.</summary>
    private sealed class Layout(DetectorContent content) : IEquatable<Layout>
    {
        private readonly (BaseModel Model, NetworkSpec Network, int Members, int Features, int Parameters, int Statistics, int State)[] _families =
        [
            .. ScoringPlan.FamiliesOf(content.Members).Zip(content.Options.AllFamilies, (members, family) => (
                members[0].Model, family.Network!, members.Length, members[0].Plan.Features, members[0].Plan.Parameters.Length,
                members[0].Plan.Statistics.Length, members[0].Plan.State.Length)),
        ];

        private readonly (int Columns, int Features, int Threads, MemberScale Scale, bool IsAsItIs) _rest = (
            content.Preparation.Columns.Count, content.Preparation.Width, content.ScoringThreads, content.Members[0].Scale, content.Members[0].Median == 0);

        public bool Equals(Layout? other) => other is not null && _rest == other._rest && _families.AsSpan().SequenceEqual(other._families);

        public override bool Equals(object? obj) => Equals(obj as Layout);

        public override int GetHashCode() => HashCode.Combine(_rest, _families[0]);
    }

    /// <summary>Columns that are the same by value.</summary>
    private sealed class Columns(IReadOnlyList<FeatureColumn> all) : IEquatable<Columns>
    {
        public IReadOnlyList<FeatureColumn> All => all;

        public bool Equals(Columns? other) => other is not null && all.SequenceEqual(other.All);

        public override bool Equals(object? obj) => Equals(obj as Columns);

        public override int GetHashCode() => HashCode.Combine(all.Count, all[0], all[^1]);
    }
}
