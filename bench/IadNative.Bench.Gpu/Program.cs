using IadNative.Bench.Gpu;
using IadNative.Cli;

// What is measured for minutes is in files; neither console may cost it. Whether standard output failed is told at the end.
StandardStreams.Prepare();
Exception? lost = null;
Console.SetError(new GuardedWriter(Console.Error, _ => { }));
Console.SetOut(new GuardedWriter(Console.Out, failure => lost ??= failure));
int code = args is ["device-choice", ..] ? DeviceChoiceCommand.Run(args.AsSpan(1)) : GpuCommand.Run(args);
if (lost is null) return code;
Console.Error.WriteLine($"Standard output cannot be written: {lost.Message}");
return code == 0 ? 1 : code;
