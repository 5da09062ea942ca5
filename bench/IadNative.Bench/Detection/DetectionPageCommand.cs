using System.Text;
using IadNative.Bench.Versus;

namespace IadNative.Bench.Detection;

/// <summary>Sets what <c>detection</c> measured beside what the classical detectors reach.</summary>
internal static class DetectionPageCommand
{
    private const string Usage = """
        detection-page --ours FILE.csv --baselines FILE.csv [--detectors NAMES] [--out PAGE.md]
          --detectors NAMES  of ours, with commas, in the order of the columns; all without it
          --out PAGE.md      a page whose section is written anew, all else left; without it the section is printed
        """;

    /// <summary>Writes the section.</summary>
    /// <returns>The exit code: 2 for a wrong command line.</returns>
    public static int Run(ReadOnlySpan<string> args)
    {
        try
        {
            var options = new CommandArguments(args, "--ours", "--baselines", "--detectors", "--out");
            IReadOnlyList<DetectionRow> ours = Rows(options.Required("--ours")), baselines = Rows(options.Required("--baselines"));
            string[] names = options.List("--detectors") ?? [.. ours.Select(row => row.Detector).Distinct()];
            foreach (string name in names)
            {
                if (ours.All(row => row.Detector != name)) throw new FormatException($"Nothing was measured of {name}.");
            }

            string section = DetectionPage.Write(ours, baselines, names)
                + $"\nMachine: {Machine.Describe()}, .NET {Environment.Version}.\n";
            if (options["--out"] is not { } target)
            {
                Console.Write(section);
                return 0;
            }

            string page = File.Exists(target) ? File.ReadAllText(target) : "# Detection\n";
            File.WriteAllText(target, DetectionPage.Rewrite(page, section), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
            return 0;
        }
        catch (FormatException exception)
        {
            Console.Error.WriteLine(exception.Message);
            Console.Error.WriteLine(Usage);
            return 2;
        }
    }

    private static IReadOnlyList<DetectionRow> Rows(string path) =>
        DetectionRow.Read(path) is { Count: > 0 } rows ? rows : throw new FormatException($"{path} has no rows.");
}
