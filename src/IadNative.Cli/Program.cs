using IadNative.Cli;

using var signals = new StopSignals();
return IadCommand.Run(args, Console.Out, Console.Error, cancellationToken: signals.Token);
