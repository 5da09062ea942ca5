namespace IadNative.Fleet;

/// <summary>
/// A part of a source that has detectors of its own: the rows of one sensor, customer or machine, or a whole file. It is known by the
/// hash of its content, so that the same rows have the same results whatever they are called and wherever they lie.
/// </summary>
/// <param name="Name">What people call it: the value of the column that parts the source, or the file's path; unique in a plan.</param>
/// <param name="Hash">SHA-256 of the content, 64 hexadecimal digits; see <see cref="PartitionFile.Describe"/>.</param>
/// <param name="Rows">n, at least 1.</param>
/// <param name="Columns">The d features.</param>
public sealed record Partition(string Name, string Hash, int Rows, IReadOnlyList<FeatureColumn> Columns)
{
    /// <summary>Whether name and content are the same.</summary>
    public bool Equals(Partition? other) => other is not null && (Name, Hash) == (other.Name, other.Hash);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Name, Hash);
}
