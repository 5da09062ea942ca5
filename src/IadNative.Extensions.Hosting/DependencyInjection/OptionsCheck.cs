using Microsoft.Extensions.Options;

namespace IadNative.Extensions.Hosting.DependencyInjection;

/// <summary>Refuses options that mean nothing, before anything is loaded.</summary>
internal sealed class OptionsCheck : IValidateOptions<AnomalyDetectorOptions>
{
    private static readonly TimeSpan s_shortest = TimeSpan.FromMilliseconds(10), s_longest = TimeSpan.FromDays(1);

    public ValidateOptionsResult Validate(string? name, AnomalyDetectorOptions options)
    {
        List<string> faults = [];
        string detector = string.IsNullOrEmpty(name) ? "The anomaly detector" : $"The anomaly detector '{name}'";
        if (options.Path is not null && options.Detector is not null)
            faults.Add($"{detector} has a file and a loaded model. Give it one of them.");
        if (options.Path?.Length == 0) faults.Add($"{detector} has an empty path. Name its model file.");
        if (options.PollInterval < s_shortest || options.PollInterval > s_longest)
            faults.Add($"{detector} has a poll interval of {options.PollInterval}. It must be between {s_shortest} and {s_longest}.");
        if (options.Load is null) faults.Add($"{detector} has no {nameof(options.Load)} options.");
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}
