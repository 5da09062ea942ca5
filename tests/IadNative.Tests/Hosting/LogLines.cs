using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace IadNative.Tests.Hosting;

/// <summary>Keeps what is logged, as level and text.</summary>
internal sealed class LogLines : ILoggerProvider, ILogger
{
    private readonly ConcurrentQueue<(LogLevel Level, string Text)> _lines = new();

    public (LogLevel Level, string Text)[] All => [.. _lines];

    /// <summary>Is called with each line, on the thread that logs it.</summary>
    public Action<string>? Heard { get; set; }

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        string text = formatter(state, exception);
        _lines.Enqueue((logLevel, text));
        Heard?.Invoke(text);
    }

    public void Dispose()
    {
    }
}
