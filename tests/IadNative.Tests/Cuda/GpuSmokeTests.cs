using System.Runtime.InteropServices;
using IadNative.Cuda;
using IadNative.Cuda.Compilation;
using IadNative.Cuda.Runtime;

namespace IadNative.Tests.Cuda;

/// <summary>The native driver on a real device, one thing of each kind.</summary>
[Category("Gpu")]
public sealed class GpuSmokeTests
{
    private const string Header = "struct ScaleArgs { float* data; float factor; int count; };";

    private const string Source = """
        #include "scale.cuh"
        extern "C" __global__ void scale(const ScaleArgs a) {
            extern __shared__ float copy[];
            const int i = blockIdx.x * blockDim.x + threadIdx.x;
            if (i >= a.count) return;
            copy[threadIdx.x] = a.data[i];
            a.data[i] = copy[threadIdx.x] * a.factor;
        }
        """;

    private NativeCudaDriver _driver = null!;

    [OneTimeSetUp]
    public void Open()
    {
        if (CudaProbe.Run().Problem is { } problem)
            Assert.Ignore(problem);
        _driver = NativeCudaDriver.Open(0, new CudaOptions
        {
            KernelCache = "off",
            Sources = new KernelSources(new Dictionary<string, string> { ["scale.cu"] = Source, ["scale.cuh"] = Header }),
        });
        CudaDeviceInfo d = _driver.Device;
        TestContext.Out.WriteLine($"{d.Name}, compute capability {d.ComputeMajor}.{d.ComputeMinor}, "
            + $"driver {d.DriverVersion}, NVRTC {d.CompilerVersion}, cuBLAS {d.BlasVersion}");
    }

    [OneTimeTearDown]
    public void Close() => _driver?.Dispose();

    [Test]
    public void Bytes_come_back_as_they_went()
    {
        ulong a = Upload(1, 2, 3, 4), b = _driver.Allocate(16);
        Assert.That(a % 256, Is.Zero);
        _driver.CopyOnDevice(b, a, 16);
        _driver.Clear(b + 4, 4);
        Assert.That(Download(b, 4), Is.EqualTo(new float[] { 1, 0, 3, 4 }));
        _driver.Free(a);
        _driver.Free(b);
    }

    [Test]
    public void A_kernel_compiles_and_runs_with_little_and_much_shared_memory([Values(1024, 64 * 1024)] int sharedBytes)
    {
        float[] values = [.. Enumerable.Range(0, 1000).Select(i => (float)i)];
        ulong data = Upload(values);
        Launch(data, 2, values.Length, sharedBytes);
        Assert.That(Download(data, values.Length), Is.EqualTo(values.Select(value => 2 * value)));
        _driver.Free(data);
    }

    [Test]
    public void Row_major_products_are_right([Values] bool transposeA, [Values] bool transposeB)
    {
        const int rows = 33, columns = 17, inner = 65;
        float[] a = Numbers(rows * inner, 1), b = Numbers(inner * columns, 2);
        ulong c = _driver.Allocate(rows * columns * sizeof(float));
        _driver.Multiply(new MatrixProduct
        {
            Rows = rows, Columns = columns, Inner = inner, Batch = 1,
            A = Upload(a), TransposeA = transposeA, RowStrideA = transposeA ? rows : inner,
            B = Upload(b), TransposeB = transposeB, RowStrideB = transposeB ? inner : columns,
            C = c, RowStrideC = columns,
        });
        float[] expected = new float[rows * columns];
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                for (int k = 0; k < inner; k++)
                {
                    expected[(i * columns) + j] += a[transposeA ? (k * rows) + i : (i * inner) + k]
                        * b[transposeB ? (j * inner) + k : (k * columns) + j];
                }
            }
        }

        // Sums of small integers are exact, in whatever order.
        Assert.That(Download(c, expected.Length), Is.EqualTo(expected));
    }

    [Test]
    public void What_is_recorded_runs_when_replayed()
    {
        ulong data = Upload(1, 2, 3);
        Launch(data, 1, 3, 0);
        _driver.BeginCapture();
        Launch(data, 10, 3, 0);
        nint graph = _driver.EndCapture();
        Assert.That(Download(data, 3), Is.EqualTo(new float[] { 1, 2, 3 }));
        _driver.Replay(graph);
        _driver.Replay(graph);
        Assert.That(Download(data, 3), Is.EqualTo(new float[] { 100, 200, 300 }));
        _driver.DestroyGraph(graph);
    }

    [Test]
    public void More_memory_than_there_is_is_refused() =>
        Assert.That(() => _driver.Allocate(1L << 50), Throws.TypeOf<CudaOutOfMemoryException>());

    private void Launch(ulong data, float factor, int count, int sharedBytes) => _driver.Launch(
        _driver.GetKernel("scale.cu", "scale", sharedBytes), new LaunchShape((count + 255) / 256, 1, 1, 256, int.Max(1024, sharedBytes)),
        MemoryMarshal.AsBytes<ScaleArguments>(new[] { new ScaleArguments(data, factor, count) }));

    private ulong Upload(params float[] values)
    {
        ulong address = _driver.Allocate(values.Length * sizeof(float));
        _driver.CopyToDevice(address, MemoryMarshal.AsBytes<float>(values));
        return address;
    }

    private float[] Download(ulong address, int count)
    {
        float[] values = new float[count];
        _driver.CopyToHost(MemoryMarshal.AsBytes(values.AsSpan()), address);
        return values;
    }

    private static float[] Numbers(int count, int seed) =>
        [.. Enumerable.Range(0, count).Select(i => (float)(((i * 37) + (seed * 11)) % 23) - 11)];

    private readonly record struct ScaleArguments(ulong Data, float Factor, int Count);
}
