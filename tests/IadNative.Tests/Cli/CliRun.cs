using IadNative.Cli;

namespace IadNative.Tests.Cli;

/// <summary>What one command line gave, run inside this process.</summary>
internal sealed record CliRun(int Code, string Out, string Err)
{
    public static CliRun Of(params string[] args) => Of(CancellationToken.None, args);

    public static CliRun Of(CancellationToken cancellationToken, params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        int code = IadCommand.Run(args, output, error, cancellationToken);
        return new CliRun(code, output.ToString(), error.ToString());
    }
}
