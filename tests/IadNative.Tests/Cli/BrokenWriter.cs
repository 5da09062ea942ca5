using System.Text;

namespace IadNative.Tests.Cli;

/// <summary>Takes some writes and fails in all others.</summary>
internal sealed class BrokenWriter(int taken, Exception failure) : TextWriter
{
    private readonly StringBuilder _text = new();
    private readonly Lock _gate = new();

    /// <summary>A full disk.</summary>
    public static IOException Full { get; } = new("No space left on device");

    /// <summary>A pipe whose reader is gone.</summary>
    public static IOException NoReader { get; } = new("Broken pipe", 32);

    /// <summary>Writes so far.</summary>
    public int Writes { get; private set; }

    public override Encoding Encoding => Encoding.UTF8;

    public override void Write(char value) => Write([value]);

    public override void Write(char[] buffer, int index, int count) => Write(buffer.AsSpan(index, count));

    public override void Write(ReadOnlySpan<char> buffer)
    {
        lock (_gate)
        {
            if (Writes++ >= taken) throw failure;
            _text.Append(buffer);
        }
    }

    public override string ToString() => _text.ToString();
}
