using System.Text;

namespace IadNative.Cli;

/// <summary>A writer whose failures go to one place, which decides whether they matter.</summary>
/// <param name="inner">Where the text goes.</param>
/// <param name="onFailure">Is told of each failure; what it throws reaches the caller, and otherwise the text is lost.</param>
internal sealed class GuardedWriter(TextWriter inner, Action<Exception> onFailure) : TextWriter
{
    /// <inheritdoc/>
    public override Encoding Encoding => inner.Encoding;

    /// <inheritdoc/>
    public override void Write(char value) => Write([value]);

    /// <inheritdoc/>
    public override void Write(char[] buffer, int index, int count) => Write(buffer.AsSpan(index, count));

    /// <inheritdoc/>
    public override void Write(string? value) => Write(value.AsSpan());

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<char> buffer)
    {
        try
        {
            inner.Write(buffer);
        }
        catch (Exception exception)
        {
            onFailure(exception);
        }
    }

    /// <inheritdoc/>
    public override void WriteLine(string? value)
    {
        try
        {
            inner.WriteLine(value);
        }
        catch (Exception exception)
        {
            onFailure(exception);
        }
    }

    /// <inheritdoc/>
    public override void Flush()
    {
        try
        {
            inner.Flush();
        }
        catch (Exception exception)
        {
            onFailure(exception);
        }
    }
}
