using System.Text.Unicode;

namespace IadNative.Native;

/// <summary>What a function returns, as <c>iad_status</c> in include/iadnative.h.</summary>
internal enum Status
{
    Ok = 0,
    Argument = 1,
    File = 2,
    Format = 3,
    Memory = 4,
    Unsupported = 5,
    Internal = 6,
}

/// <summary>What an error says, as <c>iad_error</c> in include/iadnative.h.</summary>
internal unsafe struct ErrorText
{
    private const int Length = 512;

    private fixed byte _message[Length];

    /// <summary>Writes what an exception says where it is asked for, cut between two characters.</summary>
    /// <returns>Its status.</returns>
    public static Status Set(ErrorText* error, Exception exception)
    {
        Status status = StatusOf(exception);
        if (error == null) return status;
        var bytes = new Span<byte>(error->_message, Length);
        bytes.Clear();
        string message = status == Status.Internal ? $"{exception.GetType().Name}: {exception.Message}" : exception.Message;
        Utf8.FromUtf16(message, bytes[..^1], out _, out _);
        return status;
    }

    private static Status StatusOf(Exception exception) => exception switch
    {
        ModelFormatException => Status.Format,
        ArgumentException => Status.Argument,
        IOException or UnauthorizedAccessException => Status.File,
        OutOfMemoryException => Status.Memory,
        InvalidOperationException or NotSupportedException => Status.Unsupported,
        _ => Status.Internal,
    };
}
