using IadNative.Tests.Cli;

namespace IadNative.Reproduction.Tests;

/// <summary>What one command line of the program gives, run inside this process on a machine without CUDA.</summary>
internal static class ReproductionRun
{
    public static CliRun Of(params string[] args) => Of(CancellationToken.None, args);

    public static CliRun Of(CancellationToken cancellationToken, params string[] args)
    {
        using var error = new StringWriter();
        return Of(error, cancellationToken, args);
    }

    public static CliRun Of(StringWriter error, CancellationToken cancellationToken, params string[] args)
    {
        using var output = new StringWriter();
        int code = ReproduceCommand.Run(args, output, error, CliRun.NoCuda, cancellationToken);
        return new CliRun(code, output.ToString(), error.ToString());
    }
}
