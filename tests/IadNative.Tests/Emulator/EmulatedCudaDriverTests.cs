using System.Runtime.InteropServices;
using IadNative.Cuda;
using NUnit.Framework.Constraints;

namespace IadNative.Tests.Emulator;

/// <summary>What the emulated driver does beside running kernels.</summary>
[Category("Emulator")]
[TestFixture(nameof(EmulatorMode.Fast))]
[TestFixture(nameof(EmulatorMode.Check), Category = "Slow")]
public sealed class EmulatedCudaDriverTests(string mode)
{
    private EmulatedCudaDriver driver = null!;

    [OneTimeSetUp]
    public void NeedsCompiler() => ClangCompiler.IgnoreIfMissing();

    [SetUp]
    public void Open() => driver = new(new()
    {
        Mode = Enum.Parse<EmulatorMode>(mode),
        KernelFolder = KernelSources.SampleFolder,
        MemoryBytes = 1 << 20,
    });

    [TearDown]
    public void Close() => driver?.Dispose();

    [Test]
    public void Multiplies_transposed_and_padded_matrices_in_batches(
        [Values] bool transposeA, [Values] bool transposeB, [Values(0f, 1f)] float beta)
    {
        const int Rows = 5, Columns = 7, Inner = 3, Batch = 2, Padding = 2;
        int strideA = (transposeA ? Rows : Inner) + Padding, strideB = (transposeB ? Inner : Columns) + Padding;
        int sizeA = (transposeA ? Inner : Rows) * strideA;
        const int StrideC = Columns + Padding, SizeC = Rows * StrideC;
        float[] a = Numbers(Batch * sizeA), b = Numbers((transposeB ? Columns : Inner) * strideB), c = Numbers(Batch * SizeC);
        if (beta == 0)
            Array.Fill(c, float.NaN);
        float[] expected = [.. c];
        for (int m = 0; m < Batch; m++)
            for (int i = 0; i < Rows; i++)
                for (int j = 0; j < Columns; j++)
                    expected[m * SizeC + i * StrideC + j] = Enumerable.Range(0, Inner).Sum(k =>
                        a[m * sizeA + (transposeA ? k * strideA + i : i * strideA + k)]
                        * b[transposeB ? j * strideB + k : k * strideB + j])
                        + (beta == 0 ? 0 : c[m * SizeC + i * StrideC + j]);

        ulong result = driver.Upload<float>(c);
        driver.Multiply(new()
        {
            Rows = Rows, Columns = Columns, Inner = Inner, Batch = Batch,
            A = driver.Upload<float>(a), B = driver.Upload<float>(b), C = result,
            TransposeA = transposeA, TransposeB = transposeB,
            RowStrideA = strideA, RowStrideB = strideB, RowStrideC = StrideC,
            BatchStrideA = sizeA, BatchStrideB = 0, BatchStrideC = SizeC, Beta = beta,
        });
        Assert.That(driver.Download<float>(result, c.Length), Is.EqualTo(expected));
    }

    [Test]
    public void A_product_outside_its_matrices_fails()
    {
        ulong square = driver.Upload<float>(Numbers(16));
        Assert.That(
            () => driver.Multiply(new()
            {
                Rows = 4, Columns = 4, Inner = 5, Batch = 1, A = square, B = square, C = square,
                RowStrideA = 5, RowStrideB = 4, RowStrideC = 4,
            }),
            Throws.TypeOf<CudaException>().With.Message.Contains("row 3 of A (4 x 5) is not allocated"));
    }

    [Test]
    public void A_graph_runs_what_was_captured_when_it_is_replayed()
    {
        float[] input = Numbers(64);
        ulong from = driver.Upload<float>(input), sums = driver.AllocateZeros<float>(2), copy = driver.AllocateZeros<float>(2);
        nint kernel = driver.GetKernel("block_reduce.cu", "block_reduce");
        driver.BeginCapture();
        driver.Launch(kernel, new(1, 1, 1, 32), MemoryMarshal.AsBytes<ulong>([from, sums, 64]));
        driver.CopyOnDevice(copy, sums, 8);
        driver.Clear(sums, 4);
        Assert.That(() => driver.Allocate(4), Throws.TypeOf<CudaException>().With.Property("Status").EqualTo(900));
        nint graph = driver.EndCapture();
        Assert.That(driver.Download<float>(copy, 2), Is.All.Zero);

        driver.Replay(graph);
        driver.Replay(graph);
        float[] expected = [input.Sum(), input.Sum(value => value * value)];
        Assert.Multiple(() =>
        {
            Assert.That(driver.Download<float>(copy, 2), Is.EqualTo(expected));
            Assert.That(driver.Download<float>(sums, 2), Is.EqualTo([0, expected[1]]));
            Assert.That(driver.Launches["block_reduce"], Is.EqualTo(2));
            Assert.That(driver.GetKernel("block_reduce.cu", "block_reduce"), Is.EqualTo(kernel));
        });
        driver.DestroyGraph(graph);
        Assert.That(() => driver.Replay(graph), Throws.TypeOf<CudaException>());
    }

    [Test]
    public void An_argument_of_another_size_is_refused() => Assert.That(
        () => driver.Launch("block_reduce.cu", "block_reduce", new(1, 1, 1, 32), 0L),
        Throws.TypeOf<CudaException>().With.Message.Contains("takes a structure of 24 bytes").And.Message.Contains("given 8"));

    [TestCase(0, 1, 32, 0)]
    [TestCase(1, 65536, 32, 0)]
    [TestCase(1, 1, 0, 0)]
    [TestCase(1, 1, 1025, 0)]
    [TestCase(1, 1, 32, 49153)]
    public void A_shape_beyond_the_limits_is_refused(int gridX, int gridY, int block, int shared) => Assert.That(
        () => driver.Launch("block_reduce.cu", "block_reduce", new(gridX, gridY, 1, block, shared), (0L, 0L, 0L)),
        Throws.TypeOf<CudaException>().With.Property("Status").EqualTo(1));

    [Test]
    public void More_than_48_KiB_of_shared_memory_are_had_by_those_that_ask_before_the_launch()
    {
        nint kernel = driver.GetKernel("turn_around.cu", "turn_around");
        byte[] argument = new byte[24]; // no numbers
        Assert.Multiple(() =>
        {
            Assert.That(() => driver.Launch(kernel, new(1, 1, 1, 32, 48 << 10), argument), Throws.Nothing);
            Assert.That(() => driver.Launch(kernel, new(1, 1, 1, 32, (48 << 10) + 1), argument), RefusedWith(1));
            Assert.That(driver.GetKernel("turn_around.cu", "turn_around", 227 << 10), Is.EqualTo(kernel));
            Assert.That(() => driver.Launch(kernel, new(1, 1, 1, 32, 227 << 10), argument), Throws.Nothing);
            Assert.That(() => driver.GetKernel("turn_around.cu", "turn_around", (227 << 10) + 1), RefusedWith(1));
        });
    }

    [Test]
    public void A_kernel_of_the_engine_has_what_the_one_who_asks_for_most_needs()
    {
        KernelDefinition<(long, long, long)> definition =
            new("turn_around.cu", "turn_around", (in _, _, _) => new LaunchShape(1, 1, 1, 32, 100_000));
        var kernels = new DeviceKernels(driver);
        Kernel<(long, long, long)> kernel = kernels.Get(definition);
        kernels.Load();
        Assert.That(() => kernel.Launch(default), RefusedWith(1));
        Assert.That(kernels.Get(definition, 100_000), Is.SameAs(kernel));
        Assert.That(kernels.Get(definition, 60_000), Is.SameAs(kernel));
        kernels.Load();
        driver.BeginCapture();
        kernel.Launch(default);
        driver.Replay(driver.EndCapture());
        Assert.That(driver.Launches["turn_around"], Is.EqualTo(1));
    }

    [Test]
    public void Nothing_is_loaded_and_no_shared_memory_asked_for_in_the_middle_of_a_capture()
    {
        nint kernel = driver.GetKernel("block_reduce.cu", "block_reduce");
        driver.BeginCapture();
        Assert.Multiple(() =>
        {
            Assert.That(() => driver.LoadFiles(["turn_around.cu"]), RefusedWith(900));
            Assert.That(() => driver.GetKernel("turn_around.cu", "turn_around"), RefusedWith(900));
            Assert.That(() => driver.GetKernel("block_reduce.cu", "block_reduce", 100_000), RefusedWith(900));
            Assert.That(driver.GetKernel("block_reduce.cu", "block_reduce", 48 << 10), Is.EqualTo(kernel));
        });
        driver.EndCapture();
        Assert.That(() => driver.GetKernel("turn_around.cu", "turn_around", 100_000), Throws.Nothing);
    }

    [Test]
    public void A_kernel_that_is_not_in_its_file_is_not_found() => Assert.That(
        () => driver.GetKernel("block_reduce.cu", "other"),
        Throws.TypeOf<CudaException>().With.Property("Status").EqualTo(500).And.Message.Contains("other"));

    [Test]
    public void Memory_runs_out_at_its_limit()
    {
        ulong half = driver.Allocate(1 << 19);
        Assert.That(() => driver.Allocate((1 << 19) + 1), Throws.TypeOf<CudaOutOfMemoryException>());
        driver.Free(half);
        Assert.That(driver.Allocate(1 << 20), Is.Not.Zero);
    }

    [Test]
    public void Addresses_outside_allocations_are_refused_by_every_call()
    {
        ulong four = driver.Allocate(4);
        Assert.Multiple(() =>
        {
            Assert.That(four % 256, Is.Zero);
            Assert.That(() => driver.CopyToDevice(four, new byte[5]), Throws.TypeOf<CudaException>());
            Assert.That(() => driver.CopyToHost(new byte[1], four + 4), Throws.TypeOf<CudaException>());
            Assert.That(() => driver.Clear(four - 1, 2), Throws.TypeOf<CudaException>());
            Assert.That(() => driver.CopyOnDevice(four, four, 4), Throws.TypeOf<CudaException>());
            Assert.That(() => driver.Free(four + 1), Throws.TypeOf<CudaException>());
        });
    }

    private static EqualNumericConstraint<int> RefusedWith(int status) => Throws.TypeOf<CudaException>().With.Property("Status").EqualTo(status);

    private static float[] Numbers(int count) => [.. Enumerable.Range(0, count).Select(i => (float)(i * 37 % 19 - 9))];
}
