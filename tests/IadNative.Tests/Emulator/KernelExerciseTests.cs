namespace IadNative.Tests.Emulator;

/// <summary>Runs the product's kernels, each file by itself.</summary>
[Category("Emulator")]
public sealed class KernelExerciseTests
{
    [OneTimeSetUp]
    public void NeedsCompiler() => ClangCompiler.IgnoreIfMissing();

    [Test]
    public void Every_exercise_passes_in_every_schedule([Values] bool check)
    {
        EmulatorOptions[] schedules = [.. EmulatorOptions.Schedules(check ? EmulatorMode.Check : EmulatorMode.Fast)];
        Assert.Multiple(() =>
        {
            foreach (KernelExercise exercise in KernelExercises.All)
            {
                foreach (EmulatorOptions schedule in schedules)
                {
                    using var driver = new EmulatedCudaDriver(schedule);
                    Assert.That(() => exercise.Run(driver), Throws.Nothing, $"{exercise}, {schedule}");
                }
            }
        });
    }

    [Test]
    public void Every_kernel_is_launched_in_check_mode()
    {
        using var driver = new EmulatedCudaDriver(new() { Mode = EmulatorMode.Check });
        foreach (KernelExercise exercise in KernelExercises.All)
            exercise.Run(driver);
        IEnumerable<string> kernels = KernelSources.KernelFiles
            .SelectMany(file => PtxCompiler.Entries(PtxCompiler.Compile(file, "sm_80")));
        Assert.That(driver.Launches.Keys, Is.EquivalentTo(kernels));
    }
}
