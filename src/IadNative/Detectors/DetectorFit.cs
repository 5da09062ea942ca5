using System.Diagnostics;
using System.Reflection;
using IadNative.Compute;
using IadNative.Compute.Cpu;
using IadNative.Data;
using IadNative.Data.Preparation;
using IadNative.Detectors.Drift;
using IadNative.Iad;
using IadNative.Iad.Members;
using IadNative.Metrics;
using IadNative.Models;
using IadNative.Networks;

namespace IadNative.Detectors;

/// <summary>From data to a detector: trains all runs, builds the detector of the first and sums up over seeds.</summary>
internal static class DetectorFit
{
    private const int ManyRows = 1_000_000;

    // Of a wide table with many constants a few networks see nothing else; that is no news.
    private const double MentionedShare = 0.1;

    private static readonly string s_version =
        typeof(DetectorFit).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    /// <param name="data">n samples of d features.</param>
    /// <param name="options">What to fit and how.</param>
    /// <param name="progress">Receives progress; may be null.</param>
    /// <param name="cancellationToken">Stops between two epochs.</param>
    /// <param name="observer">Is shown the networks of every round; null for no one.</param>
    /// <param name="mayUseUp">Whether the table's matrix may be prepared where it lies, after which the data cannot be read any more.</param>
    /// <param name="from">What training goes on from; null for fresh networks.</param>
    /// <param name="folder">
    /// Where prepared rows go that are more than memory holds, in place of the table, which is used up then; null keeps them in memory.
    /// </param>
    /// <param name="rows">Is told how far the rows are before and after training; null for nobody.</param>
    public static FitResult Run(
        Dataset data, FitOptions options, IProgress<TrainingProgress>? progress, CancellationToken cancellationToken,
        RoundObserver? observer = null, bool mayUseUp = false, RefitStart? from = null, TemporaryFolder? folder = null,
        Action<RowProgress>? rows = null)
    {
        long start = Stopwatch.GetTimestamp();
        options.Validate();
        if (options.Normalization is not null && data.Image is null)
        {
            throw new ArgumentException(
                $"{data.Name} is a table; only images are normalised by {options.Normalization}. Leave the normalisation away.",
                nameof(options));
        }

        if (data.Image is null && options.AllFamilies.Any(family => family.Model is Autoencoder { HasSigmoid: true }))
        {
            throw new ArgumentException(
                $"{data.Name} is a table; only images lie between 0 and 1 as what comes out of a sigmoid does. Leave the sigmoid away.",
                nameof(options));
        }

        if (options.Scaling is not null && data.Image is not null)
        {
            throw new ArgumentException(
                $"{data.Name} holds images; only the features of tables are scaled by {options.Scaling}. Leave the scaling away.",
                nameof(options));
        }

        if (data.Image is not null && data.HasMissing)
            throw new ArgumentException($"{data.Name} has images with missing pixels, and images are not filled. Leave those images out.", nameof(data));
        options = options.FilledFor(data);
        IReadOnlyList<DetectorFamily> families = options.AllFamilies;
        IDevice device = options.Device ?? new CpuDevice(options.Threads);
        ColumnSample?[] samples = [];
        var passes = new RowPasses(RowStage.Preparing, data.Rows, PassesOf(data, options, folder), rows, cancellationToken);
        RowPreparation preparation = data.Image is null
            ? PreparationFit.Run(data, options.Scaling!.Value, options.Imputation, out samples, passes)
            : RowPreparation.Identity(data.Features);
        cancellationToken.ThrowIfCancellationRequested();
        TrainingReference reference = TrainingReference.Of(data, samples);
        ColumnReport[] columns = data.Image is null ? ColumnReport.Of(data, preparation, samples, passes) : [];
        cancellationToken.ThrowIfCancellationRequested();
        Dataset prepared = Prepare(data, options, preparation, mayUseUp, folder, passes);
        cancellationToken.ThrowIfCancellationRequested();
        FeatureScaler scaler = data.Image is null ? FeatureScaler.Fit(prepared, passes) : FeatureScaler.FitRange(prepared);
        if (options.UsedScale == MemberScale.Quartiles && Array.TrueForAll(scaler.Scale, scale => scale == 0))
        {
            throw new ArgumentException(FormattableString.Invariant(
                $"{data.Name}: every feature has one value in all {data.Rows} rows, so that a committee cannot tell them apart. Choose other columns, or name a ")
                + $"model, such as {BaseModel.OneClassSvdd.Name}, whose detector flags what differs from them.", nameof(data));
        }

        columns = ColumnReport.WithCollapsed(columns, preparation, samples, scaler);
        NetworkFamily[] networks = [.. families.Select((family, index) => Networks(family, index, prepared, preparation, scaler, from, folder, passes))];
        samples = [];
        string[] large = LargeNotes(options, [.. networks.Select(family => family.Plan.Training)], preparation);
        IReadOnlyList<IadRun> runs = Train();

        // What follows needs memory of its own for a large table, and that of training is free: the collector would take its time. A
        // program that is about more than this fit collects when it likes.
        if (mayUseUp && data.Rows >= ManyRows) GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        RunReport[] reports = [.. runs.Select(run => run.Report)];
        IadRun first = runs.First(run => run.Rounds.Count > 0);
        // Scores, and twice for the control.
        var after = new RowPasses(RowStage.Scoring, data.Rows, 3, rows, cancellationToken);
        AnomalyDetector detector = Detector(
            data, prepared, options, networks, preparation, scaler, reference, first, after, out float[] scores);
        string[] neutral = NeutralNotes(options, detector.Content);
        bool[]? labels = data.Anomalies > 0 && data.Anomalies < data.Rows ? data.Labels : null;
        ControlReport distance = Controls.Compare(
            "distance", Controls.Distances(prepared.Cells.Float32, scaler, after), scores, detector.Threshold, labels);
        return new FitResult
        {
            Detector = detector,
            Prepared = prepared,
            DetectorScores = scores,
            TrainingScores = first.KeptScores,
            Options = options,
            Columns = columns,
            Notes = [.. ColumnNotes.Of(columns, data.Rows, options), .. neutral, .. PixelNotes(options, detector.Content), .. large],
            Runs = reports,
            Alarms =
            [
                .. runs.Select(run => run.Failure).Concat(reports.Select(CollapseAlarm.For))
                    .Append(ControlAlarm.ForUntrained(reports)).Append(ControlAlarm.ForDistance(reports, distance.Auc)).OfType<Alarm>(),
            ],
            Controls = first.UntrainedScores is { } untrained
                ? [Controls.Compare("untrained", untrained, scores, detector.Threshold, labels), distance]
                : [distance],
            AtThreshold = labels is null ? null : ThresholdQuality.Of(scores, labels, detector.Threshold),
            Untrained = Summarize(reports, run => run.UntrainedAuc),
            Base = Summarize(reports, run => run.BaseAuc),
            Iad = Summarize(reports, run => run.IadAuc),
            IadBest = Summarize(reports, run => run.BestAuc),
            Device = device.Description,
            Seconds = Stopwatch.GetElapsedTime(start).TotalSeconds,
        };

        // On its own, so that nothing of training outlives it.
        IReadOnlyList<IadRun> Train() =>
            new IadTrainer(new NetworkTraining(device, networks, prepared, options.Training, options.SharedWeights, options.UsedScale), progress, observer)
                .Train(cancellationToken);
    }

    // Those of a table, as far as they are known before it is: where all cells are prepared already, there are two fewer.
    private static int PassesOf(Dataset data, FitOptions options, TemporaryFolder? folder)
    {
        const int scan = 1, extremes = 1, prepare = 2, scaler = 2;
        int ofFamilies = options.AllFamilies.Count(family => family.Range is not null)
            + (folder is null ? 0 : options.AllFamilies.Count(family => family.Columns is not null && family.ColumnsPerMember is null));
        return (data.HasMissing ? 1 : 0) + scan + extremes + prepare + scaler + ofFamilies;
    }

    private static Dataset Prepare(
        Dataset data, FitOptions options, RowPreparation preparation, bool mayUseUp, TemporaryFolder? folder, RowPasses passes)
    {
        if (ImageNormalizer.Of(options.Normalization, data.Image) is { } normalizer) return normalizer.Apply(data);
        if (preparation.IsIdentity) return data;
        Numbers<float> features;
        if (folder is not null)
        {
            features = folder.Rows(data.Rows, preparation.Width, (first, count, rows) => preparation.Apply(data, first, count, rows), passes);
            // Nothing reads the table any more, and networks may need the room for features of their own.
            data.UseUp();
        }
        else
        {
            float[] own = mayUseUp && preparation.Width == data.Columns ? data.Values : new float[(long)data.Rows * preparation.Width];
            preparation.Apply(data, 0, data.Rows, own);
            passes.Add(data.Rows);
            if (own == data.Values) data.UseUp();
            features = own;
        }

        FeatureColumn[] columns = [.. preparation.Owners.Select(owner => new FeatureColumn(data.FeatureNames[owner]))];
        return new Dataset(data.Name, new TableValues(features), data.Rows, columns, data.Labels, data.AreFeaturesNamed, passes: passes);
    }

    private static NetworkFamily Networks(
        DetectorFamily family, int index, Dataset prepared, RowPreparation preparation, FeatureScaler scaler, RefitStart? from, TemporaryFolder? folder,
        RowPasses passes)
    {
        IReadOnlyList<StartingNetwork>? start = from?.Of(index);
        int[]? chosen = family.Columns is { } columns ? preparation.FeaturesOf(columns) : null;
        int features = chosen?.Length ?? prepared.Columns, epochs = start is null ? family.Epochs!.Value : from!.EpochsOf(family.Epochs!.Value);
        FeatureScaler own = family.Range is { } range ? FeatureScaler.FitRange(prepared, range, passes) : scaler;
        NetworkFamily all = new(
            new ModelPlan(family.Model, family.Network!, Math.Min(features, family.ColumnsPerMember ?? features), epochs, start is not null),
            family.Count, epochs,
            prepared.Cells.Float32, own)
        {
            MostRows = family.RowsPerMember, LearningRate = family.LearningRate, Weight = family.Weight, Votes = family.Votes,
            Start = start,
        };
        if (family.ColumnsPerMember is not null) return all with { Pool = chosen ?? [.. Enumerable.Range(0, features)] };
        if (chosen is null) return all;
        return all with { Data = Choose(prepared, chosen, folder, passes), Scaler = own.Of(chosen) };
    }

    private static Numbers<float> Choose(Dataset prepared, int[] chosen, TemporaryFolder? folder, RowPasses passes)
    {
        if (folder is not null) return folder.Rows(prepared.Rows, chosen.Length, Copy, passes);
        float[] values = new float[(long)prepared.Rows * chosen.Length];
        Copy(0, prepared.Rows, values);
        return values;

        void Copy(int first, int count, float[] target)
        {
            for (int row = 0; row < count; row++)
            {
                ReadOnlySpan<float> source = prepared.Row(first + row);
                for (int j = 0; j < chosen.Length; j++) target[(row * chosen.Length) + j] = source[chosen[j]];
            }
        }
    }

    private static AnomalyDetector Detector(
        Dataset data, Dataset prepared, FitOptions options, NetworkFamily[] networks, RowPreparation preparation, FeatureScaler scaler,
        TrainingReference reference, IadRun run, RowPasses passes, out float[] scores)
    {
        DetectorMember[] members = Members(options, networks, preparation, run);
        ImageNormalizer? normalizer = ImageNormalizer.Of(options.Normalization, data.Image);
        RowScorer scorer = RowScorer.Of(members, preparation, normalizer, TypicalRow.Of(preparation, scaler, normalizer, members));

        // Not the scores of the device that trained: a threshold must cut the scores that the detector itself will give.
        scores = new float[data.Rows];
        foreach ((int first, int end) in prepared.Stretches)
        {
            ReadOnlySpan<float> rows = prepared.Cells.Float32.Slice((long)first * prepared.Columns, (end - first) * prepared.Columns);
            scorer.ScorePrepared(rows, scores.AsSpan(first, end - first), options.Threads);
            passes.Add(end - first);
        }

        float[] sorted = [.. scores];
        Array.Sort(sorted);
        var content = new DetectorContent
        {
            Options = options with { Device = null },
            Preparation = preparation,
            AreFeaturesNamed = data.AreFeaturesNamed,
            Image = data.Image,
            Scaler = scaler,
            Members = members,
            Quantiles = Quantiles.Grid(sorted, DetectorContent.QuantileCount),
            NormalTail = NormalTail.Of(sorted),
            Reference = reference,
            Threshold = Threshold(options.Threshold!.Value, members, sorted),
            Round = run.SelectedRound,
            Rounds = [.. run.KeptRounds],
            Seed = run.Seed,
            CreatedBy = $"IadNative {s_version}",
        };
        return new AnomalyDetector(content, scorer);
    }

    private static DetectorMember[] Members(FitOptions options, NetworkFamily[] networks, RowPreparation preparation, IadRun run)
    {
        IReadOnlyList<DetectorFamily> families = options.AllFamilies;
        KeptNetworks kept = run.Kept!;
        int ofRound = networks.Sum(family => family.Members), rounds = kept.States.Count / ofRound;
        var members = new List<DetectorMember>();
        for (int index = 0, first = 0; index < networks.Length; first += networks[index++].Members)
        {
            DetectorFamily family = families[index];
            NetworkFamily own = networks[index];
            int[]? features = family.Columns is { } columns ? preparation.FeaturesOf(columns) : null;
            MemberScale scale = options.UsedScale ?? family.Model.MemberScale;
            for (int round = 0; round < rounds; round++)
            {
                for (int member = first; member < first + own.Members; member++)
                {
                    int place = (round * ofRound) + member;
                    int[]? drawn = own.ColumnsOf(run.Seed, first, member - first);
                    members.Add(new DetectorMember
                    {
                        Model = family.Model,
                        Plan = own.Plan.Training,
                        Features = drawn ?? features,
                        Scaler = drawn is null ? own.Scaler : own.Scaler.Of(drawn),
                        Trained = Sound(kept.States[place], scale),
                        Median = kept.Medians[place],
                        Scale = scale,
                        Width = kept.Widths.Length == 0 ? 0 : kept.Widths[place],
                        Share = MemberShares.Of(families, index, rounds, scale),
                    });
                }
            }
        }

        return [.. members];
    }

    /// <summary>What is to be said where a model file of such networks would be refused unless somebody allows more.</summary>
    /// <param name="options">The options, filled in.</param>
    /// <param name="plans">The plan of each family.</param>
    /// <param name="preparation">Prepares rows.</param>
    /// <exception cref="ArgumentException">No network of a plan could be scored with.</exception>
    internal static string[] LargeNotes(FitOptions options, IReadOnlyList<Plan> plans, RowPreparation preparation)
    {
        int rounds = options.Training.Termination.KeptOf(options.Training.Rounds);
        ScoringMemory memory = ScoringMemory.Of(options, plans, rounds, preparation);
        long tensorBytes = plans.Zip(options.AllFamilies, (plan, family) =>
            sizeof(float) * ((long)plan.Parameters.Length + plan.Statistics.Length) * family.Count * rounds).Sum();
        long most = ScoringMemory.DefaultFor(tensorBytes);
        return memory.Total <= most ? [] :
        [
            $"To score, this detector takes {ScoringMemory.InWords(memory.Total)} of memory, and a model file may take {ScoringMemory.InWords(most)} "
                + $"unless more is allowed: with {nameof(LoadOptions)}.{nameof(LoadOptions.MostScoringBytes)}, or iad score --memory-limit.",
        ];
    }

    // A neutral network of a committee may be none that can be computed with; nobody asks what it says.
    private static TrainedNetwork Sound(ReplicaState state, MemberScale scale)
    {
        TrainedNetwork trained = TrainedNetwork.Of(state);
        return scale != MemberScale.Quartiles || trained.IsFinite
            ? trained
            : new TrainedNetwork(new float[trained.Parameters.Length], new float[trained.Statistics.Length], new float[trained.State.Length]);
    }

    private static string[] NeutralNotes(FitOptions options, DetectorContent content)
    {
        if (content.Members[0].Scale != MemberScale.Quartiles) return [];
        IReadOnlyList<DetectorFamily> families = options.AllFamilies;
        var notes = new List<string>();
        for (int index = 0, first = 0; index < families.Count; index++)
        {
            int count = families[index].Count * content.Rounds.Count;
            int neutral = content.Members.Skip(first).Take(count).Count(member => member.Width == 0);
            first += count;
            if (neutral <= MentionedShare * count) continue;
            notes.Add(
                $"{neutral} of the {count} networks of family {index} ({families[index].Model.Name}) gave scores that are not finite "
                + "or do not differ: they have no say in any score.");
        }

        return [.. notes];
    }

    // Of large images the default draws as many pixels as a Gaussian can take.
    private static string[] PixelNotes(FitOptions options, DetectorContent content)
    {
        if (content.Image is not { } shape || !options.IsExpanded || content.Members.Any(member => member.Features is null)) return [];
        int seen = content.Members.SelectMany(member => member.Features!).Distinct().Count();
        return seen == shape.Pixels ? [] :
        [
            FormattableString.Invariant($"The detector looks at {seen} of the {shape.Pixels} pixels of an image, drawn at random: small anomalies between ")
                + $"them are not found. Make the images smaller, or name a model that sees all, such as {BaseModel.OneClassSvdd.Name}.",
        ];
    }

    private static float Threshold(ThresholdRule rule, DetectorMember[] members, ReadOnlySpan<float> sortedScores)
    {
        if (rule != ThresholdRule.Radius) return rule.Set(sortedScores);
        return MemberScores.Combine(
            [.. members.Select(member => member.Model.Boundary(member.Plan, member.Trained.State))], [.. members.Select(member => member.Part)]);
    }

    /// <summary>An AUC over the runs; null where none has one.</summary>
    internal static AucSummary? Summarize(RunReport[] runs, Func<RunReport, double?> select)
    {
        double?[] values = [.. runs.Select(run => run.Rounds.Count > 0 ? select(run) : null)];
        double[] known = [.. values.OfType<double>()];
        if (known.Length == 0) return null;
        MeanStd summary = MeanStd.Of(known);
        return new AucSummary(summary.Mean, summary.Std, values);
    }
}
