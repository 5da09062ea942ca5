using System.Globalization;
using IadNative.Bench.Versus.Exchange;
using IadNative.Peers;
using IadNative.Peers.Onnx;
using IadNative.Peers.Torch;

// Does the work of the problem in the folder args[0] in every way that TorchSharp and ONNX Runtime have of doing it. Talks to
// `versus` in lines: first a Greeting goes out; then for each line "CONTESTANT COUNT" that comes in, a Measurement goes out.
var data = new ProblemData(args[0]);
TorchLibrary.Prepare(data.Problem.Threads);
IContestant[] contestants = data.Problem.Kind switch
{
    WorkKind.Training => [.. TorchVariant.Of(data.Problem).Select(variant => new TorchTraining(data, variant))],
    WorkKind.Job => [.. TorchVariant.Of(data.Problem).Select(variant => new TorchJob(data, variant))],
    WorkKind.Scoring => [new OnnxScoring(data), new TorchScoring(data)],
    _ => throw new InvalidOperationException($"There is no work {data.Problem.Kind}."),
};

Say(new Greeting(PeerVersions.Read(), [.. contestants.Select(contestant => contestant.Introduce())]));
while (Console.ReadLine() is { } line)
{
    string[] words = line.Split(' ');
    int contestant = int.Parse(words[0], CultureInfo.InvariantCulture), count = int.Parse(words[1], CultureInfo.InvariantCulture);
    Say(contestants[contestant].Run(count));
}

static void Say<T>(T message)
{
    Console.WriteLine(ExchangeJson.Write(message));
    Console.Out.Flush();
}
