using IadNative;

// A detector that keeps learning from a stream that drifts: see DriftingStream.cs for the stream. To try:
//
//   dotnet run -c Release --project samples/KeepLearning -- samples/satellite.csv.gz label
//
// The detector is fitted on the first windows. Every later window is scored and compared with what the detector was trained on; where
// Drift says so, it goes on learning from the last windows, anomalies included, and the next window shows what that was good for: the AUC of the
// detector that stayed as it was in the beginning beside that of the one that goes on. Labels are for these two numbers alone.
if (args.Length < 2)
{
    Console.Error.WriteLine("KeepLearning DATA LABEL [WINDOW]");
    return 2;
}

const int Learned = 3;
Dataset data = DatasetReader.Read(args[0], new DatasetReadOptions { Label = args[1] });
int size = args.Length > 2 ? int.Parse(args[2], System.Globalization.CultureInfo.InvariantCulture) : 400;
if (size < 1 || data.Rows / size <= Learned)
{
    Console.Error.WriteLine(FormattableString.Invariant(
        $"{args[0]} has {data.Rows} rows, and more than {Learned} windows of {size} rows are needed. Give a WINDOW from 1 to {data.Rows / (Learned + 1)}."));
    return 2;
}

var stream = new DriftingStream(data, size);
AnomalyDetector first = AnomalyDetector.Fit(stream.Take(0, Learned)).Detector, detector = first;
int refits = 0;
double without = 0, with = 0;
for (int window = Learned; window < stream.Windows; window++)
{
    Dataset rows = stream.Take(window, 1);
    double old = Auc(first, rows), now = Auc(detector, rows);
    (without, with) = window < stream.FirstOfChange ? (without, with) : (without + old, with + now);
    DriftReport drift = detector.Drift(rows);
    Console.WriteLine(FormattableString.Invariant(
        $"window {window}: AUC {old:P1} as fitted, {now:P1} now; PSI of scores {drift.Scores.StabilityIndex:F2}, columns drifted {drift.DriftedColumns}"));
    if (!drift.ShouldRefit) continue;
    detector = detector.Refit(stream.Take(window - Learned + 1, Learned)).Detector;
    refits++;
    Console.WriteLine(FormattableString.Invariant($"refit on windows {window - Learned + 1} to {window}"));
}

int after = stream.Windows - Math.Max(Learned, stream.FirstOfChange);
Console.WriteLine(FormattableString.Invariant(
    $"{refits} refits; mean AUC from window {stream.FirstOfChange} on: {without / after:P2} without, {with / after:P2} with them"));
return 0;

static double Auc(AnomalyDetector detector, Dataset rows) => RocAuc.Compute(detector.Score(rows), rows.Labels!);
