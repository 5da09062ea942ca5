namespace IadNative.Tests.Emulator;

/// <summary>Correct kernels give the right results and no complaint, whatever the schedule.</summary>
[Category("Emulator")]
public sealed class SampleKernelTests
{
    private static IEnumerable<TestCaseData> Runs =>
        from exercise in SampleExercises.All
        from mode in Enum.GetValues<EmulatorMode>()
        select new TestCaseData(exercise, mode);

    [OneTimeSetUp]
    public void NeedsCompiler() => ClangCompiler.IgnoreIfMissing();

    [TestCaseSource(nameof(Runs)), Category("Slow")]
    public void Correct_kernels_run_without_complaint_in_every_schedule(object exercise, object mode)
    {
        foreach (EmulatorOptions schedule in Schedules((EmulatorMode)mode))
        {
            using var driver = new EmulatedCudaDriver(schedule with { KernelFolder = KernelSources.SampleFolder });
            Assert.That(() => ((KernelExercise)exercise).Run(driver), Throws.Nothing, $"{schedule}");
        }
    }

    [Test]
    public void Every_sample_has_an_exercise() => Assert.That(
        SampleExercises.All.Select(exercise => exercise.File),
        Is.EqualTo(KernelSources.FilesIn(KernelSources.SampleFolder, "*.cu").Select(Path.GetFileName)));

    private static IEnumerable<EmulatorOptions> Schedules(EmulatorMode mode) =>
        EmulatorOptions.Schedules(mode).Concat(Enumerable.Range(3, 5).Select(seed =>
            new EmulatorOptions
            {
                Mode = mode, Seed = (ulong)seed, Residency = 3 + seed % 3, AccessesBetweenInterruptions = 7 * seed,
            }));
}
