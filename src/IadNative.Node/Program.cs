using System.Runtime.CompilerServices;
using IadNative.Node;

// First of all, before anything else is loaded: until then a signal ends the process as the system does it.
CancellationToken stop = StopSignals.Listen();
return Run(args, stop);

[MethodImpl(MethodImplOptions.NoInlining)]
static int Run(string[] args, CancellationToken stop)
{
    StandardStreams.Prepare();
    var terminal = new Terminal(Console.Out, Console.Error);
    return ProgramCommand.Run(terminal, args, () => NodeCommand.Create(terminal, stop));
}
