using IadNative.Cuda;
using IadNative.Cuda.Choice;
using IadNative.Cuda.Compilation;
using IadNative.Cuda.Fusion;

namespace IadNative.Bench.Gpu.Lab;

/// <summary>What a training step of one network is on a rung, read from the code that it runs.</summary>
/// <param name="Workload">What trains.</param>
/// <param name="Rung">How.</param>
/// <param name="Compiler">The compiler, and what it compiled for.</param>
/// <param name="Nodes">Launches and products of a step, without the shuffle.</param>
/// <param name="Chain">Those of them that wait for one another: of the longest chain.</param>
/// <param name="Products">Those that are cuBLAS's, of which there is no code to read.</param>
/// <param name="Registers">Of a thread, in the kernel that takes most.</param>
/// <param name="SharedBytes">Of a block, in the kernel that takes most.</param>
/// <param name="Barriers">Of all kernels of a step.</param>
/// <param name="Warp">What a warp issues in a step; null where products are cuBLAS's.</param>
/// <param name="Cycles">What a step takes by <see cref="SassCount.Cycles"/>, kernel by kernel; null where products are cuBLAS's.</param>
internal sealed record LabCode(
    GpuWorkload Workload, LabRung Rung, string Compiler, double Nodes, double Chain, double Products, int Registers, int SharedBytes, double Barriers,
    SassCount? Warp, double? Cycles)
{
    // Of an H200.
    private static readonly CudaDeviceInfo s_device = new("H200", "", 9, 0, 141L << 30, 132, 227 << 10, "", "", "");

    /// <summary>Reads one.</summary>
    /// <exception cref="KernelCompilationException">A kernel does not compile.</exception>
    /// <exception cref="InvalidOperationException">Its code cannot be read.</exception>
    public static LabCode Read(CodeReader reader, GpuWorkload workload, LabRung rung)
    {
        Dictionary<(KernelFile File, string Name), (int Count, LaunchShape Shape)> launches = [];
        using var driver = new CountingDriver(s_device)
        {
            Launched = (file, name, shape) => launches[(file, name)] = (launches.GetValueOrDefault((file, name)).Count + 1, shape),
        };
        using var training = new LabTraining(driver, workload.Plan, workload.Session(replicas: 1), rung);
        launches.Clear();
        (long before, long chained) = (driver.Nodes, driver.LongestChain);
        double steps = training.LaunchSteps(), nodes = driver.Nodes - before;
        double chain = rung == LabRung.Overlap ? driver.LongestChain - chained : nodes;
        int registers = 0, shared = 0;
        double cycles = 0;
        SassCount sum = SassCount.None;
        foreach (((KernelFile file, string name), (int count, LaunchShape shape)) in launches)
        {
            CompiledKernel kernel = reader.Read(file, name);
            registers = Math.Max(registers, kernel.Registers);
            shared = Math.Max(shared, kernel.SharedBytes + shape.SharedBytes);
            // The loop over the batches of an epoch is the longest; a round of it is a step. In it a flow has two over its MADE blocks, there and
            // back.
            bool isEpoch = rung is LabRung.Epoch or LabRung.Cluster;
            double times = isEpoch ? 1 : count / steps;
            SassCount counted = SassCount.Of(kernel.Code, isEpoch, MaskedFlow.In(workload.Plan)?.Blocks);
            sum += counted * times;
            cycles += counted.Cycles(shape.Block / 32) * times;
        }

        double products = (nodes - launches.Values.Sum(launch => launch.Count)) / steps;
        return products > 0
            ? new LabCode(workload, rung, reader.Compiler, nodes / steps, chain / steps, products, registers, shared, sum.Barriers, null, null)
            : new LabCode(workload, rung, reader.Compiler, nodes / steps, chain / steps, products, registers, shared, sum.Barriers, sum, cycles);
    }
}
