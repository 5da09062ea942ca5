using IadNative.Compute;
using IadNative.Compute.Operations;
using IadNative.Data;
using IadNative.Models;
using IadNative.Networks;
using IadNative.Probe;

namespace IadNative.Tests.Compute.Twin;

/// <summary>A plan with random data, state and importance weights, the same for the same arguments.</summary>
internal sealed class Problem
{
    public Problem(NetworkSpec network, int features, int samples, ModelKind loss, int replicas = 1, int batchSize = int.MaxValue,
        MadeDegrees degrees = MadeDegrees.Sequential)
    {
        Name = $"{loss}, {samples} x {features}, {network}{(network.Bias ? ", bias" : "")}"
            + $"{(!network.BatchNorm ? ", no batch norm" : network.Affine ? ", affine" : "")}"
            + $"{(loss == ModelKind.NegativeLogLikelihood ? $", {degrees.ToShortName()}" : "")}, {replicas} replicas";
        Plan = ModelPlans.Build(network, features, loss, degrees);
        var random = new System.Random(samples + (1000 * features) + (100_000 * network.Widths[0]));
        int[] rows = [.. Enumerable.Range(0, samples)];
        Spec = new SessionSpec
        {
            Data = (float[])[.. Enumerable.Range(0, samples * features).Select(_ => Gauss(random))],
            Scaler = new FeatureScaler(Values(features, () => 0.3f * Gauss(random)), Values(features, () => 0.5f + random.NextSingle())),
            Replicas = [.. Enumerable.Range(0, replicas).Select(r => new ReplicaSpec(7 + (ulong)(r / 2), r % 2, rows))],
            BatchSize = Math.Min(batchSize, samples),
            LearningRate = 1e-3,
            WeightDecay = 1e-3,
        };
        States = [.. Spec.Replicas.Select(replica => State(replica, random))];
        Weights = [.. Spec.Replicas.Select(_ => Values(samples, () => 0.1f + random.NextSingle()))];
    }

    private Problem(string name, Plan plan, SessionSpec spec) => (Name, Plan, Spec, States, Weights) = (name, plan, spec, [], []);

    public string Name { get; }

    public Plan Plan { get; }

    public SessionSpec Spec { get; }

    /// <summary>Where each replica starts.</summary>
    public ReplicaState[] States { get; private init; }

    /// <summary>Importance weights of the n samples, per replica.</summary>
    public float[][] Weights { get; private init; }

    public int Samples => Spec.Samples;

    public int[] AllRows => [.. Enumerable.Range(0, Samples)];

    /// <summary>Everything of a step up to the batch loss, and the losses that are added to it on the way back.</summary>
    public IEnumerable<PlanOperation> ForwardPass => Plan.Step
        .TakeWhile(operation => operation is not (DenseBackward or AffineBackward or FlowNormBackward))
        .Concat(Plan.Step.Where(operation => operation is SubspaceLoss { Accumulate: true } or OrthogonalityLoss { Accumulate: true }));

    /// <summary>Everything of a step that leaves the state alone but for running statistics.</summary>
    public IEnumerable<PlanOperation> BothPasses => Plan.Step.TakeWhile(operation => operation is not AdamStep);

    public TwinInterpreter<T> Twin<T>(
        int replica = 0, bool biasLast = false, bool backwards = false, bool denseBackwards = false, int exponentialRounding = 0)
        where T : System.Numerics.IFloatingPointIeee754<T> =>
        new(Plan, Spec.Cut(Spec.Replicas[replica]), new TwinState<T>(States[replica]))
        {
            ImportanceWeights = Weights[replica],
            BiasLast = biasLast,
            Backwards = backwards,
            DenseBackwards = denseBackwards,
            ExponentialRounding = exponentialRounding,
        };

    /// <summary>Every loss on dense layers and, where they go together, on convolutions.</summary>
    public static IEnumerable<Problem> OfEachKind(int samples, int replicas = 1, int batchSize = int.MaxValue) =>
        from shape in new[] { "17-8", "4x8-conv4-conv5-6-3" }
        from loss in Enum.GetValues<ModelKind>()
        let network = NetworkSpec.Parse(shape) with { Affine = true, Bias = true }
        where network.Convolutions.Count == 0 || loss is not (ModelKind.NegativeLogLikelihood or ModelKind.MinimalVolume)
        select new Problem(network, network.Image?.Pixels ?? 5, samples, loss, replicas, batchSize);

    /// <summary>Images large enough for the CPU to filter convolutions whose images keep their size.</summary>
    public static IEnumerable<Problem> OfLargeImages(int samples, int replicas = 1, int batchSize = int.MaxValue) =>
        from loss in new[] { ModelKind.OneClass, ModelKind.Reconstruction }
        select new Problem(NetworkSpec.Parse("28x28-conv4-conv4-3") with { Bias = true }, 784, samples, loss, replicas, batchSize);

    /// <summary>What the probe trains.</summary>
    public static Problem Of(ProbeProblem probe) => new(probe.Name, probe.Plan, probe.Spec)
    {
        States = [probe.Start],
        Weights = [Values(probe.Spec.Replicas[0].Rows.Length, () => 1)],
    };

    /// <summary>A session at the start of this problem.</summary>
    public ISession Start(IDevice device)
    {
        ISession session = device.CreateSession(Plan, Spec);
        for (int replica = 0; replica < States.Length; replica++)
        {
            session.Import(replica, States[replica]);
            session.SetImportanceWeights(replica, Weights[replica]);
        }

        return session;
    }

    /// <summary>The same problem with one of its replicas.</summary>
    public Problem Alone(int replica) => new(Name, Plan, Spec with { Replicas = [Spec.Replicas[replica]] })
    {
        States = [States[replica]],
        Weights = [Weights[replica]],
    };

    /// <summary>
    /// The same problem in which each replica sees the same features, but in an order of its own, in wider data: the columns between
    /// them are not finite.
    /// </summary>
    public Problem AmongOthers()
    {
        int own = Plan.Features, width = (2 * own) + 3;
        var random = new System.Random(own);
        float[] data = Values(Samples * width, () => float.NaN), offset = Values(width, () => Gauss(random));
        float[] scale = Values(width, () => 0.5f + random.NextSingle());
        int[][] columns = [.. Spec.Replicas.Select(_ =>
        {
            int[] order = [.. Enumerable.Range(0, own).Select(j => (2 * j) + 1)];
            random.Shuffle(order);
            return order;
        })];
        for (int row = 0; row < Samples; row++)
        {
            for (int j = 0; j < own; j++) data[(row * width) + (2 * j) + 1] = Spec.Data[(row * own) + j];
        }

        return new Problem(Name + ", columns", Plan, Spec with
        {
            Data = data,
            Scaler = new FeatureScaler(offset, scale),
            Replicas = [.. Spec.Replicas.Zip(columns, (replica, chosen) => replica with { Columns = chosen })],
        })
        {
            States = States,
            Weights = Weights,
        };
    }

    /// <summary>One replica alone, its data cut to the columns that it sees.</summary>
    public Problem Cut(int replica) => new(Name + ", cut", Plan, Spec.Cut(Spec.Replicas[replica]))
    {
        States = [States[replica]],
        Weights = [Weights[replica]],
    };

    /// <summary>The same problem with all replicas trained on some of the rows.</summary>
    public Problem On(int[] rows) => new(
        Name, Plan, Spec with { Replicas = [.. Spec.Replicas.Select(replica => replica with { Rows = rows })] })
    {
        States = States,
        Weights = Weights,
    };

    /// <summary>The same problem started from other states.</summary>
    public Problem From(ReplicaState[] states) => new(Name, Plan, Spec) { States = states, Weights = Weights };

    public override string ToString() => Name;

    public static float Gauss(System.Random random) =>
        (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));

    public static float[] Values(int count, Func<float> next) => [.. Enumerable.Range(0, count).Select(_ => next())];

    // A state in the middle of training: scales, shifts, statistics and moments are no longer what they started from.
    private ReplicaState State(ReplicaSpec replica, System.Random random)
    {
        ReplicaState state = NetworkInitializer.Fresh(Plan, replica.Key, replica.Member, round: 0);
        foreach (TensorSlot slot in Plan.Parameters.Slots)
        {
            if (slot.Initialization is not (Initialization.One or Initialization.Zero)) continue;
            foreach (ref float value in state.Parameters.AsSpan(slot.Offset, slot.Length)) value += 0.3f * Gauss(random);
        }

        foreach (ref float value in state.Statistics.AsSpan()) value += 0.5f * random.NextSingle();
        foreach (ref float value in state.FirstMoment.AsSpan()) value = 0.01f * Gauss(random);
        foreach (ref float value in state.SecondMoment.AsSpan()) value = 1e-4f * random.NextSingle();
        foreach (ref float value in state.State.AsSpan(0, state.Center.Length)) value = 0.5f * Gauss(random);
        foreach ((float present, int i) in Plan.Parameters.ToMask().Select((present, i) => (present, i)))
        {
            if (present == 0) (state.FirstMoment[i], state.SecondMoment[i]) = (0, 0);
        }

        state.Steps = 3;
        if (!Plan.Step.OfType<SoftBoundaryLoss>().Any()) return state;

        // A radius midway between two samples: some lie inside, some outside, none on the boundary.
        var twin = new TwinInterpreter<double>(Plan, Spec, new TwinState<double>(state));
        twin.Train(ForwardPass, AllRows);
        double[] sorted = [.. twin.Distances.Order()];
        int middle = sorted.Length / 2;
        state.Radius = (float)Math.Sqrt((sorted[middle - 1] + sorted[middle]) / 2);
        return state;
    }
}
