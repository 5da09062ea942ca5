using System.Reflection;

namespace IadNative.Tests.Samples;

/// <summary>A program of samples/, run within this process; its tests run alone, since the console is everybody's.</summary>
internal static class SampleProgram
{
    /// <summary>Runs it to its end.</summary>
    /// <param name="name">The program.</param>
    /// <param name="arguments">Its command line.</param>
    public static (int Exit, string Output, string Error) Run(string name, params string[] arguments)
    {
        (TextWriter output, TextWriter error) = (Console.Out, Console.Error);
        using StringWriter written = new(), told = new();
        Console.SetOut(written);
        Console.SetError(told);
        try
        {
            int exit = (int)Assembly.Load(name).EntryPoint!.Invoke(null, [arguments])!;
            return (exit, written.ToString(), told.ToString());
        }
        finally
        {
            Console.SetOut(output);
            Console.SetError(error);
        }
    }
}
