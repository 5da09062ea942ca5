namespace IadNative.Tests.Emulator;

/// <summary>The emulator's fibers and signal handlers leave the .NET runtime around them alone.</summary>
[Category("Emulator")]
[Category("Slow")]
public sealed class ManagedCodeTests
{
    [OneTimeSetUp]
    public void NeedsCompiler() => ClangCompiler.IgnoreIfMissing();

    [Test]
    public void A_null_reference_of_managed_code_is_still_an_exception_after_kernels_have_run([Values] bool check)
    {
        RunSamples(check ? EmulatorMode.Check : EmulatorMode.Fast);
        string? nothing = Environment.GetEnvironmentVariable("a variable that is not set");
        Assert.That(() => nothing!.Length, Throws.TypeOf<NullReferenceException>());
    }

    [Test]
    public void Garbage_is_collected_while_kernels_run([Values] bool check)
    {
        using var done = new CancellationTokenSource();
        Task<int> collections = Task.Run(() =>
        {
            int count = 0;
            do
            {
                _ = new byte[1000][];
                GC.Collect(2, GCCollectionMode.Forced, blocking: true, compacting: true);
                count++;
            }
            while (!done.Token.WaitHandle.WaitOne(10)); // without a pause, kernels would not get on
            return count;
        });
        for (int i = 0; i < 3; i++)
            RunSamples(check ? EmulatorMode.Check : EmulatorMode.Fast);
        done.Cancel();
        Assert.That(collections.GetAwaiter().GetResult(), Is.Positive);
    }

    private static void RunSamples(EmulatorMode mode)
    {
        using var driver = new EmulatedCudaDriver(new() { Mode = mode, Seed = 1, KernelFolder = KernelSources.SampleFolder });
        foreach (KernelExercise exercise in SampleExercises.All)
            exercise.Run(driver);
    }
}
