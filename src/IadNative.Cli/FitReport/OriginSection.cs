using System.Globalization;
using IadNative.Cli.Html;
using IadNative.Detectors;

namespace IadNative.Cli.FitReport;

/// <summary>What is needed to do it again.</summary>
internal static class OriginSection
{
    /// <summary>Command line, seeds, device, versions and machine.</summary>
    public static Markup Create(FitArguments arguments, FitResult result) => Page.Section("Origin", Markup.Of($"""
        <p class="command"><code>{arguments.CommandLine}</code></p>
        {Tables.Facts("Program and machine",
            [
                ("seeds", string.Join(", ", result.Runs.Select(run => run.Seed.ToString(CultureInfo.InvariantCulture)))),
                ("device", result.Device),
                .. MachineFacts.All.Select(fact => (fact.Name, MachineFacts.ToText(fact.Value))),
            ])}
        """));
}
