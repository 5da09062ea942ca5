using System.Runtime.CompilerServices;
using IadNative.Cli;

// First of all, before anything else is loaded: until then a signal ends the process as the system does it.
CancellationToken stop = StopSignals.Listen();
return Run(args, stop);

[MethodImpl(MethodImplOptions.NoInlining)]
static int Run(string[] args, CancellationToken stop)
{
    StandardStreams.Prepare();
    return IadCommand.Run(args, Console.Out, Console.Error, cancellationToken: stop);
}
