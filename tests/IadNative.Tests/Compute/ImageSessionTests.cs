using System.Collections.Concurrent;
using IadNative.Compute;
using IadNative.Compute.Cpu;
using IadNative.Networks;
using IadNative.Probe;
using IadNative.Tests.Compute.Twin;

namespace IadNative.Tests.Compute;

/// <summary>Convolutional networks beside the twin: scores on every device, and the networks of full size.</summary>
internal sealed class ImageSessionTests
{
    private static readonly ModelKind[] s_losses = [ModelKind.OneClass, ModelKind.SoftBoundary, ModelKind.Reconstruction];

    // What every device is compared with, made once.
    private static readonly ConcurrentDictionary<(string, string, ModelKind, int), Problem> _problems = [];
    private static readonly ConcurrentDictionary<Problem, (double[] Exact, float[] Naive)> _scores = [];
    private static readonly ConcurrentDictionary<Problem, (double[] Exact, float[][] Naive)> _gradients = [];

    private static readonly Problem[] s_fullSize =
    [
        .. from name in new[] { "lenet-mnist", "lenet-fmnist" }
           from loss in new[] { ModelKind.OneClass, ModelKind.Reconstruction }
           select new Problem(NetworkSpec.Parse(name), 784, 7, loss),
    ];

    private static IEnumerable<TestCaseData> Scored =>
        from device in Devices.All
        from shape in new[] { "2x2-conv1-1", "8x4-conv4-conv8-6-3", "4x12-conv5-conv3-2", "6x6-conv9-7-2", "4x4-conv8-conv4-3" }
        from options in new[] { "batch norm", "affine", "bias", "bias, no batch norm" }
        from loss in s_losses
        select Devices.Case(device, Images(shape, options, loss, SamplesOn(device)));

    private static IEnumerable<IDevice> FullSize =>
        [new CpuDevice(1), Devices.Emulated];

    private static IEnumerable<TestCaseData> FullSizeCases =>
        from device in FullSize from problem in s_fullSize select Devices.Case(device, problem);

    [TestCaseSource(nameof(Scored))]
    public void Images_score_as_the_twin_says(IDevice device, Problem problem)
    {
        using ISession session = problem.Start(device);
        session.Score();
        float[] scores = Problem.Values(problem.Samples, () => float.NaN);
        session.ReadScores(0, scores);
        CheckScores(scores, problem);
    }

    [TestCaseSource(nameof(FullSizeCases)), Category("Slow")]
    public void The_networks_of_full_size_step_and_score_like_the_twin(IDevice device, Problem problem)
    {
        using ISession session = problem.Start(device);
        session.Score();
        float[] scores = new float[problem.Samples];
        session.ReadScores(0, scores);
        CheckScores(scores, problem);

        var epoch = new EpochRange(Round: 0, First: 0, Count: 1);
        session.Train(epoch, null, CancellationToken.None);
        float[] gradient = new float[problem.Plan.Parameters.Length];
        session.ReadGradient(0, gradient);
        (double[] exact, float[][] naive) = _gradients.GetOrAdd(problem, _ => (
            TwinRun<double>.Train(problem, 0, epoch).Twin.Gradient,
            [.. Enumerable.Range(0, 4).Select(order => TwinRun<float>.Train(problem, 0, epoch, order).Twin.Gradient)]));
        foreach (TensorSlot slot in problem.Plan.Parameters.Slots)
        {
            Range range = slot.Offset..(slot.Offset + slot.Length);
            Tolerance.Check(
                gradient.AsSpan(range), exact.AsSpan(range), [.. naive.Select(result => result[range])],
                $"gradient of {slot.Name}");
        }
    }

    private static void CheckScores(float[] scores, Problem problem)
    {
        (double[] exact, float[] naive) = _scores.GetOrAdd(
            problem, _ => (problem.Twin<double>().Score(problem.AllRows), problem.Twin<float>().Score(problem.AllRows)));
        Tolerance.Check(scores, exact, [naive], "score");
    }

    private static Problem Images(string shape, string options, ModelKind loss, int samples) =>
        _problems.GetOrAdd((shape, options, loss, samples), _ =>
        {
            NetworkSpec network = NetworkSpec.Parse(shape) with
            {
                Affine = options == "affine",
                Bias = options.StartsWith("bias", StringComparison.Ordinal),
                BatchNorm = !options.EndsWith("no batch norm", StringComparison.Ordinal),
            };
            return new Problem(network, network.Image!.Value.Pixels, samples, loss);
        });

    // More than one block of rows on the CPU; few where every access is checked.
    private static int SamplesOn(IDevice device) => Devices.CategoryOf(device) == "Emulator" ? 19 : 131;
}
