using BenchmarkDotNet.Running;
using IadNative.Bench;
using IadNative.Bench.Detection;
using IadNative.Bench.Images;
using IadNative.Bench.Refit;
using IadNative.Bench.Service;
using IadNative.Bench.Streaming;
using IadNative.Bench.Subnormals;
using IadNative.Bench.Thresholds;
using IadNative.Bench.Versus;
using IadNative.Cli;

// What a command measures for hours is in its files; neither console may cost them. Whether standard output failed is told at the end.
StandardStreams.Prepare();
Exception? lost = null;
Console.SetError(new GuardedWriter(Console.Error, _ => { }));
Console.SetOut(new GuardedWriter(Console.Out, failure => lost ??= failure));
int code = Run(args);
if (lost is null) return code;
Console.Error.WriteLine($"Standard output cannot be written: {lost.Message}");
return code == 0 ? 1 : code;

// `versus` measures the CPU engine against other libraries, `subnormals` what numbers near zero cost; `thresholds` compares rules that set the threshold; `detection` and `detection-page` compare detectors, `cost` says what one
// takes, `competitors` what the paper's robust competitors do, and `refit` what going on from a detector is good for, and `images` how detectors do on images; `service` puts the scoring service under load; `stream` reads and scores a table larger than memory; `readme` brings the newest results of `versus` into the README. All else goes to BenchmarkDotNet, whose suites are the
// classes beside this file: --list flat names them, --filter '*Scoring*' picks some.
static int Run(string[] args)
{
    switch (args)
    {
        case ["versus", ..]:
            return VersusCommand.Run(args[1..]);
        case ["subnormals", ..]:
            return SubnormalsCommand.Run(args[1..]);
        case ["thresholds", ..]:
            return ThresholdsCommand.Run(args[1..]);
        case ["detection", ..]:
            return DetectionCommand.Run(args.AsSpan(1));
        case ["detection-page", ..]:
            return DetectionPageCommand.Run(args.AsSpan(1));
        case ["cost", ..]:
            return CostCommand.Run(args.AsSpan(1));
        case ["competitors", ..]:
            return CompetitorCommand.Run(args.AsSpan(1));
        case ["refit", ..]:
            return RefitCommand.Run(args.AsSpan(1));
        case ["images", ..]:
            return ImagesCommand.Run(args.AsSpan(1));
        case ["service", ..]:
            return ServiceCommand.Run(args.AsSpan(1));
        case ["stream", ..]:
            return StreamCommand.Run(args.AsSpan(1));
        case ["readme"]:
            string readme = Path.Combine(Repository.Root, "README.md");
            string page = ReadmeTable.NewestPage(Path.Combine(Repository.Root, "bench", "results"));
            File.WriteAllText(readme, ReadmeTable.Rewrite(File.ReadAllText(readme), Path.GetFileName(page), File.ReadAllText(page)));
            return 0;
        default:
            BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
            return 0;
    }
}
