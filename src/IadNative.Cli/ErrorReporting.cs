using IadNative.Compute;
using IadNative.Cuda;
using IadNative.Data;
using IadNative.Iad;
using IadNative.Messages;
using IadNative.Persistence;

namespace IadNative.Cli;

/// <summary>Turns exceptions into one line on standard error, or a list for a data file, and an exit code.</summary>
internal static class ErrorReporting
{
    /// <summary>Runs a command to its exit code; nothing is thrown.</summary>
    public static int Guard(Terminal terminal, Func<int> command)
    {
        try
        {
            return command();
        }
        catch (Exception exception)
        {
            (int code, string message) = Explain(exception);
            try
            {
                Report(terminal, exception, message);
            }
            catch (OutOfMemoryException)
            {
                // The code says what no words can.
            }

            return code;
        }
    }

    private static void Report(Terminal terminal, Exception exception, string message)
    {
        message = ForeignText.Message(message);
        // What is wrong with a file may be a list, cell by cell, which goes below its line.
        string[] lines = exception is DataFormatException ? message.Split('\n') : [message];
        terminal.Fail(lines[0]);
        foreach (string line in lines.Skip(1)) terminal.Say(line);
    }

    /// <summary>The message of an argument exception without the parameter's name, which means nothing to a user.</summary>
    public static string MessageOf(ArgumentException exception)
    {
        string suffix = $" (Parameter '{exception.ParamName}')";
        return exception.Message.Replace(suffix, "", StringComparison.Ordinal);
    }

    /// <summary>The exit code for an exception, and what to say of it.</summary>
    public static (int Code, string Message) Explain(Exception exception) => exception switch
    {
        PartlyDoneException => (ExitCodes.Cancelled, exception.Message),
        OperationCanceledException => (ExitCodes.Cancelled, "cancelled; no file was written."),
        BadInputException or DataFormatException or ModelFormatException => (ExitCodes.BadInput, exception.Message),
        ArgumentException argument => (ExitCodes.BadInput, MessageOf(argument)),
        TrainingFailedException or DeviceFailedException or CudaUnavailableException => (ExitCodes.Failed, exception.Message),
        IOException or UnauthorizedAccessException => (ExitCodes.Failed, exception.Message),
        OutOfMemoryException => (ExitCodes.Failed, "out of memory. Use fewer seeds or ensemble members, or a smaller network."),
        _ => (ExitCodes.Failed, $"unexpected {exception.GetType().Name}: {exception.Message} "
            + $"[{FirstFrame(exception)}] This is a fault of the program; please report it with the command line."),
    };

    private static string FirstFrame(Exception exception)
    {
        string trace = exception.StackTrace?.Trim() ?? "no stack trace";
        int end = trace.IndexOf('\n', StringComparison.Ordinal);
        return (end < 0 ? trace : trace[..end]).Trim();
    }
}
