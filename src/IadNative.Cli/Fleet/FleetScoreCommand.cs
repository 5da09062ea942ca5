using System.CommandLine;
using System.Globalization;
using IadNative.Data;
using IadNative.Data.Reading;
using IadNative.Fleet;
using IadNative.Messages;

namespace IadNative.Cli.Fleet;

/// <summary><c>iad fleet score</c>: each row by the detector of its part.</summary>
internal static class FleetScoreCommand
{
    /// <summary>The command.</summary>
    public static Command Create(Terminal terminal, CancellationToken cancellationToken)
    {
        var command = new Command("score",
            "Score each row by the detector of its part: CSV with row, partition, score, percentile, p-value and label.");
        Func<ParseResult, Terminal, FleetPlace> placeOf = FleetPlace.AddTo(command);
        Argument<string> data = DataInput.DataArgument("The data to score, with the column of the parts, or '-' for standard input.");
        Option<string?> by = CommandOptions.Text("--by", "COL", "The column that says which part a row belongs to.");
        Option<string?> partition = CommandOptions.Text("--partition", "NAME", "All rows belong to this part.");
        Option<string?> seed = CommandOptions.Text("--seed", "S", "The seed whose detectors score; without it the first of the plan, never one chosen by AUC.");
        Option<int> set = CommandOptions.Number("--option-set", "K", "The option set whose detectors score, in the order of 'iad fleet results', from 0.", 0);
        Option<string?> label = DataInput.LabelOption("Column with labels: left out.");
        Option<string> missing = ModelData.MissingOption();
        var reading = new ReadingSyntax();
        Option<string?> output = CommandOptions.Text("--out", "FILE", "Write the CSV to this file instead of standard output.");
        command.Add(data);
        foreach (Option option in (Option[])[by, partition, seed, set, label, missing, .. reading.OfParts, output]) command.Add(option);
        command.SetAction(parsed =>
        {
            using FleetPlace place = placeOf(parsed, terminal);
            OutputFile.Check(parsed.GetValue(output), "--out", parsed.GetRequiredValue(data), place.PlanFile);
            FleetPlan plan = place.ReadPlan();
            var input = new DataInput(parsed.GetRequiredValue(data), parsed.GetValue(label), parsed.GetRequiredValue(missing))
            {
                Reading = Partitioning.By(parsed.GetValue(by), reading.Bind(parsed)),
            };
            var choice = new Choice(plan, SetOf(plan, parsed.GetValue(set)), SeedOf(plan, parsed.GetValue(seed)));
            string? only = PartOf(plan, parsed.GetValue(by), parsed.GetValue(partition));
            return Run(place.Results, choice, input, only, parsed.GetValue(output), terminal, cancellationToken);
        });
        return command;
    }

    private static int SetOf(FleetPlan plan, int set) => set >= 0 && set < plan.Options.Count
        ? set
        : throw new BadInputException(FormattableString.Invariant($"--option-set is {set}; the plan has 0 to {plan.Options.Count - 1}."));

    private static int SeedOf(FleetPlan plan, string? text)
    {
        if (text is null) return 0;
        int place = Enumerable.Range(0, plan.Seeds.Count).FirstOrDefault(i => plan.Seeds[i].ToString(CultureInfo.InvariantCulture) == text, -1);
        return place >= 0 ? place : throw new BadInputException($"--seed: {ForeignText.Quote(text)} is no seed of the plan.");
    }

    private static string? PartOf(FleetPlan plan, string? by, string? partition)
    {
        if (by is not null && partition is not null) throw new BadInputException("--by and --partition both say which part a row belongs to; give one.");
        if (by is not null) return null;
        if (partition is null)
        {
            return plan.Partitions.Count == 1
                ? plan.Partitions[0].Name
                : throw new BadInputException("the fleet has several parts: say with --by which column names them, or give one with --partition.");
        }

        return plan.Partitions.Any(part => part.Name == partition)
            ? partition
            : throw new BadInputException($"--partition: the plan has no part {ForeignText.Quote(partition)}.");
    }

    private static int Run(
        IJobStore results, Choice choice, DataInput input, string? only, string? output, Terminal terminal, CancellationToken cancellationToken)
    {
        // Whether missing cells are filled is the detectors' business: as they were fitted, unless the command line says otherwise.
        bool fills = input.Missing is "mean" or "median" || (input.Missing == "model" && choice.Options.Imputation != Imputation.None);
        TableReader reader = (input with { Missing = input.Missing == "drop" ? "drop" : fills ? "median" : "error" }).Open(schema: null, cancellationToken);
        var place = new ScoreOutput(output, terminal);
        var scoring = new FleetScoring(new FleetDetectors(results, choice, reader, input.Missing), reader, only, place.Text(FormulaGuard.Guard));
        try
        {
            foreach (string note in reader.Notes) terminal.Note($"{reader.Name}: {note}");
            place.Write((write, report) => scoring.Run(write, report, cancellationToken));
        }
        finally
        {
            if (!scoring.IsReading) reader.Dispose();
        }

        if (scoring.LabelNote is { } found) terminal.Note($"{reader.Name}: {found}");
        foreach ((string reason, UnscoredParts parts) in scoring.Unscored)
        {
            string named = string.Join(", ", parts.Named.Select(part => ForeignText.Quote(part))) + (parts.Count > parts.Named.Count ? ", ..." : "");
            terminal.Warn(FormattableString.Invariant($"{parts.Rows} row(s) of {parts.Count} part(s) have no score: {reason}: {named}."));
        }

        return ExitCodes.Success;
    }

    /// <summary>Which of a plan's detectors score.</summary>
    internal sealed record Choice(FleetPlan Plan, int OptionSet, int Seed)
    {
        /// <summary>How they were fitted, as far as that does not depend on the data.</summary>
        public FitOptions Options => Plan.Options.At(OptionSet).Options;
    }
}
