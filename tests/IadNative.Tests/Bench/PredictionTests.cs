using IadNative.Bench.Gpu;
using IadNative.Bench.Gpu.Lab;
using IadNative.Compute;
using IadNative.Cuda;
using IadNative.Cuda.Choice;
using IadNative.Iad;
using IadNative.Tests.Cli;
using IadNative.Tests.Cuda.Nvrtc;

namespace IadNative.Tests.Bench;

/// <summary>What a training step on a GPU is predicted to take.</summary>
[NonParallelizable]
internal sealed class PredictionTests
{
    [Test]
    public void The_longest_part_counts_with_nodes_and_barriers()
    {
        var step = new StepPrediction(Nodes: 2, Multiplying: 3, Issuing: 1, Sharing: 1, Moving: 1, Waiting: 10);
        StepPrediction others = step with { Multiplying = 1 };
        foreach (StepPrediction one in new[] { step, others with { Issuing = 3 }, others with { Sharing = 3 }, others with { Moving = 3 } })
            Assert.That(one.Seconds, Is.EqualTo(13 + (2 * CudaEstimate.SecondsPerNode)));
        Assert.That(others.Seconds, Is.EqualTo(11 + (2 * CudaEstimate.SecondsPerNode)));
    }

    [TestCase("lenet-ae")]
    [TestCase("fmnist-ae")]
    public void Convolutions_of_a_step_are_those_that_are_launched(string name)
    {
        GpuWorkload workload = Workload(name) with { Rows = 200 };
        Assert.That(workload.Steps, Is.EqualTo(1));
        List<string> launched = [];
        using var driver = new CountingDriver(StepPrediction.Device) { Launched = (_, kernel, _) => launched.Add(kernel) };
        using ISession session = ((IDevice)new CudaDevice(driver) { UseGraphs = false }).CreateSession(workload.Plan, workload.Session(1));
        launched.Clear();
        session.Train(new EpochRange(0, 0, 1), null, CancellationToken.None);
        Assert.That(
            workload.Plan.Step.SelectMany(StepPrediction.Convolutions).Select(one => one.Kernel),
            Is.EquivalentTo(launched.Where(kernel => kernel.StartsWith("conv", StringComparison.Ordinal))));
        double products = 2 * workload.Plan.Step.SelectMany(StepPrediction.Convolutions).Sum(one => one.Products);
        Assert.That(products, Is.EqualTo(PlanWork.Of(workload.Plan.Step).ConvolutionFlops));
    }

    [Test, Category("Nvrtc")]
    public void A_step_of_graphs_is_predicted_from_shapes_nodes_and_the_loops_of_convolutions()
    {
        CodeReader reader = Reader();
        GpuWorkload lenet = Workload("lenet");
        StepPrediction one = StepPrediction.OfGraphs(reader, lenet, 1), many = StepPrediction.OfGraphs(reader, lenet, 50);
        TestContext.Out.WriteLine(one);
        PlanWork work = PlanWork.Of(lenet.Plan.Step);
        Assert.That(one.Multiplying, Is.EqualTo((work.DenseFlops + work.ConvolutionFlops) / 2 * 200 / (128 * 132 * 1.98e9)).Within(1e-9).Percent);
        Assert.That(many.Multiplying, Is.EqualTo(50 * one.Multiplying).Within(1e-9).Percent);
        Assert.That(one.Sharing / one.Multiplying, Is.InRange(1, 1.3), "12 loads of 4 cycles where 160 multiply-adds take 40");
        Assert.That(one.Issuing / one.Multiplying, Is.InRange(1.05, 1.3));
        Assert.That(one.Nodes, Is.EqualTo(CudaEstimate.NodesPerStep(
            new DeviceWork(lenet.Plan, lenet.Session(1), 1, 1), new CudaDeviceSummary(0, "H200", 9, 0, 141L << 30, 132))));
        Assert.That(StepPrediction.OfFused(reader, lenet, 1), Is.Null);
    }

    [Test, Category("Nvrtc")]
    public void A_fused_step_is_predicted_as_the_lab_counts_it_for_one_network_or_one_on_each_multiprocessor()
    {
        CodeReader reader = Reader();
        GpuWorkload svdd = Workload("svdd");
        StepPrediction one = StepPrediction.OfFused(reader, svdd, 1)!;
        TestContext.Out.WriteLine(one);
        double cycles = LabCode.Read(reader, svdd, LabRung.Epoch).Cycles!.Value;
        Assert.That(1.98e9 * (one.Seconds - (one.Nodes * CudaEstimate.SecondsPerNode)), Is.EqualTo(cycles).Within(1e-6).Percent);
        Assert.That(1e6 * one.Seconds, Is.InRange(9.8 / 2, 9.8), "9.8 were measured, and what waits for memory or a result is not in it");
        Assert.That(StepPrediction.OfFused(reader, svdd, 132)!.Seconds, Is.EqualTo(one.Seconds));
        Assert.That(StepPrediction.OfFused(reader, svdd, 133)!.Issuing, Is.EqualTo(2 * one.Issuing));
    }

    [Test, Category("Nvrtc")]
    public void All_blocks_of_a_flow_are_multiplied_out()
    {
        GpuWorkload flow = Workload("maf36");
        StepPrediction one = StepPrediction.OfFused(Reader(), flow, 1)!;
        TestContext.Out.WriteLine(one);

        // Forward twice and backward once; on one multiprocessor of 132.
        double products = PlanWork.Of(flow.Plan.Step).DenseFlops / 2 * flow.Rows / flow.Steps / (128 * 1.98e9);
        Assert.That(one.Multiplying, Is.InRange(products, 1.6 * products));
    }

    [Test, Category("Nvrtc")]
    public void The_page_has_a_row_for_each_way_to_train()
    {
        NvidiaTools tools = NvidiaTools.OrIgnore();
        using var folder = new TestFolder();
        string page = folder.File("page.md");
        string[] args = ["--only", "svdd,lenet", "--replicas", "1,200", "--sass", tools.Cuobjdump, "--page", page];
        Assert.That(PredictionCommand.Run(args, tools.Library), Is.Zero);
        string[] rows = [.. File.ReadAllLines(page).Where(line => line.Contains(", b ", StringComparison.Ordinal))];
        Assert.That(rows.Select(row => string.Join(' ', row.Split('|', StringSplitOptions.TrimEntries)[1..4])), Is.EqualTo(new[]
        {
            "Deep SVDD 36-32-16-8, b 128 1 graphs", "Deep SVDD 36-32-16-8, b 128 1 fused epochs",
            "Deep SVDD 36-32-16-8, b 128 200 graphs", "Deep SVDD 36-32-16-8, b 128 200 fused epochs",
            "LeNet SVDD (8/4), b 200 1 graphs", "LeNet SVDD (8/4), b 200 200 graphs",
        }));
    }

    [TestCase(2, "--only", "none")]
    [TestCase(2, "--other", "1")]
    [TestCase(1, "--sass", "no-such-program")]
    public void What_cannot_be_predicted_is_told_by_the_exit_code(int code, params string[] args) => Assert.That(PredictionCommand.Run(args), Is.EqualTo(code));

    private static CodeReader Reader()
    {
        NvidiaTools tools = NvidiaTools.OrIgnore();
        return new CodeReader(tools.Cuobjdump, LabSources.All, tools.Library);
    }

    private static GpuWorkload Workload(string name) => GpuWorkloads.All.Single(workload => workload.Name == name);
}
