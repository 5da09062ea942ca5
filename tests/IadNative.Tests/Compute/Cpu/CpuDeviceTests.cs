using IadNative.Compute;
using IadNative.Compute.Cpu;
using IadNative.Compute.Cpu.Lanes;
using IadNative.Tests.Compute.Twin;

namespace IadNative.Tests.Compute.Cpu;

internal sealed class CpuDeviceTests
{
    private static IEnumerable<Problem> Problems =>
        [.. new[] { 5, 2, 1 }.SelectMany(replicas => Problem.OfEachKind(samples: 77, replicas, batchSize: 32)), .. Problem.OfLargeImages(77, replicas: 2, batchSize: 32)];

    [TestCaseSource(nameof(Problems))]
    public void One_and_several_threads_compute_the_same_bits(Problem problem)
    {
        (float[], float[])[] expected = Run(1);
        foreach (int threads in new[] { 2, 3, 8 }) Assert.That(Run(threads), Is.EqualTo(expected), $"{threads} threads");

        (float[] Parameters, float[] Scores)[] Run(int threads)
        {
            using ISession session = problem.Start(new SharingDevice(threads));
            session.BeginRound();
            session.Train(new EpochRange(0, 0, 3), null, CancellationToken.None);
            session.Score();
            return
            [
                .. problem.States.Select((_, replica) =>
                {
                    var state = new ReplicaState(problem.Plan);
                    float[] scores = new float[problem.Samples];
                    session.Export(replica, state);
                    session.ReadScores(replica, scores);
                    return (state.Parameters, scores);
                }),
            ];
        }
    }

    // However little there is to share, as a CpuDevice does with larger networks.
    private sealed class SharingDevice(int threads) : IDevice, ILanesFunction<Func<Plan, SessionSpec, ISession>>
    {
        public string Description => "CPU, sharing all work";

        public ISession CreateSession(Plan plan, SessionSpec spec) => CpuDevice.SelectLanes(this)(plan, spec);

        public Func<Plan, SessionSpec, ISession> Invoke<T>()
            where T : struct, ILanes<T> => (plan, spec) => new CpuSession<T>(plan, spec, threads, smallestShare: 1);
    }

    [Test]
    public void The_description_names_the_instruction_set() =>
        Assert.That(new CpuDevice(1).Description, Is.EqualTo($"CPU, {CpuDevice.InstructionSet}"));

    [Test]
    public void Threads_default_to_the_cores_and_negative_ones_are_refused()
    {
        Assert.That(new CpuDevice().Threads, Is.EqualTo(Environment.ProcessorCount));
        Assert.That(() => new CpuDevice(-1), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }
}
