namespace IadNative.Tests.Emulator;

/// <summary>Runs the product's kernels, each file by itself.</summary>
[Category("Emulator")]
public sealed class KernelExerciseTests
{
    [OneTimeSetUp]
    public void NeedsCompiler() => ClangCompiler.IgnoreIfMissing();

    [Test]
    public void Every_exercise_passes_and_gives_the_same_bits_in_every_schedule() => RunAll(EmulatorOptions.Numbers);

    [Test, Category("Slow")]
    public void Every_exercise_passes_in_every_schedule_that_is_checked() =>
        RunAll([.. EmulatorOptions.Schedules(EmulatorMode.Check)]);

    [Test, Category("Nightly")]
    public void Every_exercise_passes_in_64_random_schedules([Range(0, 63)] int number) =>
        RunAll(EmulatorOptions.Drawn(EmulatorMode.Fast, number), EmulatorOptions.Drawn(EmulatorMode.Check, number));

    [Test, Category("Slow")]
    public void Every_kernel_is_launched_in_check_mode()
    {
        using var driver = new EmulatedCudaDriver(new() { Mode = EmulatorMode.Check });
        foreach (KernelExercise exercise in KernelExercises.All)
            exercise.Run(driver);
        IEnumerable<string> kernels = KernelSources.KernelFiles
            .SelectMany(file => PtxCompiler.Entries(PtxCompiler.Compile(file, "sm_80")));
        Assert.That(driver.Launches.Keys, Is.EquivalentTo(kernels));
    }

    private static void RunAll(params EmulatorOptions[] schedules) => Assert.Multiple(() =>
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
