using IadNative.Bench.Gpu;
using IadNative.Bench.Gpu.Lab;
using IadNative.Cli;

// What is measured for minutes is in files; neither console may cost it. Whether standard output failed is told at the end.
StandardStreams.Prepare();
Exception? lost = null;
Console.SetError(new GuardedWriter(Console.Error, _ => { }));
Console.SetOut(new GuardedWriter(Console.Out, failure => lost ??= failure));
int code = args switch
{
    ["device-choice", ..] => DeviceChoiceCommand.Run(args.AsSpan(1)),
    ["predict", ..] => PredictionCommand.Run(args.AsSpan(1)),
    ["lab", ..] => LabCommand.Run(args[1..]),
    _ => GpuCommand.Run(args),
};
if (lost is null) return code;
Console.Error.WriteLine($"Standard output cannot be written: {lost.Message}");
return code == 0 ? 1 : code;
