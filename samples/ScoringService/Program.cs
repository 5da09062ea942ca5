using ScoringService;

// A service that scores rows, with a model that may be replaced while it runs. To make a model and try:
//
//   dotnet run -c Release --project src/IadNative.Cli -- fit samples/satellite.csv.gz --label label --out satellite.iad
//   dotnet publish samples/ScoringService -c Release -r linux-x64 -p:PublishAot=true -o service
//   service/ScoringService --Detector:Path=satellite.iad --urls=http://127.0.0.1:5000
//   curl -s http://127.0.0.1:5000/score -H 'Content-Type: application/json' -d '{"rows": [[80, 102, 102, ...]]}'
//   curl -s http://127.0.0.1:5000/health
//
// -p:IlcInstructionSet=native takes the widest vectors of the machine at hand. All settings of the detector are in the README of
// IadNative.Extensions.Hosting.
WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(args);
builder.Services.AddAnomalyDetector().FromConfiguration(builder.Configuration.GetSection("Detector"));
builder.Services.AddHealthChecks().AddAnomalyDetector();
builder.Services.ConfigureHttpJsonOptions(options => options.SerializerOptions.TypeInfoResolverChain.Insert(0, ScoreJson.Default));

WebApplication app = builder.Build();
app.MapHealthChecks("/health");
app.MapPost("/score", ScoreEndpoint.Score);
app.Run();
