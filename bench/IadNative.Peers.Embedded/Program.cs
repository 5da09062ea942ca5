using System.Globalization;
using Microsoft.ML.OnnxRuntime;

// Scores the row args[1], features parted by commas, with the ONNX model args[0], on one thread.
using var options = new SessionOptions { IntraOpNumThreads = 1, InterOpNumThreads = 1 };
using var session = new InferenceSession(args[0], options);
float[] features = Array.ConvertAll(args[1].Split(','), text => float.Parse(text, CultureInfo.InvariantCulture));
using OrtValue input = OrtValue.CreateTensorValueFromMemory(features, [1, features.Length]);
using var run = new RunOptions();
using IDisposableReadOnlyCollection<OrtValue> outputs =
    session.Run(run, [session.InputNames[0]], [input], [session.OutputNames[0]]);
Console.WriteLine(outputs[0].GetTensorDataAsSpan<float>()[0].ToString(CultureInfo.InvariantCulture));
