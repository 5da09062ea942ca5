using IadNative.Models;

namespace IadNative.Tests;

/// <summary>Tests a parameter with models, each with its default options.</summary>
/// <param name="names">Their short names; all models without any.</param>
[AttributeUsage(AttributeTargets.Parameter)]
internal sealed class EachModelAttribute(params string[] names)
    : ValuesAttribute([.. names.Length == 0 ? BaseModel.All : names.Select(BaseModel.Parse)]);
