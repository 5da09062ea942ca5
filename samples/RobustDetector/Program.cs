using System.Globalization;
using IadNative.Data;
using IadNative.Iad;

// IAD around a detector that IadNative knows nothing of: see WeightedForest.cs, which is all that there is to write. To try:
//
//   dotnet run -c Release --project samples/RobustDetector -- samples/satellite.csv.gz label
//
// It prints the AUC of the untrained forest (the control), of the base model, trained on all samples alike, and of the round that
// IAD keeps without having seen a label. The numbers behind it are 1/tau, T, the trees of a forest and the samples of a tree.
if (args.Length < 2)
{
    Console.Error.WriteLine("RobustDetector DATA LABEL [INVERSE_TAU] [ROUNDS] [TREES] [SAMPLES] [SEED]");
    return 2;
}

Dataset data = DatasetReader.Read(args[0], new DatasetReadOptions { Label = args[1] });
int trees = (int)Number(4, 100), samples = (int)Number(5, 256);
var options = new RobustOptions { InverseTau = Number(2, 4), Rounds = (int)Number(3, 15), Seed = (ulong)Number(6, 0) };
RobustResult result = RobustTraining.Run(
    data.Rows, (seed, member) => new WeightedForest(data, (int)seed + member, trees, samples), options, data.Labels);
RunReport run = result.Runs[0];
foreach (RoundReport round in run.Rounds)
    Console.WriteLine(FormattableString.Invariant($"round {round.Round}: AUC {round.Auc:P2}, rank flips {round.RankFlips}"));
foreach (Alarm alarm in result.Alarms) Console.WriteLine(alarm.Message);
Console.WriteLine(FormattableString.Invariant(
    $"untrained {run.UntrainedAuc:P2}, base {run.BaseAuc:P2}, IAD {run.IadAuc:P2} (round {run.SelectedRound})"));
return 0;

double Number(int place, double byDefault) => args.Length > place ? double.Parse(args[place], CultureInfo.InvariantCulture) : byDefault;
