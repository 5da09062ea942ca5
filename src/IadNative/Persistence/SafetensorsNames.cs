using System.Text.Json;

namespace IadNative.Persistence;

/// <summary>
/// Names of tensors as the places in a header where they stand: a header of many tensors then costs little more memory than its own
/// bytes, and names are compared without making text of them.
/// </summary>
/// <param name="json">The header.</param>
internal sealed class SafetensorsNames(byte[] json) : IEqualityComparer<int>
{
    /// <summary>The longest name, in UTF-16 units.</summary>
    public const int Longest = 256;

    // An escaped unit takes six bytes.
    private const int MostBytes = 6 * Longest;

    /// <summary>The name at a place.</summary>
    public string this[int place]
    {
        get
        {
            Span<char> name = stackalloc char[MostBytes];
            return new string(name[..Copy(place, name)]);
        }
    }

    /// <summary>Whether the name that a reader has come to may be one of a tensor.</summary>
    /// <exception cref="InvalidOperationException">It is no Unicode.</exception>
    public static bool Accepts(ref Utf8JsonReader reader)
    {
        Span<char> name = stackalloc char[MostBytes];
        return reader.ValueSpan.Length <= MostBytes && reader.CopyString(name) <= Longest;
    }

    /// <summary>The place that stands for <see cref="Sought"/>.</summary>
    public const int PlaceOfSought = -1;

    /// <summary>A name that is looked for, by one thread at a time.</summary>
    public string Sought { get; set; } = "";

    public bool Equals(int place, int other)
    {
        Span<char> one = stackalloc char[MostBytes], two = stackalloc char[MostBytes];
        return one[..Copy(place, one)].SequenceEqual(two[..Copy(other, two)]);
    }

    public int GetHashCode(int place)
    {
        Span<char> name = stackalloc char[MostBytes];
        return string.GetHashCode(name[..Copy(place, name)]);
    }

    private int Copy(int place, Span<char> name)
    {
        if (place == PlaceOfSought)
        {
            Sought.CopyTo(name);
            return Sought.Length;
        }

        var reader = new Utf8JsonReader(json.AsSpan(place));
        reader.Read();
        return reader.CopyString(name);
    }
}
