using IadNative.Models;

namespace IadNative.Tests;

/// <summary>Tests a parameter with models, each with its default options.</summary>
/// <param name="names">Their short names; all models without any.</param>
[AttributeUsage(AttributeTargets.Parameter)]
internal sealed class EachModelAttribute(params string[] names)
    : ValuesAttribute([.. names.Length == 0 ? BaseModel.All : names.Select(BaseModel.Parse)]);

/// <summary>Tests a parameter with all models that are networks, which draw random numbers, each with its default options.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
internal sealed class EachNetworkAttribute() : ValuesAttribute([.. BaseModel.All.Where(model => model.HasNetwork)]);
