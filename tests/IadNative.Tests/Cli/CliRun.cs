using IadNative.Cli;
using IadNative.Cuda;

namespace IadNative.Tests.Cli;

/// <summary>What one command line gave, run inside this process.</summary>
internal sealed record CliRun(int Code, string Out, string Err)
{
    /// <summary>A machine without CUDA, whatever this one has.</summary>
    public static CudaAccess NoCuda { get; } = new(
        () => new CudaReport([], [], "no driver"), (_, _) => throw new CudaUnavailableException("There is no CUDA here."));

    public static CliRun Of(params string[] args) => Run(NoCuda, args, CancellationToken.None);

    public static CliRun Of(CancellationToken cancellationToken, params string[] args) => Run(NoCuda, args, cancellationToken);

    public static CliRun Of(CudaAccess cuda, params string[] args) => Run(cuda, args, CancellationToken.None);

    private static CliRun Run(CudaAccess cuda, string[] args, CancellationToken cancellationToken)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        int code = IadCommand.Run(args, output, error, cuda, cancellationToken);
        return new CliRun(code, output.ToString(), error.ToString());
    }
}
