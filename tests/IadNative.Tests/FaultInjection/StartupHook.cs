using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;
using IadNative.Tests.FaultInjection;

/// <summary>
/// What the runtime calls before a program's Main where the environment names the tests' assembly as a hook: it runs that Main again and
/// again, each time under the fault that it is asked for, so that thousands of faults cost one start of a process. Its name and place
/// are the runtime's choice.
/// </summary>
internal static unsafe class StartupHook
{
    public static void Initialize()
    {
        if (Environment.GetEnvironmentVariable(FaultyProgram.Variable) is not { } path) return;
        using var requests = new StreamReader(Console.OpenStandardInput());
        using var answers = new StreamWriter(Console.OpenStandardOutput()) { AutoFlush = true };
        MethodInfo main = Assembly.GetEntryAssembly()!.EntryPoint!;
        nint library = NativeLibrary.Load(path);
        var arm = (delegate* unmanaged<byte*, nint, int, int, void>)NativeLibrary.GetExport(library, "fault_arm");
        var disarm = (delegate* unmanaged<nint>)NativeLibrary.GetExport(library, "fault_disarm");
        var call = (delegate* unmanaged<nint>)NativeLibrary.GetExport(library, "fault_call");
        var place = (delegate* unmanaged<nint>)NativeLibrary.GetExport(library, "fault_place");
        var redirect = (delegate* unmanaged<byte*, byte*, int>)NativeLibrary.GetExport(library, "fault_redirect");
        while (requests.ReadLine() is { } line)
        {
            string[] words = line.Split(FaultyProgram.Separator);
            fixed (byte* output = Bytes(words[4]), error = Bytes(words[5])) redirect(output, error);
            Console.SetOut(Writer(Console.OpenStandardOutput()));
            Console.SetError(Writer(Console.OpenStandardError()));
            fixed (byte* folder = Bytes(words[0])) arm(folder, (nint)Number(words[1]), (int)Number(words[2]), (int)Number(words[3]));
            int code = Run(main, words[6..]);
            long calls = disarm();
            answers.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{code}{FaultyProgram.Separator}{calls}{FaultyProgram.Separator}{Text(call())}{FaultyProgram.Separator}{Text(place())}"));
        }

        Environment.Exit(0);
    }

    private static int Run(MethodInfo main, string[] args)
    {
        try
        {
            return (int)main.Invoke(null, [args])!;
        }
        catch (TargetInvocationException)
        {
            return FaultyProgram.Crashed;
        }
    }

    // As the runtime makes them.
    private static TextWriter Writer(Stream stream) =>
        TextWriter.Synchronized(new StreamWriter(stream, new UTF8Encoding(false), bufferSize: 256, leaveOpen: true) { AutoFlush = true });

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text + '\0');

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);

    private static string Text(nint text) => Marshal.PtrToStringUTF8(text)!;
}
