namespace IadNative.Cuda;

/// <summary>What a CUDA device is.</summary>
/// <param name="Name">Marketing name.</param>
/// <param name="BusId">Where it is plugged in, such as <c>0000:3b:00.0</c>; nvidia-smi knows it by that too.</param>
/// <param name="ComputeMajor">Major compute capability.</param>
/// <param name="ComputeMinor">Minor compute capability.</param>
/// <param name="TotalMemory">Bytes of device memory.</param>
/// <param name="Multiprocessors">Streaming multiprocessors.</param>
/// <param name="DriverVersion">CUDA version of the driver, such as 12.4.</param>
/// <param name="CompilerVersion">Version of NVRTC, such as 12.4.</param>
/// <param name="SharedBytes">Shared memory that a block can have, in bytes.</param>
/// <param name="BlasVersion">Version of cuBLAS, such as 12.4.5.</param>
internal sealed record CudaDeviceInfo(
    string Name, string BusId, int ComputeMajor, int ComputeMinor, long TotalMemory, int Multiprocessors, int SharedBytes,
    string DriverVersion, string CompilerVersion, string BlasVersion);
