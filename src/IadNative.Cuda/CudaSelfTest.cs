using IadNative.Compute;
using IadNative.Compute.Cpu;
using IadNative.Data;
using IadNative.Networks;

namespace IadNative.Cuda;

/// <summary>
/// Whether a device computes what the CPU does: two small autoencoders are trained on both for some epochs, which loads kernels, launches
/// them, multiplies matrices, records launches and replays them, and their scores are compared; then again with epochs fused, which a
/// device goes without where that differs.
/// </summary>
internal static class CudaSelfTest
{
    private const int Rows = 41, Features = 4, Epochs = 3;

    // Far more than rounding moves them, TF32 included.
    private const double Tolerance = 0.01;

    /// <summary>Tests a device.</summary>
    /// <param name="device">The device.</param>
    /// <param name="warn">Told where it goes without fused epochs.</param>
    /// <exception cref="CudaUnavailableException">It computes something else.</exception>
    /// <exception cref="CudaException">A call into CUDA failed, or a kernel does not compile.</exception>
    public static void Run(CudaDevice device, Action<string> warn)
    {
        Plan plan = BaseModel.Autoencoder.WritePlan(new NetworkSpec(5, 3), Features, Epochs);
        float[] data = [.. Enumerable.Range(0, Rows * Features).Select(i => (float)Math.Sin(i * i))];
        var spec = new SessionSpec
        {
            Data = data,
            Scaler = new FeatureScaler(new float[Features], [.. Enumerable.Repeat(1f, Features)]),
            Replicas = [.. Enumerable.Range(0, 2).Select(member => new ReplicaSpec(1, member, [.. Enumerable.Range(0, Rows)]))],
            BatchSize = 16,
            LearningRate = 0.01,
        };
        float[] expected = Scores(new CpuDevice(1), plan, spec);
        bool fuses = device.UseFusion;
        device.UseFusion = false;
        if (Difference() is { } difference)
        {
            throw new CudaUnavailableException(
                $"{device.Info.Name} fails the self-test: {difference}. Update the driver, or train on the CPU.", driverFails: true);
        }

        if (!fuses) return;
        device.UseFusion = true;
        if (Difference() is not { } fusedDifference) return;
        device.UseFusion = false;
        warn($"{device.Info.Name} fails the self-test of fused epochs, and trains without them: {fusedDifference}. Update the driver.");

        string? Difference()
        {
            float[] actual = Scores(device, plan, spec);
            for (int i = 0; i < expected.Length; i++)
            {
                if (!(Math.Abs(actual[i] - expected[i]) <= Tolerance * (1 + expected[i])))
                    return FormattableString.Invariant($"a score is {actual[i]}, and the CPU says {expected[i]}");
            }

            return null;
        }
    }

    private static float[] Scores(IDevice device, Plan plan, SessionSpec spec)
    {
        using ISession session = device.CreateSession(plan, spec);
        session.Initialize(0);
        session.Train(new EpochRange(0, 0, Epochs), null, CancellationToken.None);
        session.Score();
        float[] scores = new float[2 * Rows];
        for (int replica = 0; replica < 2; replica++) session.ReadScores(replica, scores.AsSpan(replica * Rows, Rows));
        return scores;
    }
}
