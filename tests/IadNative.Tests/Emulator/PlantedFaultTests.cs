using IadNative.Cuda;

namespace IadNative.Tests.Emulator;

/// <summary>Every kind of fault that the emulator is there to find is planted in a small kernel and must be reported.</summary>
[Category("Emulator")]
public sealed class PlantedFaultTests
{
    private const string Races = "races.cu", Memory = "memory.cu", Collectives = "collectives.cu", Progress = "progress.cu", Clusters = "clusters.cu";

    /// <summary>Kernel, what check must say, what fast must say or null where it cannot know, and the grid.</summary>
    private static readonly Fault[] s_faults =
    [
        new(Races, "missing_barrier", "RACE"),
        new(Races, "missing_second_barrier", "RACE"),
        new(Races, "missing_syncwarp", "RACE"),
        new(Races, "missing_syncwarp_volatile", "RACE"),
        new(Races, "shuffle_instead_of_syncwarp", "RACE"),
        new(Races, "blocks_write_one_place", "RACE") { Grid = 2 },
        new(Races, "plain_write_beside_atomic", "RACE"),
        new(Races, "hand_over_without_writers_fence", "RACE") { Grid = 2 },
        new(Races, "hand_over_without_readers_fence", "RACE") { Grid = 2 },
        new(Races, "hand_over_with_block_fence", "RACE") { Grid = 2 },
        new(Memory, "write_one_past_the_end", "OUT OF BOUNDS", "ILLEGAL ADDRESS"),
        new(Memory, "write_far_past_the_end", "OUT OF BOUNDS", "ILLEGAL ADDRESS"),
        new(Memory, "write_before_the_start", "OUT OF BOUNDS", "CANARY"),
        new(Memory, "write_into_the_padding", "OUT OF BOUNDS", "CANARY"),
        new(Memory, "read_past_the_end", "OUT OF BOUNDS", "ILLEGAL ADDRESS"),
        new(Memory, "read_address", "WILD ADDRESS", "ILLEGAL ADDRESS"),
        new(Memory, "read_address", "WILD ADDRESS") { Address = AddressKind.Host },
        new(Memory, "read_address", "OUT OF BOUNDS", "ILLEGAL ADDRESS") { Address = AddressKind.Freed },
        new(Memory, "index_past_static_shared", "ARRAY INDEX"),
        new(Memory, "point_past_static_shared", "ARRAY INDEX"),
        new(Memory, "write_past_dynamic_shared", "OUT OF BOUNDS", "ILLEGAL ADDRESS") { SharedBytes = 1024 },
        new(Memory, "read_unwritten_shared", "UNINITIALISED"),
        new(Memory, "read_unwritten_global", "UNINITIALISED"),
        new(Memory, "add_to_unwritten_global", "UNINITIALISED"),
        new(Memory, "misaligned_vector", "MISALIGNED", "MISALIGNED"),
        new(Memory, "misaligned_double", "MISALIGNED"),
        new(Collectives, "different_barriers", "DIVERGENT BARRIER", "DIVERGENT BARRIER"),
        new(Collectives, "skipped_barrier", "DIVERGENT BARRIER", "DIVERGENT BARRIER"),
        new(Collectives, "barriers_by_half_block", "DIVERGENT BARRIER", "DIVERGENT BARRIER"),
        new(Collectives, "barrier_against_warp", "DEADLOCK", "DEADLOCK"),
        new(Collectives, "overlapping_masks", "WARP MISMATCH", "WARP MISMATCH"),
        new(Collectives, "named_lanes_that_do_not_come", "DEADLOCK", "DEADLOCK"),
        new(Collectives, "lane_outside_its_mask", "WARP MASK", "WARP MASK"),
        new(Collectives, "different_collectives", "WARP MISMATCH", "WARP MISMATCH"),
        new(Progress, "wait_for_lower_block", "DEADLOCK", "DEADLOCK")
        {
            Grid = 16, Residency = 4, Order = BlockOrder.Descending,
        },
        new(Progress, "wait_for_nobody", "DEADLOCK", "DEADLOCK"),
        new(Progress, "wait_without_pause", "TIMEOUT", "TIMEOUT"),
        new(Progress, "endless_loop", "TIMEOUT", "TIMEOUT"),
        new(Progress, "deep_recursion", "STACK OVERFLOW", "STACK OVERFLOW"),
        new(Progress, "division_by_zero", "DIVISION", "DIVISION"),
        new(Clusters, "barrier_of_the_block_alone", "RACE") { Grid = 2, SharedBytes = 1024 },
        new(Clusters, "written_while_others_read", "RACE") { Grid = 2, SharedBytes = 1024 },
        new(Clusters, "read_of_a_finished_block", "CLUSTER", "CLUSTER") { Grid = 2, SharedBytes = 1024 },
        new(Clusters, "end_of_a_block_that_is_read", "CLUSTER", "CLUSTER") { Grid = 2, SharedBytes = 1024 },
        new(Clusters, "read_beyond_the_cluster", "CLUSTER", "CLUSTER") { Grid = 2, SharedBytes = 1024 },
        new(Clusters, "different_barriers_of_a_cluster", "DIVERGENT BARRIER", "DIVERGENT BARRIER") { Grid = 2, SharedBytes = 1024 },
        new(Clusters, "correct_exchange", "LAUNCH", "LAUNCH") { Grid = 3, SharedBytes = 1024 },
    ];

    private static readonly Fault[] s_correct =
    [
        new(Races, "correct_hand_over", "") { Grid = 2 },
        new(Collectives, "correct_partial_masks", ""),
        new(Collectives, "correct_early_exit", ""),
        new(Collectives, "correct_reducing_barriers", ""),
        new(Clusters, "correct_exchange", "") { Grid = 4, SharedBytes = 1024, Residency = 1 },
        new(Progress, "wait_for_lower_block", "") { Grid = 16, Residency = 4, Order = BlockOrder.Ascending },
    ];

    private enum AddressKind
    {
        Null,
        Host,
        Freed,
    }

    [OneTimeSetUp]
    public void NeedsCompiler() => ClangCompiler.IgnoreIfMissing();

    [TestCaseSource(nameof(s_faults)), Category("Slow")]
    public void Check_reports_every_planted_fault_in_every_schedule(object fault) =>
        Assert.Multiple(() =>
        {
            for (ulong seed = 0; seed < 4; seed++)
            {
                string? message = Message((Fault)fault, EmulatorMode.Check, seed);
                Assert.That(message ?? "", Does.Contain(((Fault)fault).InCheck + ": "), $"seed {seed}");
            }
        });

    [TestCaseSource(nameof(s_faults))]
    public void Fast_reports_the_faults_that_need_no_check_of_each_access(object fault)
    {
        string? expected = ((Fault)fault).InFast;
        string? message = Message((Fault)fault, EmulatorMode.Fast, seed: 1);
        Assert.That(message ?? "", expected is null ? Is.Empty : Does.Contain(expected + ": "));
    }

    [TestCaseSource(nameof(s_correct)), Category("Slow")]
    public void Correct_kernels_beside_them_are_not_reported(object kernel) =>
        Assert.Multiple(() =>
        {
            for (ulong seed = 0; seed < 6; seed++)
                Assert.That(Message((Fault)kernel, EmulatorMode.Check, seed), Is.Null, $"seed {seed}");
        });

    [Test, Category("Slow")]
    public void A_report_names_kernel_block_thread_file_and_line()
    {
        string message = Message(new(Memory, "write_one_past_the_end", ""), EmulatorMode.Check, seed: 0)!;
        Assert.Multiple(() =>
        {
            Assert.That(message, Does.Contain("[kernel write_one_past_the_end, block (0,0,0), thread (255,0,0)]"));
            Assert.That(message, Does.Contain("0 bytes past the end of an allocation of 1024 bytes"));
            Assert.That(message, Does.Contain($"memory.cu:{LineOf(Memory, "write_one_past_the_end")}"));
        });
    }

    [Test, Category("Slow")]
    public void The_device_works_on_after_a_fault()
    {
        foreach (EmulatorMode mode in Enum.GetValues<EmulatorMode>())
        {
            using var driver = new EmulatedCudaDriver(new() { Mode = mode, KernelFolder = KernelSources.FaultFolder });
            for (int i = 0; i < 3; i++)
            {
                Assert.That(() => Launch(driver, new(Progress, "division_by_zero", "")), Throws.TypeOf<CudaException>());
                Assert.That(() => Launch(driver, new(Collectives, "correct_early_exit", "")), Throws.Nothing);
            }
        }
    }

    private static int LineOf(string file, string text) => 1 + Array.FindIndex(
        File.ReadAllLines(Path.Combine(KernelSources.FaultFolder, file)), line => line.Contains(text));

    /// <summary>What the emulator says of a kernel, or null.</summary>
    private static string? Message(Fault fault, EmulatorMode mode, ulong seed)
    {
        using var driver = new EmulatedCudaDriver(new()
        {
            Mode = mode,
            Seed = seed,
            Residency = fault.Residency,
            Order = fault.Order,
            TimeLimit = TimeSpan.FromSeconds(fault.InCheck == "TIMEOUT" ? 0.1 : 30),
            KernelFolder = KernelSources.FaultFolder,
        });
        try
        {
            Launch(driver, fault);
            return null;
        }
        catch (CudaException exception)
        {
            return exception.Message;
        }
    }

    private static unsafe void Launch(EmulatedCudaDriver driver, Fault fault)
    {
        float[] input = [.. Enumerable.Range(0, 2048).Select(i => (float)i)];
        ulong output = driver.Allocate<float>(256), freed = driver.Upload<float>(input);
        driver.Free(freed);
        fixed (float* host = input)
        {
            var argument = new FaultArgs(
                output, driver.Upload<float>(input), driver.AllocateZeros<uint>(60),
                fault.Address switch { AddressKind.Host => (ulong)host, AddressKind.Freed => freed, _ => 0 });
            driver.Launch(fault.File, fault.Kernel, new(fault.Grid, 1, 1, 256, fault.SharedBytes), argument);
        }
    }

    private readonly record struct FaultArgs(ulong Out, ulong In, ulong Flags, ulong Address);

    private sealed record Fault(string File, string Kernel, string InCheck, string? InFast = null)
    {
        public int Grid { get; init; } = 1;

        public int SharedBytes { get; init; }

        public int Residency { get; init; } = int.MaxValue;

        public BlockOrder? Order { get; init; }

        public AddressKind Address { get; init; }

        public override string ToString() => Kernel == "read_address" ? $"{Kernel} ({Address})" : Kernel;
    }
}
