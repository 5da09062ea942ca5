using IadNative.Node;

using var signals = new NodeSignals();
StandardStreams.Prepare();
var terminal = new Terminal(Console.Out, Console.Error);
return ProgramCommand.Run(terminal, args, () => NodeCommand.Create(terminal, signals.Stop));
