using System.Text;
using System.Text.RegularExpressions;
using IadNative.Bench.Gpu;
using IadNative.Bench.Gpu.Lab;
using IadNative.Compute;
using IadNative.Cuda;
using IadNative.Cuda.Choice;
using IadNative.Cuda.Compilation;
using IadNative.Networks;
using IadNative.Probe;
using IadNative.Tests.Compute.Twin;
using IadNative.Tests.Cuda.Nvrtc;
using IadNative.Tests.Emulator;

namespace IadNative.Tests.Bench;

/// <summary>Kernels of the lab's rung 1b wait for the one before them before they touch anything, and train as those of rung 1.</summary>
internal sealed partial class DependentLaunchTests
{
    private static readonly CudaDeviceInfo s_hopper = new("H200", "", 9, 0, 141L << 30, 132, 227 << 10, "12.3", "", "");

    private static IEnumerable<string> Names => LabOptions.Workloads.Select(workload => workload.Name);

    [Test]
    public void Every_kernel_waits_in_front_of_its_first_statement_and_nothing_else_is_changed()
    {
        string waits = $"\n{DependentLaunch.Include}\n";
        int kernels = 0;
        foreach (string file in DependentKernels.Files)
        {
            string text = DependentLaunch.Sources[file], own = LabSources.All[file];
            int heads = Head().Count(own);
            Assert.That(Waiting().Count(text), Is.EqualTo(heads), file);
            Assert.That(text.Replace(waits, "", StringComparison.Ordinal), Is.EqualTo(own), file);
            Assert.That(text.Length, Is.EqualTo(own.Length + (heads * waits.Length)), file);
            kernels += heads;
        }

        Assert.That(kernels, Is.GreaterThan(50));
    }

    // Batches that a last sample joins, and a smaller last one.
    private static IEnumerable<Problem> Problems =>
    [
        .. from loss in new[] { ModelKind.OneClass, ModelKind.SoftBoundary, ModelKind.Reconstruction, ModelKind.NegativeLogLikelihood }
           from samples in new[] { 65, 70 }
           select new Problem(NetworkSpec.Parse("9-6") with { Bias = true }, 7, samples, loss, replicas: 2, batchSize: 32),
        new Problem(new NetworkSpec(32, 32), 36, 21, ModelKind.NegativeLogLikelihood, replicas: 1, batchSize: 8),
    ];

    [Test, Category("Emulator")]
    public void Graphs_whose_launches_overlap_leave_the_bits_of_graphs_however_early_or_late_products_run(
        [ValueSource(nameof(Problems))] Problem problem, [Values] bool runsAsideLate)
    {
        ClangCompiler.IgnoreIfMissing();
        (ReplicaState[] expected, double[] losses) = Train(problem, LabRung.Graphs, EmulatorOptions.Numbers);
        (ReplicaState[] found, double[] others) = Train(
            problem, LabRung.Overlap, EmulatorOptions.Numbers with { KernelFolder = DependentKernels.Folder, RunsAsideLate = runsAsideLate });
        Assert.That(others, Is.EqualTo(losses));
        foreach ((ReplicaState one, ReplicaState other) in expected.Zip(found))
        {
            Assert.That(other.Parameters, Is.EqualTo(one.Parameters));
            Assert.That(other.FirstMoment, Is.EqualTo(one.FirstMoment));
            Assert.That(other.SecondMoment, Is.EqualTo(one.SecondMoment));
            Assert.That(other.Statistics, Is.EqualTo(one.Statistics));
            Assert.That(other.State, Is.EqualTo(one.State));
        }
    }

    [TestCaseSource(nameof(Names)), Category("Nvrtc")]
    public void The_code_of_every_kernel_of_an_epoch_waits_before_it_touches_memory(string name)
    {
        GpuWorkload workload = LabOptions.Workloads.Single(one => one.Name == name);
        NvidiaTools tools = NvidiaTools.OrIgnore();
        var reader = new CodeReader(tools.Cuobjdump, DependentLaunch.Sources, tools.Library);
        (KernelFile File, string Name)[] kernels = KernelsOf(workload);
        Assert.That(kernels, Has.Length.GreaterThan(8));
        foreach ((KernelFile file, string kernel) in kernels)
        {
            string[] opcodes = [.. reader.Read(file, kernel).Code.Instructions.Select(one => one.Opcode.Split('.')[0])];
            int waits = Array.IndexOf(opcodes, "ACQBULK"), lets = Array.IndexOf(opcodes, "PREEXIT");
            int touches = Array.FindIndex(opcodes, opcode => opcode is "LD" or "LDG" or "ST" or "STG" or "RED" or "ATOM" or "ATOMG");
            Assert.That(waits, Is.InRange(0, touches - 1), $"{file} {kernel}: waits at {waits}, touches memory at {touches}");
            Assert.That(lets, Is.GreaterThan(waits), $"{file} {kernel}");
        }
    }

    [Test, Category("Nvrtc")]
    public void Every_kernel_has_the_instructions_from_9_0_on_and_none_before([Values("compute_89", "compute_90")] string architecture)
    {
        NvidiaTools tools = NvidiaTools.OrIgnore();
        foreach (string file in DependentKernels.Files.Where(file => Path.GetExtension(file) == ".cu" && Path.GetDirectoryName(file) == ""))
        {
            string ptx = Encoding.UTF8.GetString(tools.Compile(DependentLaunch.Sources.ProgramOf(file, architecture)));
            int heads = architecture == "compute_90" ? Head().Count(DependentLaunch.Sources[file]) : 0;
            Assert.That(Regex.Count(ptx, @"griddepcontrol\.wait;"), Is.EqualTo(heads), file);
            Assert.That(Regex.Count(ptx, @"griddepcontrol\.launch_dependents;"), Is.EqualTo(heads), file);
        }
    }

    [TestCase(9, 0, "12.3", null), TestCase(9, 0, "13.0", null), TestCase(12, 0, "12.10", null)]
    [TestCase(9, 0, "12.2", "driver for CUDA 12.2"), TestCase(8, 9, "12.4", "compute capability 8.9")]
    public void A_device_that_cannot_is_told_apart(int major, int minor, string driver, string? obstacle)
    {
        CudaDeviceInfo device = s_hopper with { ComputeMajor = major, ComputeMinor = minor, DriverVersion = driver };
        Assert.That(DependentLaunch.Obstacle(device), obstacle is null ? Is.Null : Does.Contain(obstacle));
    }

    [Test]
    public void A_report_says_why_the_rung_is_left_out()
    {
        using var driver = new CountingDriver(s_hopper with { DriverVersion = "12.2" });
        LabOptions options = LabOptions.Parse(["--rungs", "1b", "--sass", "/no/such/program"]);
        LabReport report = LabCommand.Measure(driver, overlapping: null, options, "a command");
        Assert.That(report.Steps, Is.Empty);
        Assert.That(report.ToString(), Does.Contain("- not measured: 1b overlap: a driver for CUDA 12.2; graphs record such launches from 12.3 on\n"));
    }

    private static (KernelFile File, string Name)[] KernelsOf(GpuWorkload workload)
    {
        HashSet<(KernelFile File, string Name)> kernels = [];
        using var driver = new CountingDriver(s_hopper) { Launched = (file, name, _) => kernels.Add((file, name)) };
        using ISession session = ((IDevice)new CudaDevice(driver) { UseGraphs = false, UseFusion = false }).CreateSession(workload.Plan, workload.Session(replicas: 1));
        kernels.Clear();
        session.Train(new EpochRange(0, 0, 1), null, CancellationToken.None);
        return [.. kernels];
    }

    private static (ReplicaState[] States, double[] Losses) Train(Problem problem, LabRung rung, EmulatorOptions options)
    {
        using var driver = new EmulatedCudaDriver(options);
        using var training = new LabTraining(driver, problem.Plan, problem.Spec, rung, isolateBuffers: true);
        for (int replica = 0; replica < problem.States.Length; replica++) training.Import(replica, problem.States[replica], problem.Weights[replica]);
        training.Train(new EpochRange(Round: 1, First: 0, Count: 3));
        ReplicaState[] states = [.. problem.States.Select(_ => new ReplicaState(problem.Plan))];
        for (int replica = 0; replica < states.Length; replica++) training.Export(replica, states[replica]);
        return (states, [.. states.Select((_, replica) => training.Loss(replica))]);
    }

    [GeneratedRegex("^extern \"C\" __global__", RegexOptions.Multiline)]
    private static partial Regex Head();

    [GeneratedRegex("^extern \"C\" __global__ [^{;]*\\{\n#include \"lab/dependent_launch\\.cuh\"\n", RegexOptions.Multiline)]
    private static partial Regex Waiting();
}
