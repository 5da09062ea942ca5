using IadNative.Reproduction;

using var signals = new StopSignals();
return ReproduceCommand.Run(args, Console.Out, Console.Error, cancellationToken: signals.Token);
