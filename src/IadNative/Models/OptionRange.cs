namespace IadNative.Models;

/// <summary>Checks of options' values.</summary>
internal static class OptionRange
{
    /// <summary>Refuses a value outside what is allowed.</summary>
    /// <exception cref="ArgumentException">The value is not allowed; the message says what is.</exception>
    public static void Require<T>(bool ok, string name, T value, string allowed)
    {
        if (!ok) throw new ArgumentException($"{name} is {value}; allowed is {allowed}.", name);
    }
}
