using IadNative;
using IadNative.Cuda;
using static HostCuda;

// IAD in a program that has CUDA of its own: its context, its streams, its events and its memory, shared without a copy through the
// host by the program. What the program does itself are plain calls of the driver (HostCuda.cs). To try, with an NVIDIA GPU:
//
//   dotnet run -c Release --project samples/SharedDevice -- samples/satellite.csv.gz label
//
// The rows are written on one stream of the program, the detector is trained on another, and the first goes on with the scores.
if (args.Length < 2)
{
    Console.Error.WriteLine("SharedDevice DATA LABEL");
    return 2;
}

try
{
    Dataset data = DatasetReader.Read(args[0], new DatasetReadOptions { Label = args[1] });
    Check(cuInit(0), nameof(cuInit));
    Check(cuDeviceGet(out int ordinal, 0), nameof(cuDeviceGet));
    Check(cuDevicePrimaryCtxRetain(out nint context, ordinal), nameof(cuDevicePrimaryCtxRetain));
    Check(cuCtxSetCurrent(context), nameof(cuCtxSetCurrent));
    Run(context, data);

    // The context is still the program's, and the device of IadNative is gone.
    Check(cuDevicePrimaryCtxRelease_v2(ordinal), nameof(cuDevicePrimaryCtxRelease_v2));
    return 0;
}
catch (Exception e) when (e is DllNotFoundException or InvalidOperationException or CudaUnavailableException or CudaException)
{
    Console.Error.WriteLine($"This sample needs an NVIDIA GPU, its driver, NVRTC and cuBLAS. {e.Message}");
    return 1;
}

static unsafe void Run(nint context, Dataset data)
{
    const uint nonBlocking = 1, disableTiming = 2;
    nuint rowBytes = (nuint)data.Values.Length * sizeof(float), scoreBytes = (nuint)data.Rows * sizeof(float);
    Check(cuStreamCreate(out nint producer, nonBlocking), nameof(cuStreamCreate));
    Check(cuStreamCreate(out nint stream, nonBlocking), nameof(cuStreamCreate));
    Check(cuEventCreate(out nint written, disableTiming), nameof(cuEventCreate));
    Check(cuEventCreate(out nint scored, disableTiming), nameof(cuEventCreate));
    Check(cuMemAlloc_v2(out ulong rows, rowBytes), nameof(cuMemAlloc_v2));
    Check(cuMemAlloc_v2(out ulong scores, scoreBytes), nameof(cuMemAlloc_v2));

    // Some work of the program that leaves n rows of d float32 numbers on the device.
    fixed (float* values = data.Values)
        Check(cuMemcpyHtoDAsync_v2(rows, values, rowBytes, producer), nameof(cuMemcpyHtoDAsync_v2));
    Check(cuEventRecord(written, producer), nameof(cuEventRecord));

    float[] onHost = new float[data.Rows];
    using (CudaDevice device = CudaDevice.Attach(context, stream))
    {
        Console.WriteLine(device.Description);
        var onDevice = new DeviceRows(rows, data.Rows, data.Columns);
        device.WaitFor(written);

        // With standard scaling the network sees the rows as they are, and they are copied to it on the device.
        var options = new FitOptions { Model = BaseModel.OneClassSvdd, Scaling = FeatureScaling.Standard };
        FitResult result = device.Fit(onDevice, options, data.Labels);
        Console.WriteLine(FormattableString.Invariant(
            $"untrained {result.Untrained?.Mean:P2}, base {result.Base?.Mean:P2}, IAD {result.Iad?.Mean:P2}"));
        device.Score(result.Detector, onDevice, scores);
        device.Record(scored);

        // The program goes on with the scores on its own stream; here it only takes them to the host.
        Check(cuStreamWaitEvent(producer, scored, 0), nameof(cuStreamWaitEvent));
        fixed (float* first = onHost)
        {
            Check(cuMemcpyDtoHAsync_v2(first, scores, scoreBytes, producer), nameof(cuMemcpyDtoHAsync_v2));
            Check(cuStreamSynchronize(producer), nameof(cuStreamSynchronize));
        }

        Console.WriteLine($"{onHost.Count(result.Detector.IsAnomaly)} of {data.Rows} rows lie above the threshold");
    }

    // What the program gave is still there.
    Check(cuMemFree_v2(scores), nameof(cuMemFree_v2));
    Check(cuMemFree_v2(rows), nameof(cuMemFree_v2));
    Check(cuEventDestroy_v2(scored), nameof(cuEventDestroy_v2));
    Check(cuEventDestroy_v2(written), nameof(cuEventDestroy_v2));
    Check(cuStreamDestroy_v2(stream), nameof(cuStreamDestroy_v2));
    Check(cuStreamDestroy_v2(producer), nameof(cuStreamDestroy_v2));
}
