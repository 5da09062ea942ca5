using System.Text.Json;
using IadNative.Bench.Gpu;
using IadNative.Bench.Gpu.Lab;
using IadNative.Compute;
using IadNative.Cuda;
using IadNative.Cuda.Choice;
using IadNative.Networks;
using IadNative.Probe;
using IadNative.Tests.Compute.Twin;
using IadNative.Tests.Cuda;
using IadNative.Tests.Cuda.Nvrtc;
using IadNative.Tests.Emulator;

namespace IadNative.Tests.Bench;

/// <summary>The lab's kernels train as the product's, and what it counts and reports is what it says.</summary>
internal sealed class LabTests
{
    // Layers with and without normalisation, biases, scales; batches with a smaller last one, and one that a single sample joins.
    private static readonly Problem[] s_problems =
    [
        .. from loss in new[] { ModelKind.OneClass, ModelKind.SoftBoundary, ModelKind.Reconstruction }
           from shape in new (int Samples, int BatchSize, int Features, string Widths, string Options, int Replicas)[]
           {
               (77, 32, 36, "17-8", "affine bias", 2), (65, 32, 5, "9-6-3", "no batch norm bias", 1), (33, 33, 37, "4", "", 1),
           }
           select new Problem(
               Network(shape.Widths, shape.Options), shape.Features, shape.Samples, loss, shape.Replicas, shape.BatchSize),
        new Problem(Network("17-8", "bias"), 7, 77, ModelKind.NegativeLogLikelihood, replicas: 2, batchSize: 32),
        new Problem(Network("9", ""), 5, 65, ModelKind.NegativeLogLikelihood, replicas: 1, batchSize: 32),
    ];

    [Test, Category("Emulator")]
    public void Kernels_for_steps_and_layers_leave_the_bits_of_the_kernel_for_epochs([ValueSource(nameof(s_problems))] Problem problem)
    {
        ClangCompiler.IgnoreIfMissing();
        (ReplicaState State, float[] Gradient, double Loss)[] expected = Train(problem, LabRung.Epoch, EmulatorOptions.Numbers);
        foreach (LabRung rung in new[] { LabRung.Step, LabRung.Layer }.Where(rung => LabRungs.Has(rung, problem.Plan)))
        {
            (ReplicaState State, float[] Gradient, double Loss)[] found = Train(problem, rung, EmulatorOptions.Numbers);
            for (int replica = 0; replica < expected.Length; replica++)
            {
                (ReplicaState state, ReplicaState other) = (expected[replica].State, found[replica].State);
                string message = $"{rung}, replica {replica}";
                Assert.That(other.Parameters, Is.EqualTo(state.Parameters), message);
                Assert.That(other.FirstMoment, Is.EqualTo(state.FirstMoment), message);
                Assert.That(other.SecondMoment, Is.EqualTo(state.SecondMoment), message);
                Assert.That(other.Statistics, Is.EqualTo(state.Statistics), message);
                Assert.That(other.State, Is.EqualTo(state.State), message);
                Assert.That(other.Steps, Is.EqualTo(state.Steps), message);
                Assert.That(found[replica].Gradient, Is.EqualTo(expected[replica].Gradient), message);
                // Losses of samples are added in float64, step by step or thread by thread: each addition rounds once.
                double loss = expected[replica].Loss, most = problem.Samples * Math.Abs(loss) * Math.Pow(2, -52);
                Assert.That(Math.Abs(found[replica].Loss - loss) <= most, $"{message}: {found[replica].Loss} and {loss}");
            }
        }
    }

    // Of each layer but the first, the gradient of its weight is beside that of its inputs.
    [TestCase("svdd", 17, 15), TestCase("svdd-soft", 18, 16), TestCase("ae", 31, 26), TestCase("maf36", 104, 90)]
    public void Where_launches_overlap_fewer_of_a_step_wait_for_one_another(string name, int nodes, int inARow)
    {
        GpuWorkload workload = LabOptions.Workloads.Single(one => one.Name == name);
        using var driver = new CountingDriver(new CudaDeviceInfo("H200", "", 9, 0, 141L << 30, 132, 227 << 10, "12.3", "", ""));
        using var training = new LabTraining(driver, workload.Plan, workload.Session(replicas: 1), LabRung.Overlap);
        (long before, long chained) = (driver.Nodes, driver.LongestChain);
        int steps = training.LaunchSteps();
        Assert.That((double)(driver.Nodes - before) / steps, Is.EqualTo(nodes).Within(0.5));
        Assert.That((double)(driver.LongestChain - chained) / steps, Is.EqualTo(inARow).Within(0.5));
    }

    [Test]
    public void A_rung_that_a_plan_does_not_train_on_is_refused()
    {
        Plan flow = s_problems[^1].Plan;
        Assert.That(LabRungs.All.Where(rung => !LabRungs.Has(rung, flow)), Is.EqualTo(new[] { LabRung.Layer, LabRung.Cluster }));
        Assert.That(LabRungs.All.Where(rung => !LabRungs.Has(rung, s_problems[0].Plan)), Is.Empty);
        using var driver = new MemoryDriver();
        Assert.That(
            () => new LabTraining(driver, flow, s_problems[^1].Spec, LabRung.Layer),
            Throws.TypeOf<NotSupportedException>().With.Message.Contains("2 kernel per layer"));
    }

    [TestCase(LabRung.Step), TestCase(LabRung.Layer)]
    [Category("Emulator"), Category("Slow")]
    public void Every_access_of_the_kernels_is_in_order(LabRung rung)
    {
        ClangCompiler.IgnoreIfMissing();
        foreach (Problem problem in s_problems.Where(problem => LabRungs.Has(rung, problem.Plan)))
            Assert.That(Train(problem, rung, EmulatorOptions.Races).Select(trained => trained.Loss), Is.All.Positive);
    }

    [Test]
    public void Loops_are_multiplied_out()
    {
        SassKernel kernel = SassKernel.Read("""
            		Function : some
                    /*0000*/                   MOV R1, c[0x0][0x28] ;              /* 0x00000a0000017a02 */
                    /*0010*/                   IMAD.MOV.U32 R5, RZ, RZ, RZ ;       /* 0x00000a0000017a02 */
                    /*0020*/                   LDS.128 R8, [R5] ;                  /* outer loop: 3 rounds */
                    /*0030*/                   FFMA R2, R3, R8, R4 ;               /* inner loop: 4 rounds */
                    /*0040*/                   IADD3 R6, R7.reuse, 0xc, RZ ;       /* 0x0000000000057919 */
                    /*0050*/                   IMAD.U32 R7, RZ, RZ, UR4 ;          /* not R7 + 8, but some register */
                    /*0060*/                   UIADD3 UR4, UR4, 0x8, URZ ;         /* 0x0000000000057919 */
                    /*0070*/                   ISETP.GE.U32.AND P0, PT, R9, 0x20, PT ; /* 0x0000000000057919 */
                    /*0080*/                   IADD3 R9, R9, 0x8, RZ ;             /* compared before it is counted up: 0 8 16 24 32 */
                    /*0090*/              @!P0 BRA 0x30 ;                          /* 0x0000000000057919 */
                    /*00a0*/                   SHFL.BFLY PT, R4, R2, 0x1, 0x1f ;   /* 0x0000000000057919 */
                    /*00b0*/                   VIADD R5, R5, 0x10 ;                /* 0x0000000000057919 */
                    /*00c0*/                   STS.64 [R8], R2 ;                   /* 0x0000000000057919 */
                    /*00d0*/                   BAR.SYNC.DEFER_BLOCKING 0x0 ;       /* 0x0000000000057919 */
                    /*00e0*/                   ISETP.NE.AND P1, PT, R5, 0x30, PT ; /* 0x0000000000057919 */
                    /*00f0*/               @P1 BRA 0x20 ;                          /* 0x0000000000057919 */
                    /*0100*/                   FFMA R2, R3, R8, R4 ;               /* a loop that the code tells nothing of */
                    /*0110*/                   ISETP.NE.AND P1, PT, R5, R6, PT ;   /* 0x0000000000057919 */
                    /*0120*/               @P1 BRA 0x100 ;                         /* 0x0000000000057919 */
                    /*0130*/                   EXIT ;                              /* 0x0000000000057919 */
                    /*0140*/                   FFMA R2, R3, R8, R4 ;               /* a slow path */
                    /*0150*/                   RET.REL.NODEC R2 0x0 ;              /* 0x0000000000057919 */
            """).Single();
        Assert.Multiple(() =>
        {
            Assert.That(kernel.Loops.Select(loop => SassCount.Rounds(kernel, loop)), Is.EqualTo(new double?[] { 5, 3, null }));
            Assert.That(SassCount.Of(kernel), Is.EqualTo(new SassCount(2 + (3 * (1 + (5 * 7) + 6)) + 4, (3 * 5) + 1, 3 * (4 + 1 + 2), 3, 1)));
            Assert.That(SassCount.Of(kernel, isOneRound: true), Is.EqualTo(new SassCount(1 + (5 * 7) + 6, 5, 4 + 1 + 2, 1, 0)));
        });
    }

    [Test, Category("Nvrtc")]
    public void A_small_kernel_is_counted_as_it_is_written()
    {
        SassKernel kernel = SassKernel.Read(NvidiaTools.OrIgnore().Sass("adam.cu", "sm_90", """

            struct CountedArgs {
                float* data;
            };
            extern "C" __global__ void counted(const CountedArgs a) {
                __shared__ float x[12 * 32];
                __shared__ float4 y[64];
            #pragma unroll
                for (int i = 0; i < 12; i++) x[32 * i + threadIdx.x] = a.data[32 * i + threadIdx.x];
                __syncthreads();
                float sum = a.data[threadIdx.x];
            #pragma unroll 1
                for (int i = 0; i < 12; i++) sum = fmaf(x[32 * i + threadIdx.x], a.data[i], sum);
                y[threadIdx.x] = make_float4(sum, sum, sum, sum);
                __syncthreads();
                a.data[threadIdx.x] = y[threadIdx.x ^ 1].w + __shfl_xor_sync(0xffffffffu, sum, 1);
            }
            """)).Single(kernel => kernel.Name == "counted");
        SassCount counted = SassCount.Of(kernel);
        TestContext.Out.WriteLine(counted);
        Assert.That(counted.Ffma, Is.EqualTo(12));
        Assert.That(counted.Barriers, Is.EqualTo(2));
        Assert.That(counted.Instructions, Is.GreaterThan(12 * 3).And.LessThan(300));
        Assert.That(counted.SharedCycles, Is.EqualTo(12 + 12 + 4 + 1 + 1), "stores, loads, four words stored, one loaded, a shuffle");
        Assert.That(counted.UnknownLoops, Is.Zero);
    }

    [Test, Category("Nvrtc")]
    public void A_step_multiplies_as_often_on_every_rung_as_its_products_need()
    {
        NvidiaTools tools = NvidiaTools.OrIgnore();
        var reader = new CodeReader(tools.Cuobjdump, LabSources.All, tools.Library);
        GpuWorkload svdd = LabOptions.Workloads[0];
        const int products = (2 * 36 * 32) + (3 * 32 * 16) + (3 * 16 * 8), threads = 256; // by sample: forward, by the weight, but for the first by inputs
        foreach (LabRung rung in new[] { LabRung.Layer, LabRung.Step, LabRung.Epoch, LabRung.Cluster })
        {
            LabCode code = LabCode.Read(reader, svdd, rung);
            TestContext.Out.WriteLine(code);
            Assert.That(code.Nodes, Is.EqualTo(rung switch { LabRung.Layer => 6, LabRung.Step => 1, _ => 1.0 / svdd.Steps }));
            double share = (double)products * svdd.BatchSize / threads / (rung == LabRung.Cluster ? ClusterKernel.Blocks : 1);
            Assert.That(code.Warp!.Ffma, Is.InRange(share, 1.25 * share), $"{rung}");
            Assert.That(code.Warp.ClusterBarriers, Is.EqualTo(rung == LabRung.Cluster ? 5 : 0), "two normalised layers, forward and backward, and the end");
            Assert.That(code.Registers, Is.InRange(64, 255));
            Assert.That(code.SharedBytes, Is.InRange(64 << 10, 227 << 10));
        }
    }

    [TestCase("/*0010*/ IADD3 R12, R14, 0xc, RZ ;\n/*0020*/ IADD3 R14, R14, 0x8, RZ ;\n/*0030*/ ISETP.GE.U32.AND P0, PT, R12, 0x24, PT ;", 4.0)]
    [TestCase("/*0010*/ ISETP.GE.AND P0, PT, R59.reuse, -0xe0, PT ;\n/*0020*/ IADD3 R56, R59, 0x100, RZ ;\n/*0030*/ MOV R59, R56 ;", 1.0)]
    [TestCase("/*0010*/ IADD3 R5, R5, -0x1, RZ ;\n/*0020*/ FADD R2, R2, R3 ;\n/*0030*/ ISETP.NE.AND P0, PT, R5, RZ, PT ;", null)]
    [TestCase("/*0010*/ IADD3 R5, R5, 0x4, RZ ;\n/*0020*/ @P1 MOV R5, R6 ;\n/*0030*/ ISETP.NE.AND P0, PT, R5, 0x10, PT ;", null)]
    [TestCase("/*0008*/ MOV R5, 0x4 ;\n/*0010*/ IADD3 R5, R5, 0xc, RZ ;\n/*0020*/ NOP ;\n/*0030*/ ISETP.NE.AND P0, PT, R5, 0x28, PT ;", 3.0)]
    [TestCase("/*0008*/ HFMA2.MMA R5, -RZ, RZ, 0, 2.384185791015625e-07 ;\n/*0010*/ IADD3 R5, R5, 0xc, RZ ;\n/*0020*/ NOP ;\n/*0030*/ ISETP.NE.AND P0, PT, R5, 0x28, PT ;", 3.0)]
    [TestCase("/*0008*/ UMOV UR4, 0x4 ;\n/*0010*/ UIADD3 UR4, UR4, 0xc, URZ ;\n/*0020*/ UISETP.NE.AND UP0, UPT, UR4, 0x28, UPT ;\n/*0030*/ PLOP3.LUT P0, PT, PT, PT, UP0, 0x80, 0x0 ;", 3.0)]
    [TestCase("/*0006*/ UMOV UR4, 0x4 ;\n/*0008*/ IMAD.U32 R7, RZ, RZ, UR4 ;\n/*0010*/ ISETP.GE.U32.AND P0, PT, R7, 0x20, PT ;\n/*0020*/ UIADD3 UR5, UR4, 0x4, URZ ;\n/*0030*/ UMOV UR4, UR5 ;\n/*0038*/ IMAD.U32 R7, RZ, RZ, UR5 ;", 8.0)]
    public void Rounds_of_a_loop_are_read_from_what_it_counts(string body, double? rounds)
    {
        SassKernel kernel = SassKernel.Read($"\tFunction : some\n{body}\n/*0040*/ @!P0 BRA 0x10 ;\n/*0050*/ EXIT ;\n").Single();
        Assert.That(SassCount.Rounds(kernel, kernel.Loops.Single()), Is.EqualTo(rounds));
    }

    [Test]
    public void The_slowest_of_three_resources_is_predicted()
    {
        Assert.That(new SassCount(100, 80, 50, 2, 0).Cycles(warps: 8), Is.EqualTo((8 * 50) + 80), "shared memory");
        Assert.That(new SassCount(100, 80, 50, 2, 0) { ClusterBarriers = 3 }.Cycles(warps: 8), Is.EqualTo((8 * 50) + 80 + 600), "a cluster");
        Assert.That(new SassCount(100, 80, 5, 2, 0).Cycles(warps: 8), Is.EqualTo((8 * 25) + 80), "instructions");
        Assert.That(new SassCount(100, 400, 5, 2, 0).Cycles(warps: 8), Is.EqualTo((8 * 100) + 80), "multiply-adds");
    }

    [Test, Category("Emulator"), Category("Slow")]
    public void Every_rung_is_timed_and_stands_in_the_report()
    {
        ClangCompiler.IgnoreIfMissing();
        using var driver = new EmulatedCudaDriver(new EmulatorOptions { ComputeMajor = 9 });
        LabOptions options = LabOptions.Parse(["--only", "svdd", "--replicas", "1", "--repetitions", "1", "--sass", "/no/such/program"]);
        var saved = new List<LabReport>();
        using var dependent = new EmulatedCudaDriver(new EmulatorOptions { KernelFolder = DependentKernels.Folder });
        LabReport report = LabCommand.Measure(driver, dependent, options with { Gpu = options.Gpu with { Seconds = 0 } }, "a command", saved.Add);
        Assert.That(report.Steps.Select(step => step.Rung), Is.EqualTo(LabRungs.All));
        Assert.That(report.Steps.Select(step => step.Seconds), Is.All.Positive);
        Assert.That(report.Failures, Has.Count.EqualTo(7).And.All.Contains("code: "), "no cuobjdump");
        Assert.That(saved, Has.Count.EqualTo(16), "at the start, after seven rungs, the phases, and seven times code");
        string[] names = [.. report.Phases.Single().Phases.Select(phase => phase.Name)];
        Assert.That(names, Has.Length.GreaterThan(20).And.Contains("score").And.Contains("adam"));
        Assert.That(names.Count(name => name == "product forward"), Is.EqualTo(3));
        Assert.That(names[^1], Is.EqualTo("begin"), "of the next step");
        Assert.That(report.Phases.Single().Phases.Select(phase => phase.Cycles), Is.All.EqualTo(1), "a clock that counts its readings");
        Assert.That(driver.FreeMemory, Is.EqualTo(driver.Device.TotalMemory));
        Assert.That(report.ToString(), Does.Match(@"(?m)^\| Deep SVDD 36-32-16-8, b 128 \| 1 \|( [0-9.]+ \|){8}$"));
    }

    [Test]
    public void A_report_is_read_as_it_was_written()
    {
        GpuWorkload workload = LabOptions.Workloads[0];
        var report = new LabReport(
            ["a machine"], [], "a command",
            [new LabCode(workload, LabRung.Step, "NVRTC, sm_90", 1, 1, 0, 254, 89_000, 19, new SassCount(8000, 2000, 1500, 19, 3), 17_000)],
            [new LabStep(workload, LabRung.Graphs, 10, 65e-6), new LabStep(workload, LabRung.Epoch, 10, 10e-6)],
            [new LabPhases(workload, [new LabPhase("begin", 100), new LabPhase("score", 50)])],
            new PyTorchPeers("Python 3", [new PyTorchPeers.Step("svdd", "eager", "sequential", 10, 400e-6, null)], [], [], [], []), ["one failed"], ["two"]);
        LabReport read = JsonSerializer.Deserialize(JsonSerializer.Serialize(report, GpuJson.Default.LabReport), GpuJson.Default.LabReport)!;
        string text = report.ToString();
        Assert.That(read.ToString(), Is.EqualTo(text));
        Assert.That(text, Does.Contain($"| {workload.Title} | 3 kernel per step | 1 | 1 | 254 | 86.9 | 19 | 2000 | 8000 | 1500 | 17000 |\n"));
        Assert.That(text, Does.Contain($"| {workload.Title} | 10 | 65.0 | 10.0 | 6.5 |\n").And.Contain("3 loops whose rounds"));
        Assert.That(text, Does.Contain($"| {workload.Title} | 10 | 10.0 | 400.0 |  |  |  |  |  |\n"));
        Assert.That(text, Does.Contain("| begin | 100 |\n| score | 50 |\n| all | 150 |\n"));
        Assert.That(text, Does.Contain("- not measured: one failed\n- left out: two\n"));
    }

    [Test]
    public void Options_are_read()
    {
        LabOptions options = LabOptions.Parse(["--rungs", "4,0", "--only", "ae", "--seconds-limit", "9"]);
        Assert.That(options.Rungs, Is.EqualTo(new[] { LabRung.Plain, LabRung.Epoch }));
        Assert.That(options.Gpu.Replicas, Is.EqualTo(new[] { 1, 10, 50, 132, 264 }));
        Assert.That(options.Gpu.SecondsLimit, Is.EqualTo(9));
        Assert.That(LabOptions.Parse(["--replicas", "3"]).Gpu.Replicas, Is.EqualTo(new[] { 3 }));
        Assert.That(LabOptions.Parse(["--rungs", "1b,1"]).Rungs, Is.EqualTo(new[] { LabRung.Graphs, LabRung.Overlap }));
        Assert.That(LabOptions.Workloads.Select(workload => workload.Name), Is.EqualTo(new[] { "svdd", "svdd-soft", "ae", "maf36" }));
        foreach (string[] wrong in (string[][])[["--rungs", "9"], ["--rungs", "b"], ["--rungs"], ["--sass"], ["--only", "maf784"], ["--no", "1"], ["--rungs", ""]])
            Assert.That(() => LabOptions.Parse(wrong), Throws.TypeOf<FormatException>(), string.Join(' ', wrong));
    }

    private static (ReplicaState State, float[] Gradient, double Loss)[] Train(Problem problem, LabRung rung, EmulatorOptions options)
    {
        using var driver = new EmulatedCudaDriver(options);
        using var training = new LabTraining(driver, problem.Plan, problem.Spec, rung, isolateBuffers: true);
        for (int replica = 0; replica < problem.States.Length; replica++) training.Import(replica, problem.States[replica], problem.Weights[replica]);
        training.Train(new EpochRange(Round: 1, First: 0, Count: 3));
        return
        [
            .. problem.States.Select((_, replica) =>
            {
                var state = new ReplicaState(problem.Plan);
                float[] gradient = new float[problem.Plan.Parameters.Length];
                training.Export(replica, state);
                training.ReadGradient(replica, gradient);
                return (state, gradient, training.Loss(replica));
            }),
        ];
    }

    private static NetworkSpec Network(string widths, string options) => NetworkSpec.Parse(widths) with
    {
        Bias = options.Contains("bias", StringComparison.Ordinal),
        BatchNorm = !options.Contains("no batch norm", StringComparison.Ordinal),
        Affine = options.Contains("affine", StringComparison.Ordinal),
    };
}
