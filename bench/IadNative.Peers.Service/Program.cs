using System.Globalization;
using IadNative.Extensions.Hosting;
using IadNative.Peers.Service;
using ScoringService;

// The service of samples/ScoringService: args[0] says who scores, iadnative, onnx or none; args[1] is the folder with the model and the
// problem. Words behind them are the host's. GET /allocated tells the bytes that the managed heap has given out.
WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(args[2..]);
builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
string model = Path.Combine(args[1], "model.iad");
switch (args[0])
{
    case "iadnative":
        builder.Services.AddAnomalyDetector().FromFile(model, watch: false);
        break;
    case "onnx":
        builder.Services.AddSingleton<IAnomalyDetectorProvider>(new OnnxDetector(args[1], model));
        break;
    case "none":
        builder.Services.AddSingleton<IAnomalyDetectorProvider>(new ConstantDetector(model));
        break;
    default:
        Console.Error.WriteLine("IadNative.Peers.Service iadnative|onnx|none FOLDER [--urls URL]");
        return 2;
}

builder.Services.ConfigureHttpJsonOptions(options => options.SerializerOptions.TypeInfoResolverChain.Insert(0, ScoreJson.Default));
WebApplication app = builder.Build();
app.MapPost("/score", ScoreEndpoint.Score);
app.MapGet("/allocated", () => GC.GetTotalAllocatedBytes(precise: true).ToString(CultureInfo.InvariantCulture));
app.Run();
return 0;
