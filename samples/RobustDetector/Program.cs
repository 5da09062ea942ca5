using System.Globalization;
using IadNative;

// IAD around a detector that IadNative knows nothing of: see WeightedHistograms.cs, which is all that there is to write. To try:
//
//   dotnet run -c Release --project samples/RobustDetector -- samples/satellite.csv.gz label
//
// It prints the AUC of the untrained histograms (the control), of the base model, trained on all samples alike, and of the round
// that IAD keeps without having seen a label. The numbers behind it are the bins of a feature, 1/tau and T. What IAD makes of a
// detector depends on the detector: on these data it adds some eight points to histograms of 7 bins, and takes some from those of
// 5, 10 or 20, whose highest scores are not those of the anomalies. Try yours where you have labels before you trust it elsewhere.
if (args.Length < 2)
{
    Console.Error.WriteLine("RobustDetector DATA LABEL [BINS] [INVERSE_TAU] [ROUNDS]");
    return 2;
}

Dataset data = DatasetReader.Read(args[0], new DatasetReadOptions { Label = args[1] });
int bins = (int)Number(2, 7);
var options = new RobustOptions { InverseTau = Number(3, 4), Rounds = (int)Number(4, 15) };
RobustResult result = RobustTraining.Run(data.Rows, (_, _) => new WeightedHistograms(data, bins), options, data.Labels);
RunReport run = result.Runs[0];
foreach (RoundReport round in run.Rounds)
    Console.WriteLine(FormattableString.Invariant($"round {round.Round}: AUC {round.Auc:P2}, rank flips {round.RankFlips}"));
foreach (Alarm alarm in result.Alarms) Console.WriteLine(alarm.Message);
Console.WriteLine(FormattableString.Invariant(
    $"untrained {run.UntrainedAuc:P2}, base {run.BaseAuc:P2}, IAD {run.IadAuc:P2} (round {run.SelectedRound})"));
return 0;

double Number(int place, double byDefault) => args.Length > place ? double.Parse(args[place], CultureInfo.InvariantCulture) : byDefault;
