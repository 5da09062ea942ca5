using System.Text.RegularExpressions;
using IadNative.Cuda;
using NUnit.Framework.Internal;

namespace IadNative.Tests.Emulator;

/// <summary>
/// Drops each barrier and fence of the kernels in turn: the exercises, run on the emulator's build "check", must notice.
/// It is a test of the exercises as much as of the emulator.
/// </summary>
[Category("Emulator")]
public sealed partial class MutationTests
{
    [OneTimeSetUp]
    public void NeedsCompiler() => ClangCompiler.IgnoreIfMissing();

    [Test, Category("Slow")]
    public void Every_dropped_barrier_or_fence_of_samples_and_of_kernels_changed_since_main_is_noticed()
    {
        IReadOnlySet<string> changed = ChangedSources.SinceMain();

        // What is compiled for a shape takes a quarter of an hour, and waits for the night.
        AssertNoticed(KernelSources.KernelsAndSamples.Except(KernelSources.ShapedFiles).Where(path =>
            changed.Contains(Path.GetFileName(path)) || Path.GetDirectoryName(path) == KernelSources.SampleFolder));
    }

    [Test, Category("Nightly")]
    public void Every_dropped_barrier_or_fence_of_all_kernels_is_noticed() =>
        AssertNoticed(KernelSources.KernelsAndSamples.Except(KernelSources.ShapedFiles));

    [Test, Category("Nightly")]
    public void Every_dropped_barrier_of_what_is_compiled_for_a_shape_is_noticed(
        [Values("fused/block.cuh", "fused/chain_stages.cuh", "fused/flow_stages.cuh", "lab/chain_cluster.cu", "lab/chain_layer.cu")] string file) =>
        AssertNoticed([Path.Combine(KernelSources.KernelFolder, file)]);

    [Test, Category("Slow")]
    public void Exercises_of_what_is_compiled_for_a_shape_pass_where_nothing_is_dropped([Range(0, 3)] int seed) => Assert.Multiple(() =>
    {
        foreach (KernelExercise exercise in FusedExercises.All)
        {
            using var driver = new EmulatedCudaDriver(Options(KernelSources.KernelFolder, seed));
            Assert.That(() => exercise.Run(driver), Throws.Nothing, exercise.File);
        }
    });

    [Test]
    public void Of_what_is_compiled_for_a_shape_every_file_with_barriers_is_tried() => Assert.That(
        KernelSources.ShapedFiles.Where(path => Mutant.Of(path).Any()).Select(KernelSources.NameOf),
        Is.EqualTo(new[] { "fused/block.cuh", "fused/chain_stages.cuh", "fused/flow_stages.cuh", "lab/chain_cluster.cu", "lab/chain_layer.cu" }));

    [Test]
    public void Mutants_drop_one_statement_each_and_leave_what_a_comment_proves_redundant()
    {
        string source = BuildCache.GetOrAdd("mutants.cu", ["mutants"], path => File.WriteAllText(path, """
            // __syncthreads();
            void f() {
                __syncthreads();
                if (x) __syncwarp(0x3u);
                __threadfence(); // redundant: nobody reads
                // redundant: one warp
                __syncthreads();
                __threadfence_block();
                int n = __syncthreads_count(x);
                if constexpr (A > 1) Team::meet();
            }
            void meet() { CLUSTER_BARRIER(); }
            """));
        Mutant[] mutants = [.. Mutant.Of(source)];
        Assert.That(
            mutants.Select(mutant => (mutant.Line, mutant.Dropped)),
            Is.EqualTo([(3, "__syncthreads();"), (4, "__syncwarp(0x3u);"), (8, "__threadfence_block();"), (10, "Team::meet();"), (12, "CLUSTER_BARRIER();")]));
        Assert.That(mutants[1].Text, Does.Contain("if (x) (void)0;\n"));
    }

    private static void AssertNoticed(IEnumerable<string> sources)
    {
        KernelExercise[] exercises = [.. KernelExercises.All, .. FusedExercises.All, .. SampleExercises.All];
        Mutant[] mutants = [.. sources.SelectMany(Mutant.Of)];
        Mutant[] missed = [.. mutants.Where(mutant => !IsNoticed(mutant, exercises))];
        TestContext.Out.WriteLine($"{mutants.Length - missed.Length} of {mutants.Length} noticed.");
        Assert.That(mutants, Is.Not.Empty);
        Assert.That(missed, Is.Empty,
            "A barrier that these exercises do not need: let the exercise of its kernel show why it is there, or say so "
            + "beside it with '// redundant: ' and the reason.");
    }

    private static bool IsNoticed(Mutant mutant, KernelExercise[] exercises)
    {
        string folder = mutant.WriteFolder();
        return exercises.Where(exercise => Includes(folder, exercise.File, KernelSources.NameOf(mutant.Source)))
            .Any(exercise => Enumerable.Range(0, 4).Any(seed => Fails(exercise, Options(folder, seed))));
    }

    private static EmulatorOptions Options(string folder, int seed) => new()
    {
        Mode = EmulatorMode.Check,
        ComputeMajor = 9, // for clusters
        Seed = (ulong)seed,
        KernelFolder = folder,
        TimeLimit = TimeSpan.FromSeconds(5),
    };

    /// <summary>Whether a file is another one or includes it, directly or not.</summary>
    private static bool Includes(string folder, string file, string other)
    {
        if (file == other)
            return true;
        string path = Path.Combine(folder, file);
        return File.Exists(path) && Include().Matches(File.ReadAllText(path))
            .Any(match => Includes(folder, match.Groups[1].Value, other));
    }

    private static bool Fails(KernelExercise exercise, EmulatorOptions options)
    {
        using var driver = new EmulatedCudaDriver(options);
        using (new TestExecutionContext.IsolatedContext()) // its failed assertions are none of this test
        {
            try
            {
                exercise.Run(driver);
                return false;
            }
            catch (Exception exception) when (exception is CudaException or AssertionException)
            {
                return true;
            }
        }
    }

    [GeneratedRegex("#include \"([^\"]+)\"")]
    private static partial Regex Include();
}
