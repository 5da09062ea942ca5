namespace IadNative.Bench.Gpu;

/// <summary>
/// Environment variables that change what is measured, ours or PyTorch's, and are easily left over from other work.
/// </summary>
internal static class ArithmeticVariables
{
    private const string Arithmetic = "changes arithmetic", Speed = "changes times", Device = "changes which device is meant";

    private static readonly (string Name, string Effect)[] s_known =
    [
        ("NVIDIA_TF32_OVERRIDE", $"{Arithmetic}: 0 forbids TF32 to all libraries, whatever the program asks for"),
        ("TORCH_ALLOW_TF32_CUBLAS_OVERRIDE", $"{Arithmetic}: 1 makes PyTorch's products TF32"),
        ("CUBLAS_EMULATE_SINGLE_PRECISION", $"{Arithmetic}: 1 makes cuBLAS's products of BF16"),
        ("CUBLAS_EMULATION_STRATEGY", $"{Arithmetic}: when cuBLAS takes emulated products"),
        ("CUBLAS_WORKSPACE_CONFIG", $"{Arithmetic}: the workspace decides which of cuBLAS's kernels may run"),
        ("CUBLASLT_WORKSPACE_SIZE", $"{Arithmetic}: the workspace decides which of cuBLASLt's kernels may run"),
        ("TORCH_BLAS_PREFER_CUBLASLT", $"{Arithmetic}: another library for PyTorch's products"),
        ("TORCH_CUDNN_V8_API_DISABLED", $"{Arithmetic}: other convolutions in PyTorch"),
        ("TORCHINDUCTOR_MAX_AUTOTUNE", $"{Arithmetic}: torch.compile chooses among more kernels"),
        ("TORCHDYNAMO_DISABLE", $"{Speed}: 1 makes torch.compile eager"),
        ("TORCH_COMPILE_DISABLE", $"{Speed}: 1 makes torch.compile eager"),
        ("CUDA_LAUNCH_BLOCKING", $"{Speed}: 1 waits for every kernel"),
        ("CUDA_DEVICE_MAX_CONNECTIONS", $"{Speed}: how many kernels may be on their way at once"),
        ("CUDA_MODULE_LOADING", $"{Speed}: when kernels are loaded"),
        ("CUDA_FORCE_PTX_JIT", $"{Speed}: 1 compiles kernels anew for the device"),
        ("CUDA_DISABLE_PTX_JIT", $"{Speed}: 1 refuses kernels that would be compiled for the device"),
        ("CUDA_CACHE_DISABLE", $"{Speed}: 1 keeps no compiled kernels"),
        ("CUDA_INJECTION64_PATH", $"{Speed}: a profiler is at work"),
        ("CUDA_MPS_ACTIVE_THREAD_PERCENTAGE", $"{Speed}: a share of the multiprocessors"),
        ("CUDA_MPS_PIPE_DIRECTORY", $"{Speed}: the device may be shared through MPS"),
        ("PYTORCH_NO_CUDA_MEMORY_CACHING", $"{Speed}: PyTorch allocates anew each time"),
        ("PYTORCH_CUDA_ALLOC_CONF", $"{Speed}: how PyTorch allocates"),
        ("PYTORCH_ALLOC_CONF", $"{Speed}: how PyTorch allocates"),
        ("CUDA_VISIBLE_DEVICES", Device),
        ("CUDA_DEVICE_ORDER", Device),
    ];

    /// <summary>A line on each that is set, with its value and what it does; empty where none is.</summary>
    /// <param name="variable">The value of a variable; null or empty where it is not set.</param>
    public static IReadOnlyList<string> Describe(Func<string, string?> variable) =>
    [
        .. from known in s_known
           let value = variable(known.Name)
           where !string.IsNullOrEmpty(value)
           select $"{known.Name}={value} {known.Effect}",
    ];
}
