using BenchmarkDotNet.Attributes;
using IadNative.Compute;
using IadNative.Compute.Cpu;
using IadNative.Data;
using IadNative.Models;
using IadNative.Networks;

namespace IadNative.Bench;

/// <summary>
/// Training on Satellite, network 32-16-8 or a flow of 32-32, batch 128, one thread: the time of one step of Adam.
/// </summary>
[MemoryDiagnoser]
public class TrainingBenchmarks
{
    private const int Steps = 51;

    private ISession _session = null!;
    private int _epoch;

    [Params("svdd", "svdd-soft", "ae", "maf")]
    public string Model { get; set; } = "";

    [Params(true, false)]
    public bool BatchNorm { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        Dataset data = SatelliteData.Read();
        BaseModel model = BaseModel.Parse(Model);
        NetworkSpec network = model.DefaultNetwork(data.Columns, data.Image) with { BatchNorm = BatchNorm };
        Plan plan = model.WritePlan(network, data.Columns, model.DefaultEpochs);
        _session = new CpuDevice(threads: 1).CreateSession(plan, new SessionSpec
        {
            Data = data.Values,
            Scaler = FeatureScaler.Fit(data),
            Replicas = [new ReplicaSpec(Key: 0, Member: 0, [.. Enumerable.Range(0, data.Rows)])],
            BatchSize = 128,
            LearningRate = 1e-3,
        });
        _session.Import(0, NetworkInitializer.Fresh(plan, key: 0, member: 0, round: 0));
        _session.BeginRound();
    }

    /// <summary>One epoch with its shuffle, counted per step.</summary>
    [Benchmark(OperationsPerInvoke = Steps)]
    public void Step() =>
        _session.Train(new EpochRange(Round: 0, First: _epoch++ % 65_536, Count: 1), null, CancellationToken.None);
}
