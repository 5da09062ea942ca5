using System.Text.Json;
using IadNative.Bench.Versus;
using IadNative.Bench.Versus.Exchange;
using IadNative.Compute;
using IadNative.Models;
using IadNative.Probe;

namespace IadNative.Tests.Bench;

/// <summary>The rows that are compared, and that our side of them does what it says.</summary>
internal sealed class WorkloadsTests
{
    private static readonly (string Name, double Goal)[] s_rows =
    [
        ("step-svdd", 10), ("step-ae", 10), ("step-maf36", 7), ("step-maf784", 3), ("step-lenet", 3.5), ("step-lenet-ae", 4.5),
        ("step-fmnist", 1.3), ("step-fmnist-ae", 1.7), ("job-satellite", 10), ("row-svdd", 4), ("row-ae", 4), ("row-maf", 3),
        ("rows-svdd", 1.5),
    ];

    [Test]
    public void Names_and_goals_are_fixed_and_each_stands_beside_the_defaults()
    {
        Workload[] withGoal = [.. Workloads.All.Where(workload => workload.Goal is not null)];
        Assert.That(withGoal.Select(workload => (workload.Name, workload.Goal!.Value)), Is.EqualTo(s_rows));
        Assert.That(Workloads.All.Select(workload => workload.Name), Is.Unique);
        foreach ((string name, _) in s_rows)
            Assert.That(Workloads.All.Single(workload => workload.Name == $"{name}-spec").Goal, Is.Null);
        Assert.That(ColdStart.Name, Is.EqualTo("cold-start"));
        Assert.That(
            Workloads.All.Where(workload => workload.Name.StartsWith("row-", StringComparison.Ordinal)).Select(workload => workload.MostThreads),
            Is.All.EqualTo(1), "a row is scored on one thread");
    }

    [TestCase("row-svdd")]
    [TestCase("row-ae")]
    [TestCase("row-maf")]
    [TestCase("row-svdd-spec")]
    [TestCase("row-maf-spec")]
    public void A_row_is_scored_without_allocations(string name)
    {
        OurWork work = Make(name, threads: 1);
        double[] scores = work.Introduce().Check;
        Assert.That(scores, Has.Length.EqualTo(6_435).And.All.Matches<double>(double.IsFinite));
        Assert.That(scores.Distinct().Count(), Is.GreaterThan(6_000));
        Measurement measurement = work.Run(500);
        Assert.That(measurement.BytesPerUnit, Is.Zero);
        Assert.That(measurement.P50, Is.Positive);
        Assert.That(measurement.P99, Is.GreaterThanOrEqualTo(measurement.P50!.Value));
        Assert.That(work.ValueOf(measurement, 500), Is.EqualTo(measurement.P50!.Value * 1e6).Within(1e-9));
    }

    [Test]
    public void All_rows_in_one_call_score_as_alone_and_on_one_thread_without_allocations()
    {
        OurWork rows = Make("rows-svdd", threads: 1);
        Assert.That(rows.Introduce().Check, Is.EqualTo(Make("row-svdd", threads: 1).Introduce().Check));
        Assert.That(Make("rows-svdd", threads: 2).Introduce().Check, Is.EqualTo(rows.Introduce().Check));
        rows.Run(20);
        Assert.That(rows.Run(20).BytesPerUnit, Is.Zero);
    }

    [Test]
    public void What_is_timed_of_training_is_the_training_that_is_compared()
    {
        Network network = Workloads.Table(Workloads.Svdd, BaseModel.OneClassSvdd);
        int[] batches = network.Batches();
        double[] losses = network.FirstLosses(batches.Length);
        double mean = losses.Zip(batches, (loss, samples) => loss * samples).Sum() / network.Data.Rows;
        foreach (int threads in new[] { 1, 2 })
        {
            Introduction ours = new TrainingWork(network, threads).Introduce();
            Assert.That(ours.Check, Is.EqualTo(losses[..10]));
            Assert.That(ours.EpochLoss, Is.EqualTo(mean).Within(1e-5 * mean));
        }

        double withoutLastStep = losses[..^1].Zip(batches, (loss, samples) => loss * samples).Sum() / network.Data.Rows;
        Assert.That(
            Agreement.Holds(Epoch(mean), Epoch(withoutLastStep)), Is.False, "an epoch that lacks a step does not match");

        static Introduction Epoch(double loss) => new("", [1]) { EpochLoss = loss };
    }

    [Test]
    public void Peers_get_the_problem_with_everything_that_they_start_from()
    {
        string folder = Directory.CreateTempSubdirectory("versus-test-").FullName;
        try
        {
            Make("step-ae", threads: 2).Write(folder);
            Problem problem = JsonSerializer.Deserialize<Problem>(File.ReadAllText(Path.Combine(folder, ProblemFiles.Problem)))!;
            Assert.That(
                (problem.Kind, problem.Loss, problem.Threads, problem.Features, problem.Rows, problem.LearningRate),
                Is.EqualTo((WorkKind.Training, Loss.Reconstruction, 2, 36, 6_435, 1e-3)));
            Assert.That(problem.Batches.Sum(), Is.EqualTo(6_435));
            Assert.That(problem.Layers.Select(layer => (layer.Weight.Rows, layer.Weight.Columns)), Is.EqualTo(
                new[] { (32, 36), (16, 32), (8, 16), (16, 8), (32, 16), (36, 32) }));
            Assert.That(problem.Layers.Select(layer => layer.Slope), Is.EqualTo(new[] { 0.01f, 0.01f, 0.01f, 0.01f, 0.01f, 1 }));
            Assert.That(problem.Layers.Select(layer => (layer.Bias is null, layer.Norm is null)), Is.All.EqualTo((false, true)));
            Assert.That(RawFile.Read<float>(folder, ProblemFiles.Data), Has.Length.EqualTo(6_435 * 36));
            Assert.That(RawFile.Read<int>(folder, ProblemFiles.Order)[..6_435].Order(), Is.EqualTo(Enumerable.Range(0, 6_435)));
            Assert.That(
                RawFile.Read<float>(folder, ProblemFiles.Parameters), Has.Length.EqualTo(problem.Layers.Sum(
                    layer => layer.Weight.Length + layer.Bias!.Length)));
            Assert.That(RawFile.ReadIfThere<float>(folder, ProblemFiles.Mask), Is.Empty);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static OurWork Make(string name, int threads) =>
        Workloads.All.Single(workload => workload.Name == name).Make(threads);
}
