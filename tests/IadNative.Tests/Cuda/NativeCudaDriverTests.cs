using System.Runtime.InteropServices;
using IadNative.Cuda;
using IadNative.Cuda.Compilation;
using IadNative.Cuda.Runtime;
using IadNative.Models;

namespace IadNative.Tests.Cuda;

/// <summary>The native driver on a fake CUDA library, through the same native calls as on hardware.</summary>
[NonParallelizable]
public sealed class NativeCudaDriverTests
{
    private FakeCuda _cuda = null!;
    private List<string> _warnings = null!;

    [OneTimeSetUp]
    public void Build() => _cuda = FakeCuda.Build();

    [OneTimeTearDown]
    public void Delete() => _cuda?.Dispose();

    [SetUp]
    public void Reset()
    {
        _cuda.Reset();
        _warnings = [];
    }

    [Test]
    public void An_open_device_says_what_it_is()
    {
        using NativeCudaDriver driver = Open(device: 1);
        Assert.That(driver.Device, Is.EqualTo(new CudaDeviceInfo(
            "Fake Device 1", "0000:41:00.0", 9, 0, 5_000_000_041, 132, 232_448, "12.4", "12.4", "12.4.5")));
        Assert.That(driver.FreeMemory, Is.EqualTo(4_000_000_000));
        Assert.That(_cuda.Calls, Does.Contain("cuDevicePrimaryCtxRetain 41"));
    }

    [Test]
    public void Bytes_come_back_as_they_went()
    {
        using NativeCudaDriver driver = Open();
        byte[] bytes = [.. Enumerable.Range(0, 1001).Select(i => (byte)(i * 7))];
        ulong first = driver.Allocate(bytes.Length), second = driver.Allocate(bytes.Length);
        driver.CopyToDevice(first, bytes);
        driver.CopyOnDevice(second, first, bytes.Length);
        driver.Clear(second + 10, 20);
        byte[] back = new byte[bytes.Length];
        driver.CopyToHost(back, second);
        bytes.AsSpan(10, 20).Clear();
        Assert.That(back, Is.EqualTo(bytes));
        driver.Free(first);
        driver.Free(second);
        Assert.That(() => driver.Free(first), Throws.ArgumentException);
    }

    [Test]
    public void Empty_copies_and_clears_call_nothing()
    {
        using NativeCudaDriver driver = Open();
        driver.CopyToDevice(0, []);
        driver.CopyToHost([], 0);
        driver.CopyOnDevice(0, 0, 0);
        driver.Clear(0, 0);
        Assert.That(_cuda.Calls, Has.None.StartsWith("cuMemcpy").And.None.StartsWith("cuMemset"));
        Assert.That(() => driver.Allocate(0), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void A_kernel_is_compiled_with_its_headers_and_runs()
    {
        using NativeCudaDriver driver = Open();
        ulong data = Upload(driver, 1, 2, 3, 4, 5);
        nint kernel = driver.GetKernel("scale.cu", "scale");
        driver.Launch(kernel, new LaunchShape(2, 1, 1, 2), Scale(data, 3, 5));
        driver.Synchronize();
        Assert.That(Download(driver, data, 5), Is.EqualTo(new float[] { 3, 6, 9, 12, 5 }));
        Assert.That(_cuda.Calls, Does.Contain("nvrtcCreateProgram scale.cu 1")
            .And.Contain("options --gpu-architecture=sm_90 --std=c++17")
            .And.Contain("cuModuleLoadData CUBIN sm_90").And.Contain("cuLaunchKernel 2 1 1 2 1 1 0"));
    }

    [Test]
    public void A_kernel_that_may_begin_early_does_so_behind_a_kernel_or_product_alone()
    {
        using NativeCudaDriver driver = OpenOverlapping();
        ulong data = Upload(driver, 1, 2, 3, 4);
        nint kernel = driver.GetKernel("scale.cu", "scale");
        Launch();
        Assert.That(Download(driver, data, 4), Is.EqualTo(new float[] { 2, 4, 6, 8 }));
        string[] plain = ["cuLaunchKernel 2 1 1 2 1 1 0"], early = ["cuLaunchKernelEx 2 1 1 2 1 1 0, 6 1"];
        Assert.That(Launches(), Is.EqualTo(plain), "behind a copy from the host");
        driver.BeginCapture();
        for (int i = 0; i < 3; i++) Launch();
        driver.Multiply(Product(data, data, data));
        Launch();
        driver.Clear(data, 4);
        Launch();
        driver.CopyOnDevice(data, data + 4, 4);
        Launch();
        nint graph = driver.EndCapture();
        Assert.That(Launches(), Is.EqualTo((string[])[.. plain, .. plain, .. early, .. early, .. early, .. plain, .. plain]));
        Launch();
        driver.Replay(graph);
        Launch();
        driver.Synchronize();
        Assert.That(Launches()[^2..], Is.EqualTo((string[])[.. plain, .. plain]), "behind what was recorded and does not run yet, and behind a graph");
        Assert.That(
            () => { Launch(); driver.Launch(kernel, new LaunchShape(7, 1, 1, 2048), Scale(0, 0, 0)); },
            Throws.TypeOf<CudaException>().With.Message.StartsWith("cuLaunchKernelEx failed").And.Message.Contains("kernel scale on a grid of 7 x 1 x 1"));

        void Launch() => driver.Launch(kernel, new LaunchShape(2, 1, 1, 2), Scale(data, 2, 4));
        string[] Launches() => [.. _cuda.Calls.Where(call => call.StartsWith("cuLaunch", StringComparison.Ordinal))];
    }

    [Test]
    public void Products_that_stand_aside_wait_for_what_was_given_before_and_are_waited_for_where_they_are_joined()
    {
        using NativeCudaDriver driver = OpenOverlapping();
        ulong a = Upload(driver, 3), b = Upload(driver, 5), aside = driver.Allocate(4), beside = driver.Allocate(4), other = Upload(driver, 1);
        nint kernel = driver.GetKernel("scale.cu", "scale");
        int opened = _cuda.Calls.Length;
        Work();
        driver.Join();
        string[] expected =
        [
            "cuLaunchKernel 1 1 1 1 1 1 0",
            "cuEventRecord ", "cuStreamWaitEvent 0 side", "cublasSgemmStridedBatched 0 0 1 1 1 side",
            "cublasSgemmStridedBatched 0 0 1 1 1", "cuLaunchKernelEx 1 1 1 1 1 1 0, 6 1",
            "cuEventRecord ", "cuStreamWaitEvent 0 side", "cublasSgemmStridedBatched 0 0 1 1 1 side", "cuLaunchKernel 1 1 1 1 1 1 0",
            "cuEventRecord side", "cuStreamWaitEvent 0 ", "cuLaunchKernel 1 1 1 1 1 1 0",
        ];
        Assert.That(Calls(), Is.EqualTo(expected), "plain launches behind the fork and the join");
        Check();

        opened = _cuda.Calls.Length;
        driver.BeginCapture();
        Work();
        nint graph = driver.EndCapture();
        Assert.That(Calls(), Is.EqualTo(expected), "and while they are recorded");
        driver.CopyToDevice(a, MemoryMarshal.AsBytes<float>([3]));
        driver.Replay(graph);
        Check();

        // a is 6, and so the first product aside and the one beside it are 30; that is tripled, and five times as much is added to what is aside.
        void Work()
        {
            Launch(a, 2);
            driver.Multiply(Product(a, b, aside) with { IsAside = true });
            driver.Multiply(Product(a, b, beside));
            Launch(beside, 3);
            driver.Multiply(Product(beside, b, aside) with { IsAside = true, Beta = 1 });
            Launch(other, 2);
            driver.Join();
            Launch(aside, 2);
        }

        void Check()
        {
            Assert.That(Download(driver, beside, 1), Is.EqualTo(new float[] { 90 }));
            Assert.That(Download(driver, aside, 1), Is.EqualTo(new float[] { 2 * (30 + 450) }));
        }

        void Launch(ulong data, float factor) => driver.Launch(kernel, new LaunchShape(1, 1, 1, 1), Scale(data, factor, 1));
        string[] Calls() => [.. _cuda.Calls[opened..].Where(call =>
            (call.StartsWith("cuEvent", StringComparison.Ordinal) || call.StartsWith("cuStreamWait", StringComparison.Ordinal)
            || call.StartsWith("cublas", StringComparison.Ordinal) || call.StartsWith("cuLaunch", StringComparison.Ordinal))
            && !call.StartsWith("cuEventSynchronize", StringComparison.Ordinal))];
    }

    [Test]
    public void Whatever_is_waited_for_recorded_or_read_is_joined_first()
    {
        using NativeCudaDriver driver = OpenOverlapping();
        ulong a = Upload(driver, 3), b = Upload(driver, 5), aside = Upload(driver, 0);
        nint happening = driver.CreateEvent();
        foreach (Action call in new Action[]
        {
            driver.Synchronize, () => driver.RecordEvent(happening), () => driver.RecordForeign(FakeCuda.LentEvent), () => Download(driver, aside, 1),
            driver.BeginCapture,
        })
        {
            driver.Multiply(Product(a, b, aside) with { IsAside = true });
            int before = _cuda.Calls.Length;
            call();
            Assert.That(_cuda.Calls[before..].Where(line => !line.StartsWith("cuCtx", StringComparison.Ordinal)).Take(2),
                Is.EqualTo(new[] { "cuEventRecord side", "cuStreamWaitEvent 0 " }));
        }

        driver.Multiply(Product(a, b, aside) with { IsAside = true });
        int recorded = _cuda.Calls.Length;
        nint graph = driver.EndCapture();
        Assert.That(_cuda.Calls[recorded..].Where(line => !line.StartsWith("cuCtx", StringComparison.Ordinal)).Take(3),
            Is.EqualTo(new[] { "cuEventRecord side", "cuStreamWaitEvent 0 ", "cuStreamEndCapture " }));
        driver.CopyToDevice(aside, new byte[4]);
        driver.Replay(graph);
        Assert.That(Download(driver, aside, 1), Is.EqualTo(new float[] { 15 }));
    }

    [Test]
    public void Each_stream_has_a_cuBLAS_of_its_own_with_the_same_settings_and_what_does_not_overlap_has_one()
    {
        string[] settings = ["cublasSetWorkspace_v2 33554432", "cublasSetMathMode 0", "cublasSetAtomicsMode 0"];
        OpenOverlapping().Dispose();
        Assert.That(_cuda.Calls.Where(call => call.StartsWith("cublasSet", StringComparison.Ordinal)),
            Is.EqualTo((string[])["cublasSetStream_v2 ", .. settings, "cublasSetStream_v2 side", .. settings]));
        Assert.That(_cuda.Calls, Has.Exactly(2).StartsWith("cublasDestroy").And.Exactly(2).StartsWith("cuStreamDestroy")
            .And.Exactly(2).StartsWith("cuEventDestroy"));
        Assert.That(_cuda.Live, Is.Zero);

        Reset();
        using NativeCudaDriver driver = Open();
        ulong data = Upload(driver, 3);
        driver.Multiply(Product(data, data, data) with { IsAside = true });
        driver.Join();
        Assert.That(Download(driver, data, 1), Is.EqualTo(new float[] { 9 }));
        Assert.That(_cuda.Calls, Has.Exactly(1).StartsWith("cublasCreate").And.Exactly(1).StartsWith("cuStreamCreate")
            .And.Exactly(1).StartsWith("cuEventCreate"));
        Assert.That(_cuda.Calls, Has.None.StartsWith("cuStreamWaitEvent").And.None.Contains("side"));
    }

    [Test]
    public void What_stands_aside_is_released_in_the_middle_of_a_recording_and_outside([Values] bool isRecording)
    {
        NativeCudaDriver driver = OpenOverlapping();
        ulong data = Upload(driver, 3);
        if (isRecording) driver.BeginCapture();
        driver.Multiply(Product(data, data, data) with { IsAside = true });
        driver.Dispose();
        Assert.That(_cuda.Live, Is.Zero);
        Assert.That(_warnings, Is.Empty);
        Assert.That(_cuda.Calls, Does.Contain("cuEventRecord side"));
    }

    [Test]
    public void Where_a_second_stream_fails_halfway_nothing_is_left(
        [Values(
            "cuStreamCreate", "cuEventCreate", "cuMemAlloc_v2", "cublasCreate_v2", "cublasSetStream_v2", "cublasSetWorkspace_v2",
            "cublasSetMathMode", "cublasSetAtomicsMode")]
        string call)
    {
        _cuda.Fail(call, 7, skip: 1);
        Assert.That(OpenOverlapping, Throws.InstanceOf<CudaException>().With.Message.StartsWith($"{call} failed (7)"));
        Assert.That(_cuda.Live, Is.Zero);
        Assert.That(_cuda.Context.Depth, Is.Zero);
        Assert.That(_warnings, Is.Empty);
    }

    [Test]
    public void A_file_is_compiled_once_and_a_kernel_looked_up_once()
    {
        using NativeCudaDriver driver = Open();
        nint kernel = driver.GetKernel("scale.cu", "scale");
        Assert.That(driver.GetKernel("scale.cu", "scale"), Is.EqualTo(kernel));
        Assert.That(_cuda.Calls, Has.Exactly(1).StartsWith("nvrtcCompileProgram").And.Exactly(1).StartsWith("cuModuleGetF"));
    }

    [Test]
    public void More_than_48_KiB_of_shared_memory_are_asked_for_once()
    {
        using NativeCudaDriver driver = Open();
        nint kernel = driver.GetKernel("scale.cu", "scale");
        driver.Launch(kernel, new LaunchShape(1, 1, 1, 1, 48 * 1024), Scale(0, 1, 0));
        Assert.That(() => driver.Launch(kernel, new LaunchShape(1, 1, 1, 1, 100_000), Scale(0, 1, 0)), Throws.TypeOf<CudaException>());
        foreach (int bytes in new[] { 48 * 1024, 100_000, 100_000, 60_000 })
            Assert.That(driver.GetKernel("scale.cu", "scale", bytes), Is.EqualTo(kernel));
        driver.Launch(kernel, new LaunchShape(1, 1, 1, 1, 100_000), Scale(0, 1, 0));
        Assert.That(_cuda.Calls.Where(call => call.StartsWith("cuFuncSetAttribute", StringComparison.Ordinal)),
            Is.EqualTo(new[] { "cuFuncSetAttribute 8 100000" }));
    }

    [Test]
    public void Row_major_products_are_right([Values] bool transposeA, [Values] bool transposeB)
    {
        const int rows = 3, columns = 5, inner = 4, batch = 2;
        using NativeCudaDriver driver = Open();
        float[] a = Numbers(batch * rows * inner, 1), b = Numbers(batch * inner * columns, 2);
        float[] c = Numbers(batch * rows * columns, 3);
        ulong onDevice = Upload(driver, c);
        driver.Multiply(new MatrixProduct
        {
            Rows = rows, Columns = columns, Inner = inner, Batch = batch, Beta = 1,
            TransposeA = transposeA, TransposeB = transposeB,
            A = Upload(driver, a), RowStrideA = transposeA ? rows : inner, BatchStrideA = rows * inner,
            B = Upload(driver, b), RowStrideB = transposeB ? inner : columns, BatchStrideB = inner * columns,
            C = onDevice, RowStrideC = columns, BatchStrideC = rows * columns,
        });
        for (int r = 0; r < batch; r++)
        {
            for (int i = 0; i < rows; i++)
            {
                for (int j = 0; j < columns; j++)
                {
                    for (int k = 0; k < inner; k++)
                    {
                        c[(r * rows * columns) + (i * columns) + j] +=
                            a[(r * rows * inner) + (transposeA ? (k * rows) + i : (i * inner) + k)]
                            * b[(r * inner * columns) + (transposeB ? (j * inner) + k : (k * columns) + j)];
                    }
                }
            }
        }

        Assert.That(Download(driver, onDevice, c.Length), Is.EqualTo(c).Within(1e-5f));
    }

    [Test]
    public void Products_are_plain_float32_without_atomics_in_a_workspace_of_the_session(
        [Values] bool tf32, [Values(8, 9)] int major)
    {
        _cuda.Set("major", major);
        using NativeCudaDriver driver = NativeCudaDriver.Open(0, _cuda.Options() with { AllowTf32 = tf32 });
        Assert.That(_cuda.Calls.Where(call => call.StartsWith("cublasSet", StringComparison.Ordinal)), Is.EqualTo(new[]
        {
            "cublasSetStream_v2 ", $"cublasSetWorkspace_v2 {(major == 9 ? 32 : 4) * 1024 * 1024}",
            $"cublasSetMathMode {(tf32 ? 3 : 0)}", "cublasSetAtomicsMode 0",
        }));
    }

    [Test]
    public void What_is_recorded_runs_when_replayed_and_as_often()
    {
        using NativeCudaDriver driver = Open();
        ulong data = Upload(driver, 1, 2);
        nint kernel = driver.GetKernel("scale.cu", "scale");
        driver.BeginCapture();
        driver.Launch(kernel, new LaunchShape(1, 1, 1, 32), Scale(data, 10, 2));
        nint graph = driver.EndCapture();
        Assert.That(Download(driver, data, 2), Is.EqualTo(new float[] { 1, 2 }));
        driver.Replay(graph);
        driver.Replay(graph);
        Assert.That(Download(driver, data, 2), Is.EqualTo(new float[] { 100, 200 }));
        driver.DestroyGraph(graph);
        Assert.That(() => driver.Replay(graph), Throws.ArgumentException);
        Assert.That(() => driver.DestroyGraph(graph), Throws.ArgumentException);
    }

    [Test]
    public void An_event_is_recorded_on_the_stream_and_awaited_until_it_is_destroyed()
    {
        using NativeCudaDriver driver = Open();
        int opened = _cuda.Calls.Length;
        nint happening = driver.CreateEvent();
        driver.RecordEvent(happening);
        driver.AwaitEvent(happening);
        Assert.That(_cuda.Calls.Skip(opened).Where(call => call.StartsWith("cuEvent", StringComparison.Ordinal)),
            Is.EqualTo(new[] { "cuEventCreate 3", "cuEventRecord ", "cuEventSynchronize " }));
        driver.DestroyEvent(happening);
        Assert.That(() => driver.RecordEvent(happening), Throws.ArgumentException);
        Assert.That(() => driver.AwaitEvent(happening), Throws.ArgumentException);
        Assert.That(() => driver.DestroyEvent(happening), Throws.ArgumentException);
    }

    [Test]
    public void What_cannot_be_recorded_is_refused_while_recording()
    {
        using NativeCudaDriver driver = Open();
        ulong data = driver.Allocate(4);
        nint kernel = driver.GetKernel("scale.cu", "scale");
        Assert.That(() => driver.EndCapture(), Throws.InvalidOperationException);
        driver.BeginCapture();
        Assert.Multiple(() =>
        {
            Assert.That(() => driver.Allocate(4), Throws.InvalidOperationException);
            Assert.That(() => driver.Free(data), Throws.InvalidOperationException);
            Assert.That(() => driver.CopyToDevice(data, new byte[4]), Throws.InvalidOperationException);
            Assert.That(() => driver.CopyToHost(new byte[4], data), Throws.InvalidOperationException);
            Assert.That(() => driver.Synchronize(), Throws.InvalidOperationException);
            Assert.That(() => driver.BeginCapture(), Throws.InvalidOperationException);
            Assert.That(() => driver.Replay(1), Throws.InvalidOperationException);
            Assert.That(() => driver.LoadFiles(["fault.cu"]), Throws.InvalidOperationException);
            Assert.That(() => driver.GetKernel("fault.cu", "fault"), Throws.InvalidOperationException);
            Assert.That(() => driver.GetKernel("scale.cu", "scale", 100_000), Throws.InvalidOperationException);
            Assert.That(driver.GetKernel("scale.cu", "scale", 48 * 1024), Is.EqualTo(kernel));
        });
    }

    [Test]
    public void Everything_is_released_in_the_middle_of_a_recording_too()
    {
        NativeCudaDriver driver = Open();
        driver.Allocate(1000);
        driver.GetKernel("scale.cu", "scale");
        driver.BeginCapture();
        driver.EndCapture();
        driver.BeginCapture();
        Assert.That(_cuda.Live, Is.GreaterThan(5));
        driver.Dispose();
        driver.Dispose();
        Assert.That(_cuda.Live, Is.Zero);
        Assert.That(_warnings, Is.Empty);
        Assert.That(() => driver.Allocate(4), Throws.InstanceOf<ObjectDisposedException>());
    }

    [Test]
    public void It_waits_asleep_before_and_after_a_copy_to_the_host_and_for_a_copy_to_the_device()
    {
        using NativeCudaDriver driver = Open();
        Assert.That(_cuda.Calls.Where(call => call.StartsWith("cuEventCreate", StringComparison.Ordinal)),
            Is.EqualTo(new[] { "cuEventCreate 3" }), "blocking, without a time");
        ulong data = driver.Allocate(8);
        Assert.That(Work(() => driver.CopyToDevice(data, new byte[8])), Is.EqualTo(new[] { "cuMemcpyHtoDAsync_v2 8", "cuEventRecord ", "cuEventSynchronize " }));
        Assert.That(Work(() => driver.CopyToHost(new byte[8], data)), Is.EqualTo(new[]
        {
            "cuEventRecord ", "cuEventSynchronize ", "cuMemcpyDtoHAsync_v2 8", "cuEventRecord ", "cuEventSynchronize ",
        }));
        Assert.That(Work(() => driver.CopyToHost([], data)), Is.EqualTo(new[] { "cuEventRecord ", "cuEventSynchronize " }));
        Assert.That(Work(driver.Synchronize), Is.EqualTo(new[] { "cuEventRecord ", "cuEventSynchronize " }));
        Assert.That(Work(driver.Dispose)[..2], Is.EqualTo(new[] { "cuEventRecord ", "cuEventSynchronize " }));
        Assert.That(_cuda.Calls, Has.None.Contains("StreamSynchronize").And.None.Contains("CtxSynchronize").And.None.Contains("SetFlags"));
        Assert.That(_cuda.Live, Is.Zero);

        string[] Work(Action call)
        {
            int before = _cuda.Calls.Length;
            call();
            return [.. _cuda.Calls[before..].Where(line => !line.StartsWith("cuCtx", StringComparison.Ordinal))];
        }
    }

    [Test]
    public void Attached_it_works_in_the_context_and_on_the_stream_given_and_leaves_them([Values] bool ownStream)
    {
        nint stream = ownStream ? 0 : FakeCuda.LentStream;
        _cuda.EnterForeignContext(FakeCuda.LentContext);
        using (NativeCudaDriver driver = NativeCudaDriver.Attach(FakeCuda.LentContext, stream, _cuda.Options(_warnings.Add)))
        {
            Assert.That(driver.Device.Name, Is.EqualTo("Fake Device 1"), "the device of that context");
            Assert.That(driver.Handles.Context, Is.EqualTo(FakeCuda.LentContext));
            Assert.That(driver.Handles.Stream, ownStream ? Is.Not.Zero.And.Not.EqualTo(FakeCuda.LentStream) : Is.EqualTo(stream));
            ulong data = Upload(driver, 1, 2, 3);
            driver.Launch(driver.GetKernel("scale.cu", "scale"), new LaunchShape(1, 1, 1, 32), Scale(data, 2, 3));
            Assert.That(Download(driver, data, 3), Is.EqualTo(new float[] { 2, 4, 6 }));
            driver.Allocate(100);
        }

        int own = ownStream ? 1 : 0;
        Assert.That(_cuda.Calls, Has.None.Contains("PrimaryCtx").And.None.StartsWith("cuCtxDestroy")
            .And.Exactly(own).StartsWith("cuStreamCreate").And.Exactly(own).StartsWith("cuStreamDestroy"));
        Assert.That(_cuda.Context, Is.EqualTo((FakeCuda.LentContext, 1)));
        Assert.That(_cuda.Live, Is.Zero);
        Assert.That(_warnings, Is.Empty);
    }

    [Test]
    public void What_cannot_be_attached_to_is_refused_and_the_thread_keeps_its_context()
    {
        _cuda.EnterForeignContext(0xAB);
        Assert.Multiple(() =>
        {
            Assert.That(() => Attach(0, 0), Throws.ArgumentException.With.Property("ParamName").EqualTo("context"));
            Assert.That(() => Attach(0x123, 0), Throws.TypeOf<CudaException>().With.Message.StartsWith("cuCtxPushCurrent_v2 failed (201)"));
            Assert.That(() => Attach(FakeCuda.LentContext, FakeCuda.ForeignStream), Throws.ArgumentException.With.Message.Contains("another context"));
            Assert.That(() => Attach(FakeCuda.LentContext, 1), Throws.ArgumentException.With.Message.Contains("default stream"));
            Assert.That(() => Attach(FakeCuda.LentContext, 2), Throws.ArgumentException.With.Message.Contains("default stream"));
            Assert.That(() => Attach(FakeCuda.LentContext, 0x77), Throws.TypeOf<CudaException>().With.Message.StartsWith("cuStreamGetCtx failed (400)"));
        });
        Assert.That(_cuda.Context, Is.EqualTo(((nint)0xAB, 1)));
        Assert.That(_cuda.Live, Is.Zero);

        NativeCudaDriver Attach(nint context, nint stream) => NativeCudaDriver.Attach(context, stream, _cuda.Options());
    }

    [Test]
    public void A_program_s_events_are_awaited_by_the_stream_and_recorded_on_it_and_stay_the_program_s()
    {
        using (NativeCudaDriver driver = Open())
        {
            int opened = _cuda.Calls.Length;
            driver.WaitForForeign(FakeCuda.LentEvent);
            driver.RecordForeign(FakeCuda.LentEvent);
            Assert.That(_cuda.Calls[opened..].Where(call => call.Contains("Event")),
                Is.EqualTo(new[] { "cuStreamWaitEvent 0 lent", "cuEventRecord lent" }));
            Assert.That(() => driver.DestroyEvent(FakeCuda.LentEvent), Throws.ArgumentException);
            Assert.That(() => driver.WaitForForeign(0x99), Throws.TypeOf<CudaException>().With.Message.StartsWith("cuStreamWaitEvent failed (400)"));
            driver.BeginCapture();
            Assert.That(() => driver.WaitForForeign(FakeCuda.LentEvent), Throws.InvalidOperationException);
            Assert.That(() => driver.RecordForeign(FakeCuda.LentEvent), Throws.InvalidOperationException);
        }

        Assert.That(_cuda.Live, Is.Zero);
        Assert.That(_warnings, Is.Empty);
    }

    [Test]
    public void An_attached_device_hands_out_what_it_was_given_and_scores_rows_of_the_program_between_its_events()
    {
        const int rows = 50, columns = 3;
        float[] values = Numbers(rows * columns, 5), expected = new float[rows];
        AnomalyDetector detector = AnomalyDetector.Fit(
            new Dataset("rows", values, rows, columns), new FitOptions { Model = BaseModel.Gaussian, Training = new TrainingOptions { Rounds = 0 } }).Detector;
        detector.Score(values, expected, threads: 1);
        using NativeCudaDriver program = NativeCudaDriver.Attach(FakeCuda.LentContext, FakeCuda.LentStream, _cuda.Options());
        ulong address = Upload(program, values), scores = program.Allocate(rows * sizeof(float));
        using (CudaDevice device = CudaDevice.AttachUntested(FakeCuda.LentContext, FakeCuda.LentStream, _cuda.Options(_warnings.Add)))
        {
            Assert.That((device.Context, device.Stream), Is.EqualTo((FakeCuda.LentContext, FakeCuda.LentStream)));
            int opened = _cuda.Calls.Length;
            device.WaitFor(FakeCuda.LentEvent);
            device.Score(detector, new DeviceRows(address, rows, columns), scores, threads: 1);
            device.Record(FakeCuda.LentEvent);
            Assert.That(_cuda.Calls[opened..].Where(call => call.StartsWith("cuMemcpy", StringComparison.Ordinal) || call.EndsWith("lent", StringComparison.Ordinal)),
                Is.EqualTo(new[] { "cuStreamWaitEvent 0 lent", "cuMemcpyDtoHAsync_v2 600", "cuMemcpyHtoDAsync_v2 200", "cuEventRecord lent" }));
            Assert.That(() => device.Score(detector, new DeviceRows(address + 4, rows, columns), scores), Throws.ArgumentException
                .With.Message.StartsWith($"There are no 600 bytes of one allocation of Fake Device 1 at 0x{address + 4:x}."));
        }

        Assert.That(Download(program, scores, rows), Is.EqualTo(expected));
        Assert.That(_warnings, Is.Empty);
    }

    [Test]
    public void An_address_is_the_device_s_where_all_its_bytes_lie_in_one_allocation_of_its_memory()
    {
        using NativeCudaDriver driver = Open(device: 1);
        ulong data = driver.Allocate(1000);
        Assert.Multiple(() =>
        {
            Assert.That(driver.Holds(data, 1000), Is.True);
            Assert.That(driver.Holds(data + 999, 1), Is.True);
            Assert.That(driver.Holds(data, 1001), Is.False);
            Assert.That(driver.Holds(data + 4, 1000), Is.False);
            Assert.That(driver.Holds(data + 4, long.MaxValue), Is.False);
            Assert.That(driver.Holds(12, 4), Is.False);
        });
        _cuda.Set("memory device", 0);
        Assert.That(driver.Holds(data, 1000), Is.False, "another device's");
        _cuda.Set("memory device", 1);
        _cuda.Set("memory type", 1);
        Assert.That(driver.Holds(data, 1000), Is.False, "the host's");
        _cuda.Fail("cuPointerGetAttribute", 700);
        Assert.That(() => driver.Holds(data, 1000), Throws.TypeOf<CudaException>().With.Property("Status").EqualTo(700));
    }

    [Test]
    public void Another_thread_may_go_on()
    {
        using NativeCudaDriver driver = Open();
        ulong data = Upload(driver, 1, 2, 3);
        float[] back = [];
        Thread thread = new(() => back = Download(driver, data, 3));
        thread.Start();
        thread.Join();
        Assert.That(back, Is.EqualTo(new float[] { 1, 2, 3 }));
    }

    [Test]
    public void A_thread_has_its_own_context_again_after_every_call([Values(0, 0xAB)] int foreign)
    {
        if (foreign != 0)
            _cuda.EnterForeignContext(foreign);
        (nint, int) before = (foreign, foreign == 0 ? 0 : 1);
        Assert.That(_cuda.Context, Is.EqualTo(before));
        NativeCudaDriver driver = Open();
        ulong data = 0;
        nint kernel = 0, graph = 0, happening = 0;
        (string Name, Action Call)[] calls =
        [
            ("Open", () => { }),
            ("Allocate", () => data = driver.Allocate(16)),
            ("FreeMemory", () => _ = driver.FreeMemory),
            ("CopyToDevice", () => driver.CopyToDevice(data, new byte[16])),
            ("Holds", () => driver.Holds(data, 16)),
            ("CopyOnDevice", () => driver.CopyOnDevice(data, data + 8, 8)),
            ("Clear", () => driver.Clear(data, 16)),
            ("LoadFiles", () => driver.LoadFiles(["fault.cu"])),
            ("GetKernel", () => kernel = driver.GetKernel("scale.cu", "scale")),
            ("GetKernel again", () => driver.GetKernel("scale.cu", "scale")),
            ("a file that does not compile", () => Assert.That(() => driver.GetKernel("wrong.cu", "x"), Throws.TypeOf<KernelCompilationException>())),
            ("BeginCapture", driver.BeginCapture),
            ("Launch", () => driver.Launch(kernel, new LaunchShape(1, 1, 1, 32), Scale(data, 2, 4))),
            ("what cannot be recorded", () => Assert.That(driver.Synchronize, Throws.InvalidOperationException)),
            ("EndCapture", () => graph = driver.EndCapture()),
            ("Replay", () => driver.Replay(graph)),
            ("DestroyGraph", () => driver.DestroyGraph(graph)),
            ("CreateEvent", () => happening = driver.CreateEvent()),
            ("RecordEvent", () => driver.RecordEvent(happening)),
            ("AwaitEvent", () => driver.AwaitEvent(happening)),
            ("RecordForeign", () => driver.RecordForeign(FakeCuda.LentEvent)),
            ("WaitForForeign", () => driver.WaitForForeign(FakeCuda.LentEvent)),
            ("DestroyEvent", () => driver.DestroyEvent(happening)),
            ("Multiply", () => driver.Multiply(new MatrixProduct
            {
                Rows = 1, Columns = 1, Inner = 1, Batch = 1,
                A = data, B = data, C = data, RowStrideA = 1, RowStrideB = 1, RowStrideC = 1,
            })),
            ("Synchronize", driver.Synchronize),
            ("CopyToHost", () => driver.CopyToHost(new byte[16], data)),
            ("a call that fails", () =>
            {
                _cuda.Fail("cuMemAlloc_v2", 2);
                Assert.That(() => driver.Allocate(16), Throws.TypeOf<CudaOutOfMemoryException>());
            }),
            ("Free", () => driver.Free(data)),
            ("Dispose", driver.Dispose),
            ("a call after Dispose", () => Assert.That(driver.Synchronize, Throws.InstanceOf<ObjectDisposedException>())),
        ];
        foreach ((string name, Action call) in calls)
        {
            call();
            Assert.That(_cuda.Context, Is.EqualTo(before), name);
        }

        Assert.That(_cuda.Live, Is.Zero);
        Assert.That(_warnings, Is.Empty);
    }

    [Test]
    public void A_thread_keeps_its_own_context_where_a_device_does_not_open_and_where_ours_cannot_be_made_current()
    {
        _cuda.EnterForeignContext(0xAB);
        _cuda.Fail("cublasCreate_v2", 3);
        Assert.That(() => Open(), Throws.InstanceOf<CudaException>());
        Assert.That(_cuda.Context, Is.EqualTo(((nint)0xAB, 1)));

        NativeCudaDriver driver = Open();
        _cuda.Fail("cuCtxPushCurrent_v2", 999);
        driver.Dispose();
        Assert.That(_cuda.Context, Is.EqualTo(((nint)0xAB, 1)));
        Assert.That(_warnings, Has.Some.Contains("cuCtxPushCurrent_v2 failed (999)"));
    }

    [Test]
    public void Each_call_that_fails_is_named_and_everything_is_released()
    {
        Live();
        (string Call, int Skip)[] all = [.. _cuda.Calls
            .Select(line => line.Split(' ')[0])
            .Where(call => call != "options")
            .GroupBy(call => call)
            .SelectMany(calls => Enumerable.Range(0, calls.Count()).Select(skip => (calls.Key, skip)))];
        Assert.That(all, Has.Length.GreaterThan(80));
        Assert.That(all.Select(one => one.Call).Distinct().Count(), Is.GreaterThan(50));

        foreach ((string call, int skip) in all)
        {
            Reset();
            _cuda.Fail(call, 999, skip);
            Exception? thrown = null;
            try
            {
                Live();
            }
            catch (Exception e) when (e is CudaException or CudaUnavailableException)
            {
                thrown = e;
            }

            string told = thrown?.Message ?? string.Join('\n', _warnings);
            Assert.That(told, Does.Contain($"{call} failed (999): "), $"call {skip} of {call}");
            if (call == "cuCtxPushCurrent_v2" && thrown is null)
            {
                // There was no context to release things in; they go with it.
                Assert.That(_cuda.Calls.Count(line => line.StartsWith("cuDevicePrimaryCtxRelease", StringComparison.Ordinal)),
                    Is.EqualTo(_cuda.Calls.Count(line => line.StartsWith("cuDevicePrimaryCtxRetain", StringComparison.Ordinal))));
                continue;
            }

            bool releases = new[] { "Free", "Destroy", "Release", "Unload" }.Any(call.Contains);
            Assert.That(_cuda.Live, releases ? Is.EqualTo(1) : Is.Zero, $"call {skip} of {call}");
        }
    }

    [TestCase("cuMemAlloc_v2", 2, 1)]
    [TestCase("cublasSgemmStridedBatched", 3, 0)]
    [TestCase("cuGraphInstantiateWithFlags", 2, 0)]
    public void Exhausted_memory_has_an_exception_of_its_own(string call, int status, int skip)
    {
        _cuda.Fail(call, status, skip);
        Assert.That(Live, Throws.TypeOf<CudaOutOfMemoryException>()
            .With.Property("Call").EqualTo(call).And.Property("Status").EqualTo(status)
            .And.Message.Contains("nvidia-smi"));
        Assert.That(_cuda.Live, Is.Zero);
    }

    [Test]
    public void A_message_says_how_much_memory_was_asked_for()
    {
        using NativeCudaDriver driver = Open();
        _cuda.Fail("cuMemAlloc_v2", 2);
        Assert.That(() => driver.Allocate(1 << 20), Throws.TypeOf<CudaOutOfMemoryException>().With.Message.StartsWith(
            "cuMemAlloc_v2 failed (2): CUDA_ERROR_OUT_OF_MEMORY, out of memory, when allocating 1,048,576 bytes. Free "));
    }

    [Test]
    public void A_kernel_that_fails_shows_at_the_next_wait_and_disposing_stays_quiet()
    {
        NativeCudaDriver driver = Open();
        nint kernel = driver.GetKernel("fault.cu", "fault");
        driver.Launch(kernel, new LaunchShape(1, 1, 1, 32), new byte[8]);
        Assert.That(driver.Synchronize, Throws.TypeOf<CudaException>()
            .With.Property("Status").EqualTo(700).And.Message.Contains("CUDA_ERROR_ILLEGAL_ADDRESS")
            .And.Message.Contains("A kernel that was launched earlier failed").And.Message.Contains("cannot go on"));
        Assert.That(driver.Dispose, Throws.Nothing);
        Assert.That(_warnings, Has.Some.Contains("cuStreamDestroy_v2 failed (700)"));
    }

    [Test]
    public void A_launch_that_the_driver_refuses_names_the_kernel_and_its_shape()
    {
        using NativeCudaDriver driver = Open();
        nint kernel = driver.GetKernel("scale.cu", "scale");
        Assert.That(() => driver.Launch(kernel, new LaunchShape(7, 1, 1, 2048), Scale(0, 0, 0)), Throws.TypeOf<CudaException>()
            .With.Message.Contains("launching kernel scale on a grid of 7 x 1 x 1 blocks of 2048 threads"));
        Assert.That(() => driver.Launch(kernel, new LaunchShape(1, 1, 1, 1), []), Throws.ArgumentException);
        Assert.That(() => driver.Launch(99, new LaunchShape(1, 1, 1, 1), new byte[1]), Throws.ArgumentException);
    }

    [Test]
    public void A_source_with_errors_is_reported_with_all_one_needs_to_know()
    {
        using NativeCudaDriver driver = Open();
        var wrong = Assert.Throws<KernelCompilationException>(() => driver.GetKernel("wrong.cu", "x"))!;
        Assert.Multiple(() =>
        {
            Assert.That(wrong.File, Is.EqualTo("wrong.cu"));
            Assert.That(wrong.Architecture, Is.EqualTo("sm_90"));
            Assert.That(wrong.Options, Is.EqualTo(new[] { "--gpu-architecture=sm_90", "--std=c++17" }));
            Assert.That(wrong.Log, Is.EqualTo("wrong.cu(1): error: #error directive: nöthing works\n"));
            Assert.That(wrong.Compiler, Does.StartWith("NVRTC 12.4 (").And.Contain("libnvrtc.so.12"));
            Assert.That(wrong.Message, Does.Contain("--std=c++17").And.Contain("nöthing works").And.Contain(wrong.Compiler));
        });
        Assert.That(() => driver.GetKernel("lost.cu", "x"),
            Throws.TypeOf<KernelCompilationException>().With.Message.Contains("nowhere.cuh"));
        Assert.That(() => driver.GetKernel("none.cu", "x"),
            Throws.ArgumentException.With.Message.Contains("none.cu").And.Message.Contains("scale.cu"));
        Assert.That(() => driver.GetKernel("scale.cu", "none"),
            Throws.TypeOf<CudaException>().With.Message.Contains("looking for kernel none in scale.cu"));
    }

    [Test]
    public void Each_file_is_compiled_and_loaded_once()
    {
        using NativeCudaDriver driver = Open();
        driver.LoadFiles(["scale.cu", "fault.cu", "scale.cu"]);
        driver.LoadFiles(["fault.cu"]);
        driver.GetKernel("scale.cu", "scale");
        Assert.That(_cuda.Calls, Has.Exactly(2).StartsWith("nvrtcCompileProgram"));
        Assert.That(_cuda.Calls, Has.Exactly(2).StartsWith("cuModuleLoadData"));
    }

    [Test]
    public void Of_several_files_with_errors_the_first_is_reported()
    {
        using NativeCudaDriver driver = Open();
        var wrong = Assert.Throws<KernelCompilationException>(() => driver.LoadFiles(["scale.cu", "wrong.cu", "lost.cu"]))!;
        Assert.That(wrong.File, Is.EqualTo("wrong.cu"));
        Assert.That(_cuda.Calls, Has.None.StartsWith("cuModuleLoadData"));
        Assert.That(driver.GetKernel("scale.cu", "scale"), Is.Not.Zero);
    }

    [Test]
    public void A_device_opens_in_one_call_compiles_what_a_plan_needs_and_is_released()
    {
        using (CudaDevice device = CudaDevice.OpenUntested(1, _cuda.Options(_warnings.Add) with { Sources = KernelSources.Embedded, UseGraphs = false }))
        {
            Assert.That(device.Description, Does.StartWith("CUDA, Fake Device 1 ("));
            Assert.That(device.UseGraphs, Is.False);
            device.CreateSession(SmallPlans.Of(BaseModel.Autoencoder), SmallPlans.Session).Dispose();
            string[] compiled = [.. _cuda.Calls.Where(call => call.StartsWith("nvrtcCreateProgram", StringComparison.Ordinal))
                .Select(call => call.Split(' ')[1])];
            Assert.That(compiled, Is.Unique.And.SupersetOf(new[] { "fused/chain_epoch.cu", "gather.cu", "loss.cu" }));
            Assert.That(compiled.Intersect(["conv.cu", "made.cu", "flownorm.cu", "center.cu", "radius.cu", "termination.cu", "adam.cu"]), Is.Empty);
        }

        Assert.That(_cuda.Live, Is.Zero);
        Assert.That(_warnings, Is.Empty);
    }

    [Test]
    public void A_device_that_computes_nothing_fails_its_test_and_is_released()
    {
        var failure = Assert.Throws<CudaUnavailableException>(
            () => CudaDevice.Open(1, _cuda.Options(_warnings.Add) with { Sources = KernelSources.Embedded, UseGraphs = false }))!;
        Assert.That(failure.Message, Does.StartWith("Fake Device 1 fails the self-test: a score is "));
        Assert.That(failure.DriverFails, Is.True);
        Assert.That(_cuda.Live, Is.Zero);
    }

    [Test]
    public void A_kept_kernel_is_not_compiled_again()
    {
        CudaOptions options = _cuda.Options() with { KernelCache = Path.Combine(_cuda.Folder, "kept") };
        for (int run = 0; run < 2; run++)
        {
            _cuda.Reset();
            using NativeCudaDriver driver = NativeCudaDriver.Open(0, options);
            ulong data = Upload(driver, 2);
            driver.Launch(driver.GetKernel("scale.cu", "scale"), new LaunchShape(1, 1, 1, 32), Scale(data, 4, 1));
            Assert.That(Download(driver, data, 1), Is.EqualTo(new float[] { 8 }));
            Assert.That(_cuda.Calls, Has.Exactly(1 - run).StartsWith("nvrtcCompileProgram"));
        }
    }

    [Test]
    public void A_device_newer_than_the_compiler_gets_PTX_and_a_warning()
    {
        _cuda.Set("major", 12);
        _cuda.Set("minor", 1);
        using NativeCudaDriver driver = Open();
        ulong data = Upload(driver, 2);
        driver.Launch(driver.GetKernel("scale.cu", "scale"), new LaunchShape(1, 1, 1, 32), Scale(data, 4, 1));
        Assert.That(Download(driver, data, 1), Is.EqualTo(new float[] { 8 }));
        Assert.That(_cuda.Calls, Does.Contain("cuModuleLoadData PTX compute_90"));
        Assert.That(_warnings, Has.One.Contains("12.1").And.One.Contains("compute_90"));
    }

    [TestCase(9, 12, 4, false)]
    [TestCase(10, 12, 4, true)]
    [TestCase(12, 12, 7, true)]
    [TestCase(10, 12, 8, false)]
    [TestCase(12, 13, 0, false)]
    public void A_device_newer_than_cuBLAS_is_told_that_first_products_take_long(int device, int major, int minor, bool told)
    {
        _cuda.Set("major", device);
        _cuda.Set("blas major", major);
        _cuda.Set("blas", minor);
        Open().Dispose();
        string hint = $"cuBLAS {major}.{minor}.5 has no code for this device: the driver compiles its products when they first run, which may take "
            + "minutes. cuBLAS of CUDA 12.8 or newer has it.";
        Assert.That(_warnings.Count(warning => warning == hint), Is.EqualTo(told ? 1 : 0));
        Assert.That(_warnings, Has.Exactly(told ? 1 : 0).Contains("cuBLAS"));
    }

    [TestCase(221, "libnvidia-ptxjitcompiler")]
    [TestCase(222, "NVRTC is newer than the driver")]
    [TestCase(223, "CUDA_DISABLE_PTX_JIT")]
    [TestCase(802, "nvidia-fabricmanager")]
    [TestCase(805, "CUDA_MPS_PIPE_DIRECTORY")]
    [TestCase(806, "nvidia-cuda-mps-control")]
    [TestCase(807, "nvidia-cuda-mps-control")]
    [TestCase(808, "Wait until one ends")]
    [TestCase(913, "CUDA_MODULE_LOADING=EAGER")]
    public void A_failed_call_says_what_can_be_done(int status, string advice)
    {
        using NativeCudaDriver driver = Open();
        _cuda.Fail("cuModuleLoadData", status);
        Assert.That(() => driver.GetKernel("scale.cu", "scale"), Throws.TypeOf<CudaException>()
            .With.Property("Status").EqualTo(status).And.Message.Contains(advice));
    }

    [Test]
    public void A_device_older_than_the_compiler_is_refused_before_it_is_occupied()
    {
        _cuda.Set("major", 6);
        Assert.That(() => Open(), Throws.TypeOf<CudaUnavailableException>()
            .With.Message.Contains("does not compile for devices of compute capability 6.0"));
        Assert.That(_cuda.Calls, Has.None.StartsWith("cuDevicePrimaryCtxRetain"));
    }

    [Test]
    public void Too_old_a_driver_is_refused_with_what_it_supports_and_what_is_needed()
    {
        _cuda.Set("driver", 11080);
        Assert.That(() => Open(), Throws.TypeOf<CudaUnavailableException>()
            .With.Message.Contains("supports CUDA 11.8 at most; 12.0 or newer is needed. Update"));
    }

    [Test]
    public void A_driver_without_a_device_says_so()
    {
        _cuda.Fail("cuInit", 100);
        Assert.That(() => Open(), Throws.TypeOf<CudaUnavailableException>()
            .With.Message.Contains("cuInit failed (100)").And.Message.Contains("CUDA_VISIBLE_DEVICES"));
        _cuda.Set("devices", 0);
        Assert.That(() => Open(), Throws.TypeOf<CudaUnavailableException>()
            .With.Message.Contains("There is no CUDA device 0. The driver knows none."));
    }

    [Test]
    public void A_device_number_that_does_not_exist_is_refused_with_those_that_do([Values(-1, 2)] int device) =>
        Assert.That(() => Open(device), Throws.TypeOf<CudaUnavailableException>().With.Message.EqualTo(
            $"There is no CUDA device {device}. There are: 0 (Fake Device 0), 1 (Fake Device 1)."));

    [Test]
    public void A_status_that_the_driver_does_not_know_is_reported_as_such()
    {
        using NativeCudaDriver driver = Open();
        _cuda.Fail("cuMemFree_v2", 12345);
        ulong data = driver.Allocate(1);
        Assert.That(() => driver.Free(data), Throws.TypeOf<CudaException>()
            .With.Message.EqualTo("cuMemFree_v2 failed (12345): a status that the driver does not know."));
    }

    [Test]
    public void A_missing_entry_point_is_named_when_it_is_needed_and_not_before()
    {
        using FakeCuda old = FakeCuda.Build("-DWITHOUT_GRAPH_LAUNCH");
        old.Reset();
        using NativeCudaDriver driver = NativeCudaDriver.Open(0, old.Options());
        driver.BeginCapture();
        nint graph = driver.EndCapture();
        Assert.That(() => driver.Replay(graph), Throws.TypeOf<CudaUnavailableException>().With.Message.StartsWith(
            $"{old.Folder}/libcuda.so.1 has no entry point cuGraphLaunch. Every NVIDIA driver of CUDA 12.0 or newer has it"));
    }

    [Test]
    public void A_probe_lists_libraries_and_devices_and_occupies_none()
    {
        CudaReport report = CudaProbe.Run(_cuda.Options());
        Assert.That(report.Problem, Is.Null);
        Assert.That(report.Libraries, Is.EqualTo(new[]
        {
            new CudaLibraryReport("NVIDIA driver", Path.Combine(_cuda.Folder, "libcuda.so.1"), "12.4", null),
            new CudaLibraryReport("NVRTC", Path.Combine(_cuda.Folder, "libnvrtc.so.12"), "12.4", null),
            new CudaLibraryReport("cuBLAS", Path.Combine(_cuda.Folder, "libcublas.so.12"), "12.4.5", null),
        }));
        Assert.That(report.Devices, Is.EqualTo(new[]
        {
            new CudaDeviceSummary(0, "Fake Device 0", 9, 0, 5_000_000_040, 132) { SharedBytes = 232_448 }.WithSpeeds(1_980_000, 2_619_000, 5120),
            new CudaDeviceSummary(1, "Fake Device 1", 9, 0, 5_000_000_041, 132) { SharedBytes = 232_448 }.WithSpeeds(1_980_000, 2_619_000, 5120),
        }));
        Assert.That(_cuda.Live, Is.Zero);
    }

    [Test]
    public void A_probe_tells_a_missing_device_from_a_missing_library()
    {
        _cuda.Set("devices", 0);
        CudaReport report = CudaProbe.Run(_cuda.Options());
        Assert.That(report.Problem, Does.StartWith("The driver knows no device."));
        Assert.That(report.Devices, Is.Empty);

        _cuda.Reset();
        _cuda.Fail("nvrtcVersion", 11);
        report = CudaProbe.Run(_cuda.Options());
        Assert.That(report.Problem, Does.Contain("nvrtcVersion failed (11)"));
        Assert.That(report.Devices, Has.Count.EqualTo(2));
        Assert.That(report.Libraries.Select(library => library.Problem is null), Is.EqualTo(new[] { true, false, true }));
    }

    private NativeCudaDriver OpenOverlapping() => NativeCudaDriver.Open(0, _cuda.Options(_warnings.Add) with { UseOverlap = true });

    private NativeCudaDriver Open(int device = 0) => NativeCudaDriver.Open(device, _cuda.Options(_warnings.Add));

    /// <summary>A whole life of a driver, with every call that the product makes.</summary>
    private void Live()
    {
        _cuda.Set("minor", 1); // Unknown to the compiler: PTX first, a cubin in the second life.
        LiveOnce(() => Open());
        _cuda.Set("minor", 0);
        LiveOnce(() => Open());
        LiveOnce(() => NativeCudaDriver.Open(0, _cuda.Options(_warnings.Add) with { UseOverlap = true }));
        LiveOnce(() => NativeCudaDriver.Attach(FakeCuda.LentContext, FakeCuda.LentStream, _cuda.Options(_warnings.Add)));

        void LiveOnce(Func<NativeCudaDriver> open)
        {
            using NativeCudaDriver driver = open();
            ulong data = Upload(driver, 1, 2, 3, 4);
            ulong other = driver.Allocate(16);
            driver.Holds(other, 16);
            driver.WaitForForeign(FakeCuda.LentEvent);
            driver.RecordForeign(FakeCuda.LentEvent);
            driver.CopyOnDevice(other, data, 16);
            driver.Clear(other, 8);
            driver.Free(other);
            nint kernel = driver.GetKernel("scale.cu", "scale", 60_000);
            driver.BeginCapture();
            driver.Launch(kernel, new LaunchShape(1, 1, 1, 32, 60_000), Scale(data, 2, 4));
            driver.Multiply(Product(data, data, data) with { IsAside = true });
            driver.Join();
            nint graph = driver.EndCapture();
            driver.Replay(graph);
            nint done = driver.CreateEvent();
            driver.RecordEvent(done);
            driver.AwaitEvent(done);
            driver.DestroyEvent(done);
            driver.Multiply(Product(data, data, data));
            driver.Multiply(Product(data, data, data) with { IsAside = true });
            driver.Join();
            driver.Synchronize();
            driver.DestroyGraph(graph);
            Download(driver, data, 4);
            try
            {
                driver.GetKernel("wrong.cu", "x");
            }
            catch (KernelCompilationException)
            {
                // As it should be; anything else is what a test has asked for.
            }
        }
    }

    private static MatrixProduct Product(ulong a, ulong b, ulong c) => new()
    {
        Rows = 1, Columns = 1, Inner = 1, Batch = 1, A = a, B = b, C = c, RowStrideA = 1, RowStrideB = 1, RowStrideC = 1,
    };

    private static ulong Upload(NativeCudaDriver driver, params float[] values)
    {
        ulong address = driver.Allocate(values.Length * sizeof(float));
        driver.CopyToDevice(address, MemoryMarshal.AsBytes<float>(values));
        return address;
    }

    private static float[] Download(NativeCudaDriver driver, ulong address, int count)
    {
        float[] values = new float[count];
        driver.CopyToHost(MemoryMarshal.AsBytes(values.AsSpan()), address);
        return values;
    }

    private static byte[] Scale(ulong data, float factor, int count) =>
        MemoryMarshal.AsBytes<ScaleArguments>(new[] { new ScaleArguments(data, factor, count) }).ToArray();

    private static float[] Numbers(int count, int seed) =>
        [.. Enumerable.Range(0, count).Select(i => (float)(((i * 37) + (seed * 11)) % 23) - 11)];

    private readonly record struct ScaleArguments(ulong Data, float Factor, int Count);
}
